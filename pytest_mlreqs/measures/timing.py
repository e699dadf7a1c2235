"""timing: how long single calls take, on a machine that is not ours alone.

Elapsed time includes the time for which the thread was ready but had no core. Linux counts that
(`schedstat`), and it is subtracted: what is left is what the model needed. Under heavy load even
that is inflated (cold caches; by a factor of two where it was measured). So a budget is called
broken only if a second burst of calls, a moment later, says so again, and if the thread hardly had
to wait, or the budget is broken three times over.
"""

from __future__ import annotations

import gc
import heapq
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any

from pytest_mlreqs.measurement import number
from pytest_mlreqs.measures.clock import Clock
from pytest_mlreqs.measures.sequential import calls_to_pass, decide, quantile_interval

ALPHA = 0.01
_LEAST_CALLS = 40  # two such bursts are enough for an interval of p95
_LEAST_NS = 50_000_000  # what breaks a budget for a shorter time can be one bad moment
MOST_OF_OTHERS = 0.1  # CPU of other threads over the time of the calls; above it, a pool works
MOST_WAITING = 0.1
BUSY_FACTOR = 3.0  # what breaks the budget so many times over is not the machine's doing
_MOST_TAKEN = 0.25  # of the time of all cores, for other processes
_TAKEN_FACTOR = 2.0
_FEW_CALLS = 5  # of slow calls these are enough; so are those of the first second
_FIRST_S = 1.0
_PAUSE_S = 0.5
_COUNTED_NS = 1_000_000  # of calls at least, between two looks at the counters, which cost 10 us
_TOGETHER = 64

Rows = Iterator[tuple[int, Any]]


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls that all budgets share."""

    count: int
    seconds: float
    bursts: int
    times_ms: tuple[float, ...]  # those that are judged, ascending
    wall_ms: tuple[float, float, float]  # p50, p95 and maximum of the elapsed times
    waited: float | None  # share of them for which no core was there; None: not counted here
    cpu_ratio: float  # CPU time of the process over that of the thread
    pooled: bool  # other threads worked along, so elapsed times are judged
    slowest: tuple[tuple[int, float], ...]  # position and milliseconds of up to five rows
    load: float | None  # the machine's load average; None on Windows
    rate_per_s: float | None = None  # at which they were due, and counted from then

    def how(self) -> str:
        """How they were timed, in words."""
        rate = f", due at {number(self.rate_per_s or 0)} a second and counted from then"
        parts = [
            f"{number(self.count)} calls in {self.seconds:.2g} s"
            + (" and two bursts" if self.bursts > 1 else "")
            + (rate if self.rate_per_s else ""),
            "garbage collector frozen",
            f"waited {100 * self.waited:.0f} % for a core" if self.waited is not None
            else f"load average {self.load or 0:.1f}",
            f"elapsed time, as threads work along ({self.cpu_ratio:.1f} x its CPU time)"
            if self.pooled else "",
        ]  # fmt: skip
        return ", ".join(filter(None, parts)) + f"; wrong verdicts at most {100 * ALPHA:.0f} %"


@dataclass(frozen=True, slots=True)
class Timed:
    """One quantile held to its budget; if that is undecided, `ok` is None and `why` says why."""

    quantile: float
    value_ms: float
    interval_ms: tuple[float, float] | None
    ok: bool | None
    why: str
    calls: Calls


def hold(
    call: Callable[[Any], Any], rows: Rows, budgets_ms: Mapping[float, float], *,
    max_calls: int, max_seconds: float, clock: Clock | None = None,
) -> dict[float, Timed]:  # fmt: skip
    """Time calls until every quantile (0.95) is known to be within or over its budget.

    `rows` gives position and fresh input of one call after the other, without end. `max_calls` and
    `max_seconds` are for one burst; waiting for a core takes none of these seconds. If calls are
    independent, the probability that any of the verdicts is wrong is at most 1 %.
    """
    alpha = ALPHA / len(budgets_ms)
    with closing(clock or Clock()) as counters, frozen_garbage():
        bursts = [_Burst(budgets_ms, alpha)]
        bursts[0].run(call, islice(rows, max_calls), max_seconds, counters)
        broken = [q for q in budgets_ms if bursts[0].refutes(q)]
        if broken:
            counters.sleep(_PAUSE_S)
            bursts.append(_Burst({q: budgets_ms[q] for q in broken}, alpha))
            bursts[1].run(call, islice(rows, max_calls), max_seconds, counters)
    calls = _together(bursts, counted=counters.counts_waiting)
    ordered = calls.times_ms
    timed = {}
    for q, budget in budgets_ms.items():
        value, interval = _at(ordered, q), quantile_interval(ordered, q)
        ok, why = _verdict(q, budget, bursts)
        if ok is not None and ok is not (value <= budget):  # known early, and then the rest drifted
            ok, why = None, "earlier and later calls disagree"
        timed[q] = Timed(q, value, interval, ok, why, calls)
    return timed


def _verdict(q: float, budget: float, bursts: list[_Burst]) -> tuple[bool | None, str]:
    first, last = bursts[0], bursts[-1]
    ok = first.verdicts[q]
    if ok is None:
        over, calls = first.over(budget), len(first.rows)
        more = calls_to_pass(q, first.alpha, over) - calls
        return None, f"{over} of {calls} calls were over it; passing needs about {more:,} more"
    if ok is True or (first.refutes(q) and last.refutes(q)):
        return ok, ""
    return None, last.busy() or "a second burst of calls did not confirm it"


@contextmanager
def frozen_garbage() -> Iterator[None]:
    """Keep the collector on for what the calls make, but spare it the session's own objects.

    Unlike a collection beforehand, this costs microseconds. What somebody froze stays frozen.
    """
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class _Before:
    """The counters before the first call of a burst."""

    def __init__(self, clock: Clock) -> None:
        self.worked, self.all_waited = clock.worked(), clock.all_waited()
        self.wall, self.thread, self.process = clock.wall(), clock.thread(), clock.process()


class _Burst:
    """Calls made in a row, in milliseconds, and the verdict on each quantile once it is known."""

    def __init__(self, budgets_ms: Mapping[float, float], alpha: float) -> None:
        self.budgets, self.alpha = budgets_ms, alpha
        self.rows: list[int] = []
        self.wall: list[float] = []
        self.own: list[float] = []  # elapsed, without waiting for a core
        self.queued = 0.0
        self.totals = (0, 0, 0)  # elapsed, CPU of the thread, CPU of the process; nanoseconds
        self.all_queued = 0  # by all threads of the process together; nanoseconds
        self.taken = 0.0  # share of the time of all cores that went to other processes
        self.verdicts: dict[float, bool | None] = dict.fromkeys(budgets_ms)

    def run(self, call: Callable[[Any], Any], rows: Rows, max_seconds: float, clock: Clock) -> None:
        wall = clock.wall
        first = _Before(clock)
        until, next_look, together = first.wall + max_seconds * 1e9, _LEAST_CALLS, 1
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
            if slow or calls >= next_look:
                next_look = calls + max(5, calls // 20)  # each look goes through all calls
                if self._look(first, clock):
                    break
            together = min(_TOGETHER, max(1, int(_COUNTED_NS * len(took) // max(sum(took), 1))))
        self._look(first, clock)

    def _add(self, rows: list[int], took: list[int], queued: int) -> None:
        """Note calls that together waited for a core for so long: the longest, most likely."""
        self.rows += rows
        self.wall += [ns / 1e6 for ns in took]
        self.queued += queued / 1e6
        if queued:
            took, usual = list(took), sorted(took)[len(took) // 2] if len(took) > 1 else 0
            for at in sorted(range(len(took)), key=took.__getitem__, reverse=True):
                part = min(queued, max(took[at] - usual, 0))
                took[at] -= part
                queued -= part
        self.own += [ns / 1e6 for ns in took]

    def _look(self, before: _Before, clock: Clock) -> bool:
        """Whether all is known by now: of what is broken, whether it is by enough, too."""
        elapsed = clock.wall() - before.wall
        self.totals = elapsed, clock.thread() - before.thread, clock.process() - before.process
        if self.pooled:  # threads that have ended took their counts along
            self.all_queued = max(0, clock.all_waited() - before.all_waited)
        for q, budget in self.budgets.items():
            if self.verdicts[q] is None:  # a verdict that was reached once stands
                known = decide(len(self.rows), self.over(budget), q, self.alpha)
                early = known is False and self.totals[0] < _LEAST_NS
                self.verdicts[q] = None if early else known
        if False in self.verdicts.values():
            # A thread that neither works nor waits for a core has somebody else work for it.
            own = max(self.totals[2], elapsed - 1e6 * self.queued) / (os.cpu_count() or 1)
            self.taken = max(0.0, clock.worked() - before.worked - own) / max(elapsed, 1)
        return None not in map(self._kept, self.verdicts)

    def refutes(self, q: float) -> bool:
        """Whether the quantile breaks its budget: by a margin, if the machine was busy."""
        return self._kept(q) is False

    def _kept(self, q: float) -> bool | None:
        """Whether it keeps its budget, but for what a busy machine may have done to the calls."""
        known = self.verdicts.get(q)
        if known is not False or self.margin == 1:
            return known
        return decide(len(self.rows), self.over(self.margin * self.budgets[q]), q, self.alpha)

    @property
    def margin(self) -> float:
        """How many times as long as on an idle machine calls may have taken."""
        if self.waited > MOST_WAITING:
            return math.inf if self.pooled else BUSY_FACTOR
        return _TAKEN_FACTOR if self.taken > _MOST_TAKEN else 1

    def busy(self) -> str:
        """Why nothing is held against the calls; empty if nothing excuses them."""
        if self.waited > MOST_WAITING:
            return f"the machine was busy (waited {100 * self.waited:.0f} % for a core)"
        if self.margin > 1:
            return f"the machine was busy (others took {100 * self.taken:.0f} % of its cores)"
        return ""

    def over(self, budget: float) -> int:
        return sum(ms > budget for ms in (self.wall if self.pooled else self.own))

    @property
    def pooled(self) -> bool:
        # Held against the time of the calls, not the thread's CPU: a call that sleeps has no pool.
        return (self.totals[2] - self.totals[1]) / 1e6 > MOST_OF_OTHERS * sum(self.own)

    @property
    def waited(self) -> float:
        """Share of its time for which the thread had no core; of all their time, with a pool."""
        own = self.queued / max(sum(self.wall), 1e-6)
        ready = self.all_queued + self.totals[2]  # what they waited for a core, and what they had
        return max(own, self.all_queued / ready) if self.pooled and ready else own


def _together(bursts: list[_Burst], *, counted: bool) -> Calls:
    """What there is to tell of all calls."""
    pooled = any(burst.pooled for burst in bursts)
    wall = sorted(ms for burst in bursts for ms in burst.wall)
    times = [ms for burst in bursts for ms in (burst.wall if pooled else burst.own)]
    rows = [row for burst in bursts for row in burst.rows]
    worst = dict(sorted(zip(rows, times, strict=True)))  # of each row, the slowest call is last
    elapsed, thread, process = (
        sum(total) for total in zip(*(b.totals for b in bursts), strict=True)
    )
    return Calls(
        count=len(rows),
        seconds=elapsed / 1e9,
        bursts=len(bursts),
        times_ms=tuple(sorted(times)),
        wall_ms=(_at(wall, 0.5), _at(wall, 0.95), wall[-1]),
        waited=max(burst.waited for burst in bursts) if counted else None,
        cpu_ratio=process / max(thread, 1),
        pooled=pooled,
        slowest=tuple(heapq.nlargest(5, worst.items(), key=itemgetter(1))),
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    )


def _at(ordered: Sequence[float], quantile: float) -> float:
    """The smallest value that at least this share of all values does not exceed."""
    return ordered[math.ceil(round(quantile * len(ordered), 9)) - 1]


def typical(call: Callable[[Any], Any], given: Any) -> float:
    """Seconds that a call takes, more or less: the median of five."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        call(given)
        times.append(time.perf_counter() - start)
    return sorted(times)[2]
