"""causes: what slow calls spend their time on, for those who have to make them faster.

It is looked for once a budget is broken, and takes calls of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.evidence import Evidence
from pytest_mlreqs.core.tracers import resting
from pytest_mlreqs.measures.machine.rest import frozen_garbage
from pytest_mlreqs.measures.timing import attribution, jobs


@dataclass(frozen=True, slots=True)
class Causes:
    """What was found.

    Attributes:
        workers: what to do about workers that take more time than they save, or empty.
        first: the step to look at first, or empty.
        evidence: a table of steps, or nothing.
    """

    workers: str = ""
    first: str = ""
    evidence: tuple[Evidence, ...] = ()

    def hint(self, usual: str) -> str:
        """What to try first, given what one would without knowing any of this."""
        return self.workers or (f"{usual}, in {self.first} first" if self.first else usual)


def of(
    model: Any, method: str, X: Any, rows: int, clock: Clock, slowest: Iterable[int] = ()
) -> Causes:
    """Look for causes.

    Args:
        model: whatever it is.
        method: that is called.
        X: all rows.
        rows: of a call.
        clock: of all calls.
        slowest: positions of single rows to look at as well.
    """
    with frozen_garbage(), resting():  # as while the calls were timed
        workers = jobs.alone(model, method, X, rows, clock)
        steps = attribution.apart(model, method, X, rows, clock, slowest)
    return Causes(
        workers.hint() if workers else "",
        steps.first if steps else "",
        (steps.table(),) if steps else (),
    )
