"""first_call: what the first call of a new process does that later ones need not do again.

The steps of a pipeline are run one by one, twice on the same rows. What a step takes the first time
only is what it builds, loads or fetches when it is first needed.
"""

from __future__ import annotations

import json
import pickle
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_mlreqs.core.evidence import Column, Evidence, Table
from pytest_mlreqs.core.measurement import Fault, Undecided
from pytest_mlreqs.core.tracers import resting
from pytest_mlreqs.measures.timing.fresh import answers
from pytest_mlreqs.models.scoring import method
from pytest_mlreqs.models.steps import steps

_CODE = "from pytest_mlreqs.measures.timing.first_call import answer; answer()"
_TIMEOUT_S = 8.0
_MOST = 0.5  # of what the first call takes more; a step that does is worth looking at first


@dataclass(frozen=True, slots=True)
class Step:
    """Milliseconds of a step, or of the method of what has none."""

    name: str
    first: float
    again: float


def apart(model: Any, name: str, given: Any) -> list[Step]:
    """What each step takes in the first two calls of a new process; nothing if that cannot be told.

    Args:
        model: is pickled.
        name: the method.
        given: rows of both calls.
    """
    try:
        told = next(answers(_CODE, {"model": model, "rows": given}, name, timeout_s=_TIMEOUT_S))
    except (Undecided, Fault):  # what cannot be pickled, and what ends or hangs
        return []
    return [Step(*one) for one in told["steps"]]


def told(seen: Sequence[Step]) -> tuple[str, tuple[Evidence, ...]]:
    """What to try first, if one step takes most of what the first call takes more; a table."""
    more = {one.name: max(0.0, one.first - one.again) for one in seen}
    most = max(more, key=more.__getitem__, default="")
    hint = "what is built on the first call could be built while loading"
    if len(seen) > 1 and more[most] > _MOST * sum(more.values()):
        hint = f"what step {most!r} builds on its first call could be built while loading"
    if not seen:
        return hint, ()
    return hint, (
        Table(
            title="time of the first two calls",
            columns=(Column("step"), Column("first call", "ms"), Column("next call", "ms")),
            rows=tuple((one.name, one.first, one.again) for one in seen),
            bars=1,
        ),
    )


def _took(parts: Sequence[tuple[str, Callable[[Any], Any]]], given: Any) -> list[float]:
    """Milliseconds of each step."""
    took, value = [], given
    for _, step in parts:
        start = time.perf_counter()
        value = step(value)
        took.append(1e3 * (time.perf_counter() - start))
    return took


def answer() -> None:
    """In the new process: load, run the steps twice, and write down how long each took."""
    folder, name = sys.argv[1:]
    try:
        with Path(folder, "model").open("rb") as file:
            model = pickle.load(file)
        with Path(folder, "rows").open("rb") as file:
            given = pickle.load(file)
        parts = steps(model, name) or [(name, method(model, name).call)]
        with resting():
            calls = [_took(parts, given) for _ in range(2)]
        told = [(step, *times) for (step, _), *times in zip(parts, *calls, strict=True)]
    except Exception:  # steps that need more than the rows; the call as a whole was timed already
        told = []
    Path(folder, "answer").write_text(json.dumps({"steps": told}), encoding="utf-8")
