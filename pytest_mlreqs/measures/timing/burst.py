"""burst: calls made in a row until it is known whether they keep their budgets.

A budget that is broken while the machine is busy has to be broken by a margin: see `machine`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.measures.machine.machine import Machine
from pytest_mlreqs.measures.statistics.sequential import decide

_LEAST_CALLS = 40  # two such bursts are enough for an interval of p95
_LEAST_NS = 50_000_000  # what breaks a budget for a shorter time can be one bad moment
_FEW_CALLS = 5  # of slow calls these are enough; so are those of the first second
_FIRST_S = 1.0
_COUNTED_NS = 1_000_000  # of calls at least, between two looks at the counters, which cost 10 us
_TOGETHER = 64
_BETWEEN_NS = 500_000  # from look to look, which cost 40 us

Rows = Iterator[tuple[int, Any]]


class Burst:
    """Calls made in a row, in milliseconds, and the verdict on each quantile once it is known."""

    def __init__(self, budgets_ms: Mapping[float, float], alpha: float, clock: Clock) -> None:
        self.budgets, self.alpha = budgets_ms, alpha
        self.clock, self.machine = clock, Machine(clock)
        self.rows: list[int] = []
        self.fresh: list[bool] = []  # which were called with for the first time, where that is told
        self.wall: list[float] = []
        self.own: list[float] = []  # elapsed, without waiting for a core
        self._over = dict.fromkeys(budgets_ms, (0, 0))  # calls beyond the budget, by either time
        self.verdicts: dict[float, bool | None] = dict.fromkeys(budgets_ms)
        self.ended = ""  # what there was no more of, `calls` or `seconds`, before all was known
        self.seconds = 0.0  # for which calls were made, but for those spent waiting for a core

    def run(
        self, call: Callable[[Any], Any], rows: Rows, max_seconds: float,
        fresh: Sequence[bool] = (),
    ) -> None:  # fmt: skip
        """Call until all is known, the rows are at an end or the time is over.

        `fresh` grows with the rows that are drawn, if it is told which of them are new.
        """
        clock, wall = self.clock, self.clock.wall
        first = looked = wall()
        until, together = first + max_seconds * 1e9, 1
        next_look, waited = _LEAST_CALLS, 0
        self.ended = "calls"
        while given := list(islice(rows, together)):
            self.fresh += fresh[-len(given) :]
            queued, cpu, start = clock.waited(), clock.thread(), wall()
            took = []
            for _, X in given:
                before = wall()
                call(X)
                took.append(wall() - before)
            end = wall()
            cpu = clock.thread() - cpu
            # Waiting was read around the calls; no more of it is within than the CPU left time for.
            queued = max(0, min(clock.waited() - queued, end - start - cpu))
            self._add([position for position, _ in given], took, queued)
            until, waited = (
                until + queued,
                waited + queued,
            )  # a busy machine gets as many calls as an idle one
            calls = len(self.rows)
            self.seconds = (end - first - waited) / 1e9
            if end >= until and calls >= _FEW_CALLS:
                self.ended = "seconds"
                break
            slow = end - first >= _FIRST_S * 1e9 and calls % _FEW_CALLS == 0
            if slow or (calls >= next_look and end - looked >= _BETWEEN_NS):
                next_look, looked = calls + max(5, calls // 20), end
                if self._look():
                    break
            together = min(_TOGETHER, max(1, int(_COUNTED_NS * len(took) // max(sum(took), 1))))
        self._look()
        self.machine.look_around()

    def _add(self, rows: list[int], took: list[int], queued: int) -> None:
        """Note calls that together waited for a core for so long: the longest, most likely."""
        self.rows += rows
        wall = own = [ns / 1e6 for ns in took]
        self.machine.note(max(0, sum(took) - queued), queued)
        if queued:
            took, usual = list(took), sorted(took)[len(took) // 2] if len(took) > 1 else 0
            for at in sorted(range(len(took)), key=took.__getitem__, reverse=True):
                part = min(queued, max(took[at] - usual, 0))
                took[at] -= part
                queued -= part
            own = [ns / 1e6 for ns in took]
        self.wall += wall
        self.own += own
        for q, budget in self.budgets.items():  # counted once, as there are many looks at them
            walls, owns = self._over[q]
            more = _over(wall, budget)
            self._over[q] = walls + more, owns + (more if own is wall else _over(own, budget))

    def _look(self) -> bool:
        """Whether all is known by now: of what is broken, whether it is by enough, too."""
        self.machine.look()
        for q in self.budgets:
            if self.verdicts[q] is None:  # a verdict that was reached once stands
                known = decide(len(self.rows), self.over(q), q, self.alpha)
                early = known is False and self.machine.totals[0] < _LEAST_NS
                self.verdicts[q] = None if early else known
        if False in self.verdicts.values():  # else nobody asks yet
            self.machine.look_around()
        return None not in map(self._kept, self.verdicts)

    def refutes(self, q: float, by: float = 1.0) -> bool:
        """Whether the quantile breaks so many budgets: by a margin, if the machine was busy."""
        return self._kept(q, by) is False

    def _kept(self, q: float, by: float = 1.0) -> bool | None:
        """Whether it keeps its budget, but for what a busy machine may have done to the calls."""
        known = self.verdicts.get(q)
        margin = max(by, self.machine.margin)
        if known is not False or margin == 1:
            return known
        times = self.wall if self.machine.pooled else self.own
        gross = _over(times, margin * self.budgets[q])
        return decide(len(self.rows), gross, q, self.alpha)

    def over(self, q: float) -> int:
        """How many calls took longer than a budget, as they are judged."""
        wall, own = self._over[q]
        return wall if self.machine.pooled else own


def _over(times: list[float], budget: float) -> int:
    return sum(map(float(budget).__lt__, times))
