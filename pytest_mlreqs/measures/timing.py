"""timing: how long single calls take, on a machine that is not ours alone.

Wall-clock time includes the time for which the thread was ready but had no core. On Linux the
kernel counts that (`schedstat`), and it is subtracted: what is left is what the model needed.
Under heavy load even that is inflated (cold caches; by a factor of two where it was measured). So
a budget is called broken only if a second burst of calls, a moment later, says so again, and if
the thread hardly had to wait, or the budget is broken three times over.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pytest_mlreqs.measures.sequential import calls_to_pass, decide, quantile_interval

ALPHA = 0.01
_LEAST_CALLS = 5
_LEAST_S = 0.05  # a shorter burst can be one bad moment
_PAUSE_S = 0.5
_LOOK_EVERY = 5
_MOST_WAITING = 0.10
_BUSY_FACTOR = 3.0  # what breaks so many times the budget is not the machine's doing
_ONE_THREAD = 1.1  # process CPU over thread CPU; above it, a pool works along

Rows = Iterator[tuple[int, Any]]


class Clock:
    """The machine's counters, in nanoseconds, of the calling thread."""

    def __init__(self) -> None:
        try:
            self._schedstat: int | None = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        except OSError:  # not Linux, or not told
            self._schedstat = None

    wall = staticmethod(time.perf_counter_ns)
    thread = staticmethod(time.thread_time_ns)
    process = staticmethod(time.process_time_ns)
    sleep = staticmethod(time.sleep)

    def waited(self) -> int | None:
        """For how long the thread was ready to run without a core; None where nobody counts."""
        if self._schedstat is None:
            return None
        return int(os.pread(self._schedstat, 64, 0).split()[1])

    def close(self) -> None:
        """Give the file of the counter back."""
        if self._schedstat is not None:
            os.close(self._schedstat)


@dataclass
class Burst:
    """Calls made in a row.

    Attributes:
        wall_ms, own_ms: per call: elapsed time, and that time without waiting for a core.
        rows: position of the (first) row of each call.
        seconds: how long the burst took.
        waiting: share of the calls' time spent ready but without a core; None if not known.
        pooled: whether more than the calling thread worked.
    """

    wall_ms: list[float] = field(default_factory=list)
    own_ms: list[float] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    seconds: float = 0.0
    waiting: float | None = None
    pooled: bool = False

    @property
    def times(self) -> list[float]:
        """The times to judge: with a thread pool only wall time tells of all its threads."""
        return self.wall_ms if self.pooled else self.own_ms


@dataclass(frozen=True, slots=True)
class Timed:
    """One quantile held to its budget.

    Attributes:
        value_ms: the quantile, in milliseconds.
        interval_ms: its 95 % interval.
        ok: True within, False over, None undecided.
        why: why it is undecided, or empty.
        burst: the calls it rests on.
    """

    value_ms: float
    interval_ms: tuple[float, float]
    ok: bool | None
    why: str
    burst: Burst


def hold(
    call: Callable[[Any], Any],
    rows: Rows,
    budgets_ms: Mapping[float, float],
    *,
    max_calls: int,
    max_seconds: float,
    clock: Clock | None = None,
) -> dict[float, Timed]:
    """Time calls until every quantile is known to be within or over its budget.

    Args:
        call: the bare method; called with what `rows` gives.
        rows: position and fresh input of one call after the other, without end.
        budgets_ms: quantile (0.95) -> budget in milliseconds.
        max_calls: the most calls of one burst.
        max_seconds: the most seconds of one burst (but for the first few calls).
        clock: for tests.

    Returns:
        The verdict for each quantile. Any of them is wrong with a probability of at most 1 % for
        calls that are independent of each other.
    """
    clock = clock or Clock()
    alpha = ALPHA / len(budgets_ms)
    try:
        with frozen_garbage():
            first = _burst(call, rows, budgets_ms, alpha, max_calls, max_seconds, clock)
            broken = {q: ms for q, ms in budgets_ms.items() if _refuted(first, q, ms, alpha)}
            second = None
            if broken:
                clock.sleep(_PAUSE_S)
                second = _burst(call, rows, broken, alpha, max_calls, max_seconds, clock)
    finally:
        clock.close()
    return {q: _timed(q, budgets_ms[q], alpha, first, second) for q in budgets_ms}


@contextmanager
def frozen_garbage() -> Iterator[None]:
    """Keep the collector on for what the calls make, but spare it the session's own objects.

    Unlike a collection beforehand, this costs microseconds. Objects that somebody froze
    already stay frozen.
    """
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _burst(
    call: Callable[[Any], Any],
    rows: Rows,
    budgets_ms: Mapping[float, float],
    alpha: float,
    max_calls: int,
    max_seconds: float,
    clock: Clock,
) -> Burst:
    burst = Burst()
    wall, waited = clock.wall, clock.waited
    began, thread, process = wall(), clock.thread(), clock.process()
    waiting = 0
    for position, given in rows:
        before = waited()
        start = wall()
        call(given)
        end = wall()
        after = waited()
        queued = after - before if before is not None and after is not None else 0
        waiting += queued
        burst.wall_ms.append((end - start) / 1e6)
        burst.own_ms.append(max(0, end - start - queued) / 1e6)
        burst.rows.append(position)
        calls = len(burst.rows)
        burst.seconds = (end - began) / 1e9
        if calls < _LEAST_CALLS or (calls % _LOOK_EVERY and calls < max_calls):
            continue
        burst.pooled = clock.process() - process > _ONE_THREAD * (clock.thread() - thread) + 1e6
        if after is not None:
            burst.waiting = waiting / 1e6 / max(sum(burst.wall_ms), 1e-9)
        known = all(_decided(burst, q, ms, alpha) is not None for q, ms in budgets_ms.items())
        if calls >= max_calls or burst.seconds >= max_seconds:
            break
        if known and burst.seconds >= _LEAST_S:
            break
    return burst


def _decided(burst: Burst, quantile: float, budget_ms: float, alpha: float) -> bool | None:
    over = sum(ms > budget_ms for ms in burst.times)
    return decide(len(burst.times), over, quantile, alpha)


def _busy(burst: Burst) -> bool:
    return burst.waiting is not None and burst.waiting > _MOST_WAITING


def _refuted(burst: Burst, quantile: float, budget_ms: float, alpha: float) -> bool:
    """Whether the burst shows the budget broken, by a margin if the machine was busy."""
    factor = _BUSY_FACTOR if _busy(burst) else 1.0
    return _decided(burst, quantile, factor * budget_ms, alpha) is False


def _timed(
    quantile: float,
    budget_ms: float,
    alpha: float,
    first: Burst,
    second: Burst | None,
) -> Timed:
    ok = _decided(first, quantile, budget_ms, alpha)
    burst, why = first, ""
    if ok is None:
        over = sum(ms > budget_ms for ms in first.times)
        more = calls_to_pass(over, quantile, alpha) - len(first.times)
        why = f"{len(first.times)} calls are too few to tell; to pass takes {more} more"
    elif ok is False:
        doubtful = not _refuted(first, quantile, budget_ms, alpha)
        if second is not None and not doubtful:
            burst, doubtful = second, not _refuted(second, quantile, budget_ms, alpha)
        if doubtful:
            ok, why = None, "a first burst of calls was over the budget and a second one was not"
        if doubtful and _busy(burst):
            why = (
                f"the machine is busy: {burst.waiting:.0%} of the time was spent waiting for a core"
            )
    ordered = sorted(burst.times)
    rank = max(0, -(-quantile * len(ordered) // 1) - 1)
    return Timed(ordered[int(rank)], quantile_interval(ordered, quantile), ok, why, burst)
