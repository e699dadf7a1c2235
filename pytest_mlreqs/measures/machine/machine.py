"""machine: what else the machine did while calls were made, and what that excuses.

Elapsed time includes the time for which the thread was ready but had no core. Linux counts that
(`schedstat`), and it is subtracted: what is left is what the model needed. Under heavy load even
that is inflated (cold caches; by a factor of two where it was measured), and neighbours on the
other cores alone made a p95 up to 1.8 times as long. So calls tell of a broken budget only if the
thread hardly had to wait and the other cores had little to do, or if the budget is broken by more
than that.

Where a pool of threads works along, the calling one waits for the others, and how long these had no
core cannot be subtracted: three busy neighbours on two cores made such a p95 seventy times as long.
So their waiting counts too, and with much of it no budget is called broken, by whatever factor.

What the host of a virtual machine does nobody counts: it made calls 1.2 to 1.8 times as long for a
second or half a minute, while no core was waited for. So a budget is called broken only if it is in
bursts of calls far apart: see `trial`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any

from pytest_mlreqs.core.clock import Clock

MOST_WAITING = 0.1  # of the time, without a core
MOST_TAKEN = 0.25  # of the time of all cores, for other processes
MOST_OF_OTHERS = 0.1  # CPU of other threads over the time of the calls; above it, a pool works
_WAITED_FACTOR = 3.0  # what breaks the budget by this factor is not the machine's doing
_TAKEN_FACTOR = 2.0
_TICK_NS = 10_000_000  # by which the work of the cores is counted


def margin(waited: float, taken: float = 0.0, *, pooled: bool = False) -> float:
    """How many times as long as on an idle machine calls may have taken; 1 if nothing excuses them.

    Args:
        waited: share of the time for which there was no core.
        taken: share of the time of all cores that went to other processes.
        pooled: whether other threads work along.
    """
    if waited > MOST_WAITING:
        return math.inf if pooled else _WAITED_FACTOR
    return _TAKEN_FACTOR if taken > MOST_TAKEN else 1.0


def busy(waited: float, taken: float = 0.0) -> str:
    """Why nothing is held against the calls; empty if nothing excuses them."""
    if waited > MOST_WAITING:
        return f"the machine was busy (waited {100 * waited:.0f} % for a core)"
    if taken > MOST_TAKEN:
        return f"the machine was busy (others took {100 * taken:.0f} % of its cores)"
    return ""


def timed(call: Callable[[Any], Any], given: Any, clock: Clock) -> tuple[Any, int, int]:
    """What a call returns, nanoseconds that it took, and those for which it had no core meanwhile.

    The first go without the second.
    """
    # Waiting is read around the time from which it is taken off, and no more of it is within than
    # the CPU left time for: else a wait between the two would make a call look faster than it was.
    queued, cpu, start = clock.waited(), clock.thread(), clock.wall()
    value = call(given)
    took, cpu = clock.wall() - start, clock.thread() - cpu
    queued = max(0, min(clock.waited() - queued, took - cpu))
    return value, took - queued, queued


class Machine:
    """What the machine did since this was made.

    Attributes:
        calls: nanoseconds that the calls took, without waiting for a core; the caller notes it
            here, and the next.
        queued: nanoseconds for which the thread had no core in them.
        totals: nanoseconds elapsed, CPU of the thread and CPU of the process, at the last look.
        pooled: whether other threads work along.
        taken: share of the time of all cores that went to other processes.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.calls = self.queued = 0.0
        self.totals = (0, 0, 0)
        self.pooled = False
        self.taken = 0.0
        self._all_queued = 0  # by all threads of the process together
        self._worked, self._all_waited = clock.worked(), clock.all_waited()
        self._wall, self._thread, self._process = clock.wall(), clock.thread(), clock.process()

    def note(self, own: float, queued: float) -> None:
        """Add a call, in nanoseconds."""
        self.calls += own
        self.queued += queued

    def look(self, *, pooled: bool | None = None) -> None:
        """Read the counters of this process; whether a pool works along, unless that is known."""
        clock = self._clock
        elapsed = clock.wall() - self._wall
        self.totals = elapsed, clock.thread() - self._thread, clock.process() - self._process
        # Held against the time of the calls, not the thread's CPU: a call that sleeps has no pool.
        others = self.totals[2] - self.totals[1]
        self.pooled = others > MOST_OF_OTHERS * self.calls if pooled is None else pooled
        if self.pooled:  # threads that have ended took their counts along
            self._all_queued = max(0, clock.all_waited() - self._all_waited)

    def look_around(self) -> None:
        """Read the counters of the others; that takes a while."""
        # A thread that neither works nor waits for a core has somebody else work for it: a pool of
        # this process, or another process.
        elapsed, _, process = self.totals
        own = process if self.pooled else max(process, elapsed - self.queued)
        worked = self._clock.worked() - self._worked - own / (os.cpu_count() or 1)
        others = worked - _TICK_NS
        self.taken = max(0.0, others) / max(elapsed, 1)

    @property
    def waited(self) -> float:
        """Share of its time for which the thread had no core; of all their time, with a pool."""
        own = self.queued / max(self.calls + self.queued, 1)
        ready = self._all_queued + self.totals[2]  # what they waited for, and what they had
        return max(own, self._all_queued / ready) if self.pooled and ready else own

    @property
    def margin(self) -> float:
        """How many times as long as on an idle machine the calls may have taken."""
        return margin(self.waited, self.taken, pooled=self.pooled)

    def busy(self) -> str:
        """Why nothing is held against the calls; empty if nothing excuses them."""
        return busy(self.waited, self.taken)
