"""workload: the calls whose parts are looked at, and how what these cost is measured."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.measurement import MIB, number
from pytest_mlreqs.measures.costs.rounds import Inputs, Key, Question, Rounds, judge
from pytest_mlreqs.measures.memory import peak
from pytest_mlreqs.measures.timing.trial import Answer
from pytest_mlreqs.measures.timing.visits import Visits

Call = Callable[[Any], Any]
Limits = Mapping[str, float]  # by unit: `ms`, `share`, `MiB`
_WARMING = 0.1  # of a burst; with many columns a round takes long
_BATCHES = 3  # whose memory is measured; other rows may take other amounts


@dataclass(frozen=True, slots=True)
class Workload:
    """The calls whose parts are looked at.

    Attributes:
        name: of the method.
        X: all rows there are.
        rows: in one call.
        warmup: rounds before the first that counts, unless they take too long.
        max_seconds: of one burst of rounds.
        clock: of all calls.
    """

    name: str
    X: Any
    rows: int
    warmup: int
    max_seconds: float
    clock: Clock = field(default_factory=Clock)

    def visits(self) -> Visits:
        """Rows of one call after the other, without end."""
        return Visits(self.X, self.rows)

    def drawn(self) -> list[Any]:
        """Rows of the calls whose memory is measured."""
        return [given for _, given in itertools.islice(self.visits(), _BATCHES)]

    def how(self, limit: float) -> str:
        """How memory is measured, in words."""
        rows = "1 row" if self.rows == 1 else f"{number(self.rows)} rows"
        seen = peak.Peak(0, traced=limit * MIB < peak.COARSE)
        return f"{_BATCHES} calls with {rows}, {seen.how()}"

    def timed(
        self,
        runs: Mapping[str, Call],
        inputs: Inputs,
        questions: Mapping[Key, Question],
        visits: Visits | None = None,
    ) -> dict[Key, Answer[Rounds]]:
        """The answers to questions, after some rounds that do not count.

        `inputs` are made of what is drawn from `visits`, one by one.

        Raises:
            Fault: one of the runs raised.
        """
        if not questions:
            return {}

        until = self.clock.seconds() + _WARMING * self.max_seconds
        for fresh in itertools.islice(inputs, self.warmup):
            for run, call in runs.items():
                call(fresh(run))
            if self.clock.seconds() >= until:
                break
        return judge(
            runs, inputs, questions,
            max_seconds=self.max_seconds, clock=self.clock, visits=visits,
        )  # fmt: skip


def immeasurable(limit: float) -> str:
    """Why memory cannot be limited to these MiB here, or nothing."""
    if limit * MIB < peak.COARSE or peak.resettable():
        return ""
    return "the high-water mark of this process cannot be put back here"
