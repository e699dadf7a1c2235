"""burst: calls made in a row until it is known whether they keep their budgets.

Elapsed time includes the time for which the thread was ready but had no core. Linux counts that
(`schedstat`), and it is subtracted: what is left is what the model needed. Under heavy load even
that is inflated (cold caches; by a factor of two where it was measured), and neighbours on the
other cores alone made a p95 up to 1.8 times as long. So a burst tells of a broken budget only if
the thread hardly had to wait and the other cores had little to do, or if the budget is broken by
more than that.

Where a pool of threads works along, the calling one waits for the others, and how long these had no
core cannot be subtracted: three busy neighbours on two cores made such a p95 seventy times as long.
So their waiting counts too, and with much of it no budget is called broken, by whatever factor.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from pytest_mlreqs.measures.clock import Clock
from pytest_mlreqs.measures.sequential import decide

MOST_WAITING = 0.1  # of the time, without a core
BUSY_FACTOR = 3.0  # what breaks the budget so many times over is not the machine's doing
MOST_TAKEN = 0.25  # of the time of all cores, for other processes
MOST_OF_OTHERS = 0.1  # CPU of other threads over the time of the calls; above it, a pool works
_TAKEN_FACTOR = 2.0
_LEAST_CALLS = 40  # two such bursts are enough for an interval of p95
_LEAST_NS = 50_000_000  # what breaks a budget for a shorter time can be one bad moment
_FEW_CALLS = 5  # of slow calls these are enough; so are those of the first second
_FIRST_S = 1.0
_COUNTED_NS = 1_000_000  # of calls at least, between two looks at the counters, which cost 10 us
_TOGETHER = 64
_BETWEEN_NS = 500_000  # from look to look, which cost 40 us

Rows = Iterator[tuple[int, Any]]


class Before:
    """The counters before the first call of a burst."""

    def __init__(self, clock: Clock) -> None:
        self.worked, self.all_waited = clock.worked(), clock.all_waited()
        self.wall, self.thread, self.process = clock.wall(), clock.thread(), clock.process()


class Burst:
    """Calls made in a row, in milliseconds, and the verdict on each quantile once it is known."""

    def __init__(self, budgets_ms: Mapping[float, float], alpha: float) -> None:
        self.budgets, self.alpha = budgets_ms, alpha
        self.rows: list[int] = []
        self.wall: list[float] = []
        self.own: list[float] = []  # elapsed, without waiting for a core
        self.wall_ms = self.own_ms = self.queued = 0.0  # in all
        self._over = dict.fromkeys(budgets_ms, (0, 0))  # calls beyond the budget, by either time
        self.totals = (0, 0, 0)  # elapsed, CPU of the thread, CPU of the process; nanoseconds
        self.all_queued = 0  # by all threads of the process together; nanoseconds
        self.taken = 0.0  # share of the time of all cores that went to other processes
        self.verdicts: dict[float, bool | None] = dict.fromkeys(budgets_ms)

    def run(self, call: Callable[[Any], Any], rows: Rows, max_seconds: float, clock: Clock) -> None:
        """Call until all is known, the rows are at an end or the time is over."""
        wall = clock.wall
        first = Before(clock)
        until, together = first.wall + max_seconds * 1e9, 1
        next_look, looked = _LEAST_CALLS, first.wall
        while given := list(islice(rows, together)):
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
            until += queued  # a busy machine gets as many calls as an idle one
            calls = len(self.rows)
            if end >= until and calls >= _FEW_CALLS:
                break
            slow = end - first.wall >= _FIRST_S * 1e9 and calls % _FEW_CALLS == 0
            if slow or (calls >= next_look and end - looked >= _BETWEEN_NS):
                next_look, looked = calls + max(5, calls // 20), end
                if self._look(first, clock):
                    break
            together = min(_TOGETHER, max(1, int(_COUNTED_NS * len(took) // max(sum(took), 1))))
        self._look(first, clock)
        self._count_others(first, clock)

    def _add(self, rows: list[int], took: list[int], queued: int) -> None:
        """Note calls that together waited for a core for so long: the longest, most likely."""
        self.rows += rows
        wall = own = [ns / 1e6 for ns in took]
        if queued:
            self.queued += queued / 1e6
            took, usual = list(took), sorted(took)[len(took) // 2] if len(took) > 1 else 0
            for at in sorted(range(len(took)), key=took.__getitem__, reverse=True):
                part = min(queued, max(took[at] - usual, 0))
                took[at] -= part
                queued -= part
            own = [ns / 1e6 for ns in took]
        self.wall += wall
        self.own += own
        self.wall_ms += sum(wall)
        self.own_ms += sum(own)
        for q, budget in self.budgets.items():  # counted once, as there are many looks at them
            walls, owns = self._over[q]
            more = _over(wall, budget)
            self._over[q] = walls + more, owns + (more if own is wall else _over(own, budget))

    def _look(self, before: Before, clock: Clock) -> bool:
        """Whether all is known by now: of what is broken, whether it is by enough, too."""
        elapsed = clock.wall() - before.wall
        self.totals = elapsed, clock.thread() - before.thread, clock.process() - before.process
        if self.pooled:  # threads that have ended took their counts along
            self.all_queued = max(0, clock.all_waited() - before.all_waited)
        for q in self.budgets:
            if self.verdicts[q] is None:  # a verdict that was reached once stands
                known = decide(len(self.rows), self.over(q), q, self.alpha)
                early = known is False and self.totals[0] < _LEAST_NS
                self.verdicts[q] = None if early else known
        if False in self.verdicts.values():  # else nobody asks yet, and to read it takes a while
            self._count_others(before, clock)
        return None not in map(self._kept, self.verdicts)

    def _count_others(self, before: Before, clock: Clock) -> None:
        # A thread that neither works nor waits for a core has somebody else work for it.
        elapsed, _, process = self.totals
        own = max(process, elapsed - 1e6 * self.queued) / (os.cpu_count() or 1)
        self.taken = max(0.0, clock.worked() - before.worked - own) / max(elapsed, 1)

    def refutes(self, q: float) -> bool:
        """Whether the quantile breaks its budget: by a margin, if the machine was busy."""
        return self._kept(q) is False

    def _kept(self, q: float) -> bool | None:
        """Whether it keeps its budget, but for what a busy machine may have done to the calls."""
        known = self.verdicts.get(q)
        if known is not False or self.margin == 1:
            return known
        gross = _over(self.wall if self.pooled else self.own, self.margin * self.budgets[q])
        return decide(len(self.rows), gross, q, self.alpha)

    @property
    def margin(self) -> float:
        """How many times as long as on an idle machine calls may have taken."""
        if self.waited > MOST_WAITING:
            return math.inf if self.pooled else BUSY_FACTOR
        return _TAKEN_FACTOR if self.taken > MOST_TAKEN else 1

    def busy(self) -> str:
        """Why nothing is held against the calls; empty if nothing excuses them."""
        if self.waited > MOST_WAITING:
            return f"the machine was busy (waited {100 * self.waited:.0f} % for a core)"
        if self.margin > 1:
            return f"the machine was busy (others took {100 * self.taken:.0f} % of its cores)"
        return ""

    def over(self, q: float) -> int:
        """How many calls took longer than a budget, as they are judged."""
        wall, own = self._over[q]
        return wall if self.pooled else own

    @property
    def pooled(self) -> bool:
        """Whether other threads work along."""
        # Held against the time of the calls, not the thread's CPU: a call that sleeps has no pool.
        return (self.totals[2] - self.totals[1]) / 1e6 > MOST_OF_OTHERS * self.own_ms

    @property
    def waited(self) -> float:
        """Share of its time for which the thread had no core; of all their time, with a pool."""
        own = self.queued / max(self.wall_ms, 1e-6)
        ready = self.all_queued + self.totals[2]  # what they waited for a core, and what they had
        return max(own, self.all_queued / ready) if self.pooled and ready else own


def _over(times: list[float], budget: float) -> int:
    return sum(map(float(budget).__lt__, times))
