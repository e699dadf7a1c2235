"""timing: how long single calls take, on a machine that is not ours alone.

A budget is called broken only if further bursts of calls, later and later, say so again, and if the
machine excuses none of them: see `machine`.
"""

from __future__ import annotations

import gc
import heapq
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.measurement import counted, number
from pytest_mlreqs.core.tracers import excuse, resting
from pytest_mlreqs.measures.machine.machine import MOST_TAKEN, cold, later
from pytest_mlreqs.measures.machine.workers import pools
from pytest_mlreqs.measures.statistics.sequential import (
    at_quantile,
    enough,
    missing,
    quantile_interval,
)
from pytest_mlreqs.measures.timing.burst import Burst, Rows
from pytest_mlreqs.measures.timing.visits import Visits, with_new_rows

ALPHA = 0.01
_BURSTS = {2: "two", 3: "three", 4: "four", 5: "five"}


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
    taken: float = 0.0  # share of the time of all cores that went to other processes
    pools: str = ""  # of BLAS and OpenMP threads, if threads worked along
    different: int | None = None  # rows that they were made with, where rows came again

    def how(self) -> str:
        """How they were timed, in words."""
        rate = f", due at {number(self.rate_per_s or 0)} a second and counted from then"
        parts = [
            counted(self.count, "call")
            + (f" with {self.different:,} different rows" if self.different else "")
            + f" in {self.seconds:.2g} s"
            + (f" and {_BURSTS[self.bursts]} bursts" if self.bursts > 1 else "")
            + (rate if self.rate_per_s else ""),
            "garbage collector frozen",
            self._waiting(),
            f"others took {100 * self.taken:.0f} % of the cores" if self.taken > MOST_TAKEN else "",
            f"elapsed time, as threads work along ({self.cpu_ratio:.1f} x its CPU time"
            f"{self.pools and '; pools: '}{self.pools})" if self.pooled else "",
        ]  # fmt: skip
        return ", ".join(filter(None, parts)) + f"; wrong verdicts at most {100 * ALPHA:.0f} %"

    def _waiting(self) -> str:
        if self.waited is not None:
            return f"waited {100 * self.waited:.0f} % for a core"
        return "" if self.load is None else f"load average {self.load:.1f}"


@dataclass(frozen=True, slots=True)
class Timed:
    """One quantile held to its budget.

    If that is undecided, `ok` is None, `why` says what is missing, and `option` which option would
    give it, where one would: `max_seconds = 40`.
    """

    quantile: float
    value_ms: float
    interval_ms: tuple[float, float] | None
    ok: bool | None
    why: str
    calls: Calls
    option: str = ""
    few: bool = False  # whether more different rows are what is missing


def hold(
    call: Callable[[Any], Any], rows: Rows, budgets_ms: Mapping[float, float], *,
    max_calls: int, max_seconds: float, clock: Clock | None = None, cold_ms: Sequence[float] = (),
) -> dict[float, Timed]:  # fmt: skip
    """Time calls until every quantile (0.95) is known to be within or over its budget.

    `rows` gives position and fresh input of one call after the other, without end. `max_calls` and
    `max_seconds` are for one burst; waiting for a core takes none of these seconds. If calls are
    independent, the probability that any of the verdicts is wrong is at most 1 %.

    `Visits` tell rows that are new from others: what is kept has to be kept with new ones, where
    these take longer. `cold_ms` is what calls took that were made before and do not count.

    What is broken is confirmed after each of `machine.PAUSES_S`, as far as two `max_seconds` go, or
    only after the first of them if it is broken by far.
    """
    alpha, visits = ALPHA / len(budgets_ms), rows if isinstance(rows, Visits) else None
    fresh = visits.fresh if visits else ()
    with clock or Clock() as counters, frozen_garbage(), resting() as awake:
        began = counters.wall()
        bursts = [Burst(budgets_ms, alpha, counters)]
        bursts[0].run(call, islice(rows, max_calls), max_seconds, fresh)
        for broken in later(counters, began, max_seconds, budgets_ms, bursts):
            for _, given in islice(rows, cold(bursts[-1].machine, len(bursts[-1].rows))):
                call(given)
            bursts.append(Burst(broken, alpha, counters))
            bursts[-1].run(call, islice(rows, max_calls), max_seconds, fresh)
    calls = _together(bursts, visits, counted=counters.counts_waiting)
    ordered = calls.times_ms
    timed = {}
    for q, budget in budgets_ms.items():
        value, interval = at_quantile(ordered, q), quantile_interval(ordered, q)
        (ok, why), option = _verdict(q, bursts), ""
        if ok is None and bursts[0].verdicts[q] is None:
            why, option = _missing(q, bursts[0])
        if ok is not None and ok is not (value <= budget):  # known early, and then the rest drifted
            ok, why = None, "earlier and later calls disagree"
        if ok is False and awake:
            ok, why = None, excuse(awake)
        few = ok is True and visits is not None
        if few and visits:
            times = [ms for burst in bursts for ms in (burst.wall if calls.pooled else burst.own)]
            new = [one for burst in bursts for one in burst.fresh]
            ok, why = with_new_rows(times, new, budget, q, alpha, visits.different, cold_ms)
        timed[q] = Timed(q, value, interval, ok, why, calls, option, few and ok is None)
    return timed


def _verdict(q: float, bursts: list[Burst]) -> tuple[bool | None, str]:
    first, *others = (burst for burst in bursts if q in burst.budgets)
    ok = first.verdicts[q]
    if ok is True or (others and all(burst.refutes(q) for burst in (first, *others))):
        return ok, ""
    last = others[-1] if others else first
    return None, last.machine.busy() or "a later burst of calls did not confirm it"


def _missing(q: float, burst: Burst) -> tuple[str, str]:
    """What a burst lacked to either answer, and the option that gives it."""
    calls = len(burst.rows)
    why, needed = missing(calls, burst.over(q), q, burst.alpha)
    if burst.ended == "seconds":
        return why, enough("max_seconds", burst.seconds * needed / calls)
    return why, enough("max_calls", needed)


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


def _together(bursts: list[Burst], visits: Visits | None, *, counted: bool) -> Calls:
    """What there is to tell of all calls."""
    machines = [burst.machine for burst in bursts]
    pooled = any(machine.pooled for machine in machines)
    wall = sorted(ms for burst in bursts for ms in burst.wall)
    times = [ms for burst in bursts for ms in (burst.wall if pooled else burst.own)]
    rows = [row for burst in bursts for row in burst.rows]
    worst: dict[int, float] = {}  # of each row
    for row, ms in zip(rows, times, strict=True):
        if ms > worst.get(row, -1.0):
            worst[row] = ms
    elapsed, thread, process = (
        sum(total) for total in zip(*(machine.totals for machine in machines), strict=True)
    )
    return Calls(
        count=len(rows),
        seconds=elapsed / 1e9,
        bursts=len(bursts),
        times_ms=tuple(sorted(times)),
        wall_ms=(at_quantile(wall, 0.5), at_quantile(wall, 0.95), wall[-1]),
        waited=max(machine.waited for machine in machines) if counted else None,
        cpu_ratio=process / max(thread, 1),
        pooled=pooled,
        slowest=tuple(heapq.nlargest(5, worst.items(), key=itemgetter(1))),
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        taken=max(machine.taken for machine in machines),
        pools=pools() if pooled else "",
        different=visits.different if visits and not all(visits.fresh) else None,
    )


def typical(call: Callable[[Any], Any], given: Any) -> float:
    """Seconds that a call takes, more or less: the median of five."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        call(given)
        times.append(time.perf_counter() - start)
    return sorted(times)[2]
