"""limit: when a check has had its time, and whether it hangs or only takes long.

A check that is at work when its time is over has asked for too much: that is nobody's fault. But a
call into a subject that uses no processor time, or that takes longer than a whole check may, hangs.
So the call that is being made at the end of the time may go on until that is known.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from pytest_mlreqs.core.isolation.calls import Sight

Hang = Literal["idle", "busy"]

_SAMPLES = 8  # of the processor time, within the time of a check
_IDLE = 0.5  # of the time of a check, without processor time in one call
_WORK = 0.002  # of a time; what uses less of it does nothing: short sleeps take 0.005
_STARVED = 0.5  # of a time, without a core: what would have been done then nobody knows
_LEAST_WORK_S = 0.021  # two ticks of the clock by which processor time is counted
_PATIENCE = 2.0  # times the time of a check, and it ends whatever it does
_LOOK_S = 0.1
_BLIND = 0.25  # of the time of a check, without a look: who should have looked could not


class TimeLimit:
    """The time of one check, seen from its session.

    Args:
        timeout_s: seconds that the check may take.
        read: what was seen last of its calls.
        work_s: seconds of processor time that its processes have used.
        waited_s: seconds that its threads have been without a core, all together.
        clock: seconds.

    Attributes:
        hang: how the call that was being made at the end hangs, where it does.
        hung_s: for how long.
        is_seen: whether that call was seen; else only a copy of the check's process can make it.
        waited: seconds without a core, at the end.
    """

    def __init__(
        self,
        timeout_s: float,
        read: Callable[[], Sight],
        work_s: Callable[[], float],
        waited_s: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.timeout_s = timeout_s
        self._read, self._work_s, self._waited_s, self._clock = read, work_s, waited_s, clock
        self._begin = clock()
        self._samples = [(self._begin, 0.0, 0.0)]  # time, processor time, time without a core
        self._call = 0.0  # the one that was being made when the time was over, by its beginning
        self.hang: Hang | None = None
        self.is_seen = True
        self.hung_s = self.waited = 0.0

    def look_in_s(self) -> float:
        """Seconds until `over` is to be asked again."""
        left = self._begin + self.timeout_s - self._clock()
        if left <= 0:
            return min(_LOOK_S, self.timeout_s / _SAMPLES)
        return min(left, self.timeout_s / _SAMPLES)

    def over(self) -> bool:
        """Whether the check has to be ended now."""
        now = self._clock()
        if now - self._samples[-1][0] >= self.timeout_s / _SAMPLES * 0.9:
            self._sample(now)
        if now < self._begin + self.timeout_s:
            return False
        self._sample(now)
        sight, self.waited = self._read(), self._samples[-1][2]
        since, subject = sight.since, sight.subject
        if now - sight.looked > _BLIND * self.timeout_s:  # nobody lets go of the interpreter
            since = since or sight.looked
        idle_s = now - max(since, self._idle_since())
        if not since and not self._call and idle_s >= _IDLE * self.timeout_s:
            self.hang, self.hung_s = "idle", idle_s
            self.is_seen = False
        if not since or (self._call and since != self._call):
            return True
        self._call = since
        own_s = now - since - (self.waited - sight.waited)
        if idle_s >= _IDLE * self.timeout_s:
            self.hang, self.hung_s = "idle", idle_s
        elif subject and own_s >= self.timeout_s:
            self.hang, self.hung_s = "busy", own_s
        elif not subject and idle_s < _LOOK_S:
            return True
        return self.hang is not None or now >= self._begin + _PATIENCE * self.timeout_s

    def _sample(self, now: float) -> None:
        self._samples.append((now, self._work_s(), self._waited_s()))

    def _idle_since(self) -> float:
        """Since when no processor time worth the name has been used, nor waited for."""
        now, work, waited = self._samples[-1]
        since = now
        for then, work_then, waited_then in reversed(self._samples):
            passed = now - then
            busy = work - work_then > max(_LEAST_WORK_S, _WORK * passed)
            starved = waited - waited_then > _STARVED * passed
            if busy or starved or since - then > _BLIND * self.timeout_s:
                break
            since = then
        return since
