"""footprint: how much memory it takes to load a model, in a new process.

In a process that has been at work for a while, modules are imported, and what was loaded before
has left room. Only a new one tells what a worker that starts needs.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_mlreqs.core.evidence import Column, Table
from pytest_mlreqs.core.measurement import MIB, Undecided, described
from pytest_mlreqs.measures.memory.counters import UNTOLD, counters
from pytest_mlreqs.measures.timing.fresh import answers

_CODE = "from pytest_mlreqs.measures.memory.footprint import answer; answer()"


@dataclass(frozen=True, slots=True)
class Footprint:
    """What loading took in one new process, in bytes.

    Attributes:
        peak: at its peak.
        held: afterwards.
        stored: the pickled model.
    """

    peak: int
    held: int
    stored: int

    def within(self, limits: Mapping[str, float]) -> bool:
        """Whether it keeps limits in bytes, for `peak` and `held` or one of them."""
        return all(getattr(self, what) <= limit for what, limit in limits.items())

    def table(self) -> Table:
        """All of it in MiB."""
        sizes = {"at the peak": self.peak, "afterwards": self.held, "pickled": self.stored}
        rows = tuple((what, size / MIB) for what, size in sizes.items())
        return Table(title="memory", columns=(Column(), Column("", "MiB")), rows=rows, bars=1)


def loads(model: Any, limits: Mapping[str, float], *, timeout_s: float) -> list[Footprint]:
    """Load the model in a new process, and in another one if that is not within the limits.

    Args:
        model: is pickled.
        limits: in bytes, for `peak` and `held` or one of them.
        timeout_s: seconds that one process may take.

    Raises:
        Undecided: it cannot be pickled, loaded or measured there, or not in time; says why.
        Fault: the process ends.
    """
    seen: list[Footprint] = []
    for told in answers(_CODE, {"model": model}, timeout_s=timeout_s):
        if "why" in told:
            raise Undecided(told["why"])
        seen.append(Footprint(**told))
        if len(seen) == 2 or seen[0].within(limits):
            break
    return seen


def answer() -> None:
    """In the new process: load, and write down how much memory that took."""
    file = Path(sys.argv[1], "model")
    told: dict[str, Any] = {}
    before = counters()
    if before is None:
        told = {"why": UNTOLD}
    else:
        try:
            with file.open("rb") as opened:
                model = pickle.load(opened)  # is in use when the counters are read
        except Exception as error:  # modules that only the test session can import, most of all
            why = f"the model cannot be loaded in a fresh process: {described(error)}"
            told = {"why": why}
        else:
            after = counters() or before
            told = {"peak": after.most - before.now, "held": after.now - before.now}
            told["stored"] = file.stat().st_size
            del model
    Path(sys.argv[1], "answer").write_text(json.dumps(told), encoding="utf-8")
