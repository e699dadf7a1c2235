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
bursts of calls far apart.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from pytest_mlreqs.core.clock import Clock

MOST_WAITING = 0.1  # of the time, without a core
MOST_TAKEN = 0.25  # of the time of all cores, for other processes
MOST_OF_OTHERS = 0.1  # CPU of other threads over the time of the calls; above it, a pool works
_WAITED_FACTOR = 3.0  # what breaks the budget by this factor is not the machine's doing
_TAKEN_FACTOR = 2.0
PAUSES_S = (0.5, 2.0, 5.0, 10.0)  # before each burst that is to confirm a broken budget
BY_FAR = 2.0  # what is broken by this factor needs no more than the first of them
WARM_CALLS = 5  # after a pause
_COLD_NS = 50_000_000  # of calls that take longer, what is cold in the beginning is little
_TICK_NS = 10_000_000  # by which the work of the cores is counted

Key = TypeVar("Key", bound=Hashable)
Limit = TypeVar("Limit")
Key_contra = TypeVar("Key_contra", bound=Hashable, contravariant=True)


class Refutes(Protocol[Key_contra]):
    """A burst of calls that may have refuted what was asked of it."""

    def refutes(self, key: Key_contra, by: float = 1.0, /) -> bool:
        """Whether the limit is broken, `by` times over."""


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


def later(
    clock: Clock,
    began: int,
    seconds: float,
    asked: Mapping[Key, Limit],
    bursts: Sequence[Refutes[Key]],
    by_far: Callable[[Limit], float] = lambda _: BY_FAR,
) -> Iterator[dict[Key, Limit]]:
    """Pause, and yield what is to be confirmed by a burst of calls, until there is nothing left.

    Args:
        clock: of all bursts.
        began: its wall time when the first burst did.
        seconds: that one burst may take; all of them and the pauses take no more than two would.
        asked: limits.
        bursts: so far; the caller that makes another one of what is yielded adds it.
        by_far: by how many times a limit has to be broken for two bursts to be enough.
    """
    last, longest = began, 0
    still = dict(asked)
    for pause in PAUSES_S:
        several = len(bursts) > 1
        still = {
            key: limit
            for key, limit in still.items()
            if bursts[-1].refutes(key)
            and not (several and all(one.refutes(key, by_far(limit)) for one in bursts))
        }
        if not still:
            return
        now = clock.wall()
        longest = max(longest, now - last)
        if pause != PAUSES_S[0] and now + longest + pause * 1e9 > began + 2e9 * seconds:
            return
        clock.sleep(pause)
        last = clock.wall()
        yield still


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


def cold(machine: Machine, calls: int) -> int:
    """How many calls need to be made after a pause before they count, as caches are cold.

    Args:
        machine: during a burst of calls like these.
        calls: how many there were.
    """
    return WARM_CALLS if machine.totals[0] < _COLD_NS * calls else 0


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
