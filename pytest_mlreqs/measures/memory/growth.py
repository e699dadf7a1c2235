"""growth: does memory stay behind after each call?

After a warm-up, calls are made in windows, and each window tells how much more was in use after it
than before. What leaks grows in every window; a buffer that is enlarged once grows in one of them
only, and one that is given free hides a leak in one of them only. So nothing leaks where most
windows do not grow, something does where all of them grow, and what is in between is looked at
again in longer ones.

An alarm is raised again with more and more calls before it is believed, as a cache that fills grows
like a leak until it is full. Nothing is believed before all of these rounds have been made. What is
given back in one of the last windows, and again in as many more, goes up and down like a saw: weak
references that are cleared by the hundred, a buffer that is written out.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pytest_mlreqs.core.evidence import Column, Table
from pytest_mlreqs.core.measurement import Undecided, described, number
from pytest_mlreqs.core.tracers import resting
from pytest_mlreqs.measures.machine.rest import frozen_garbage
from pytest_mlreqs.measures.memory import heap, origin, pages
from pytest_mlreqs.measures.memory.peak import tracing
from pytest_mlreqs.measures.memory.windows import (
    COUNTED,
    FLOOR_BLOCKS,
    FLOOR_BYTES,
    FLOOR_PRIVATE,
    WINDOWS,
    Inputs,
    Meter,
    Window,
    least,
    mean,
    middle,
)
from pytest_mlreqs.measures.statistics.sequential import enough
from pytest_mlreqs.models.frames import batches

ROUNDS = (10, 20, 40, 80)  # calls in a window; the first is enough where nothing grows
_AFTER = 240  # calls, once it is known: repeated inputs, and others that are traced, and slow
_FULL = "warmup"  # beyond the size of a cache or buffer, which is full by then
_SLOWER = 0.5
_SHOWN = 0.25  # of all growth, which is worth a line


@dataclass(frozen=True, slots=True)
class Growth:
    """Growth held to a limit; undecided where `ok` is None, as `why` says.

    Attributes:
        bytes: a call, median of the last windows; below the floor it is 0.
        ok: within the limit, beyond it, or None.
        why: why it is undecided, or empty.
        calls: how many there were.
        medians: round by round.
        lines: Python code that allocates what stays, and bytes a call; largest first.
        counted: by the heap in use, rather than by tracing Python alone.
        option: where it is undecided, the option that may decide it: `max_seconds = 90`, `warmup`.
    """

    bytes: float
    ok: bool | None
    why: str
    calls: int
    medians: tuple[Window, ...]
    lines: tuple[tuple[str, float], ...] = ()
    counted: bool = True
    option: str = ""

    def how(self) -> str:
        """How it was measured, in words."""
        meter = "heap and small objects in use" if self.counted else "traced Python allocations"
        meter += ", private memory" if heap.private() else ""
        told = f"{number(self.calls)} calls, {meter}, median growth of {WINDOWS} windows"
        if self.ok and self.medians[0].bytes > FLOOR_BYTES:
            told += (
                f"; {number(round(self.medians[0].bytes))} bytes a call at first, none in the end"
            )
        return told

    def table(self) -> Table:
        """Round by round, and then the lines of code; a call each."""
        rounds = [
            (f"{one.calls} calls in a window", one.bytes, one.private, one.blocks)
            for one in self.medians
        ]
        return Table(
            title="what stays behind after a call",
            columns=(
                Column(),
                Column("", "bytes a call", digits=0),
                Column("private", digits=0),
                Column("small objects", digits=1),
            ),
            rows=(*rounds, *((line, size, None, None) for line, size in self.lines)),
        )


def inputs_of(X: Any, rows: int) -> Inputs:
    """Rows drawn with a fixed seed, pickled, without end.

    Raises:
        Undecided: they cannot be pickled; says why.
    """
    for _, given in batches(X, rows):
        try:
            pickled = pickle.dumps(given, protocol=5)
        except Exception as error:  # whatever an object's own pickling raises
            raise Undecided(f"rows of X cannot be pickled: {described(error)}") from error
        yield pickled


def hold(
    call: Callable[[Any], Any],
    inputs: Inputs,
    limit: float,
    *,
    warmup: int,
    max_seconds: float,
    varied: bool = True,
    clock: Callable[[], float] = time.monotonic,
) -> Growth:
    """Call until it is known whether more than `limit` bytes stay behind after each call.

    Args:
        call: is measured.
        inputs: what it is given, pickled, without end: rows that were used before have filled
            their own caches, and slices of one frame leave references in it.
        limit: bytes a call; what is below the floor is none.
        warmup: calls before the first that counts.
        max_seconds: no round is begun that would not end within them.
        varied: whether the inputs differ, so that a cache by input could be told from a leak.
        clock: seconds.
    """
    meter = Meter(call, inputs, counted=heap.counted())
    traced = contextlib.nullcontext() if meter.counted else tracing()
    with frozen_garbage(), resting(), pages.small(), traced:
        return _Loop(meter, limit, max_seconds, clock).held(warmup, varied=varied)


class _Loop:
    """Rounds of windows, until it is known."""

    def __init__(
        self, meter: Meter, limit: float, max_seconds: float, clock: Callable[[], float]
    ) -> None:
        self.meter, self.limit, self.clock = meter, limit, clock
        self.began = clock()
        self.until = self.began + max_seconds
        self.rounds: list[list[Window]] = []

    def held(self, warmup: int, *, varied: bool) -> Growth:
        for _ in range(warmup):
            self.meter.once()
            if self.clock() >= self.until:
                few, most = warmup + WINDOWS * ROUNDS[0], self.calls_to_fail(warmup)
                why = f"there was no time for more than {self.meter.calls} calls; to pass takes "
                why += f"{few:,}, to fail {most:,}"
                return self.told(None, why, option=self.enough(few))
        for size in ROUNDS:
            calls = WINDOWS * size
            rest = calls + _AFTER if self.rounds else calls  # the first is enough for most
            if not self.time_for(rest):
                return self.unconfirmed(warmup)
            self.rounds.append(self.meter.windows(size))
            if not middle(self.rounds[-1]).grows(self.limit):
                return self.told(True, "")
        return self.alarmed(varied=varied)

    def time_for(self, calls: int) -> bool:
        """Whether a number of further calls end in time, if they take as long as those before."""
        now = self.clock()
        each = (now - self.began) / max(self.meter.calls, 1)
        return now + each * calls <= self.until

    def enough(self, calls: int) -> str:
        """The seconds that a number of calls take in all."""
        taken = self.clock() - self.began
        return enough("max_seconds", taken / max(self.meter.calls, 1) * calls)

    def unconfirmed(self, warmup: int) -> Growth:
        """There was no time to tell a leak from a buffer that fills."""
        grows = "it grows, but " if self.rounds else ""
        why = (
            f"{grows}there was no time for windows of {ROUNDS[len(self.rounds)]} calls after "
            f"{self.meter.calls}"
        )
        few, most = warmup + WINDOWS * ROUNDS[0], self.calls_to_fail(warmup)
        return self.told(None, why, option=self.enough(most if self.rounds else few))

    def calls_to_fail(self, warmup: int) -> int:
        """The most calls of all rounds, and of what comes after them."""
        return warmup + WINDOWS * (sum(ROUNDS) + ROUNDS[-1]) + _AFTER

    def alarmed(self, *, varied: bool) -> Growth:
        """It grew in every round."""
        last, usual = least(self.rounds[-1]), middle(self.rounds[-1])
        if not last.grows(self.limit):
            if self.given_back(self.rounds[-1]):
                return self.sawn()
            why = "it grows in most windows of calls, but not in all"
            return self.told(None, why, option=_FULL)
        what = "bytes" if last.bytes > FLOOR_BYTES else "blocks"
        if last.private > FLOOR_PRIVATE and usual.bytes <= FLOOR_BYTES:
            what = "private"
        before, now = (getattr(middle(windows), what) for windows in self.rounds[-2:])
        if now < _SLOWER * before:
            why = "its growth slows down, as that of a cache that fills"
            return self.told(None, why, option=_FULL)
        if varied and not self.grows_by_repeated_inputs():
            why = "nothing stays behind when inputs repeat: a cache by input, "
            why += f"not full after {self.meter.calls} calls"
            return self.told(None, why, option=_FULL)
        return self.leak(last, usual)

    def given_back(self, windows: list[Window]) -> bool:
        """Whether a window shrinks by what makes the others grow."""
        low, usual = least(windows), middle(windows)
        fallen = [one for one in COUNTED if getattr(low, one) < 0 < getattr(usual, one)]
        none: dict[str, Any] = dict.fromkeys(fallen, 0.0)
        rest = dataclasses.replace(usual, **none)
        return not rest.grows(self.limit)

    def sawn(self) -> Growth:
        """A window shrinks: no leak, if others do so again and in all of them nothing is left."""
        size = ROUNDS[-1]
        if not self.time_for(WINDOWS * size):
            why = f"it grows and is given back at times, after {self.meter.calls} calls"
            return self.told(None, why, option=self.enough(self.meter.calls + WINDOWS * size))
        again = self.meter.windows(size)
        both = self.rounds[-1] + again
        falls = self.given_back(again) or not middle(again).grows(self.limit)
        self.rounds.append(again)
        if falls and not mean(both).grows(self.limit):
            return self.told(True, "", size=0.0)
        return self.told(None, "it grows, and at times gives back less than that", option=_FULL)

    def leak(self, last: Window, usual: Window) -> Growth:
        """It grows whatever the inputs; how much, but for what the loop itself leaves behind."""
        own = self.meter.own(last.calls)
        net, usual = last.beyond(own), usual.beyond(own)
        if not net.grows(self.limit):
            return self.told(True, "", size=net.bytes if net.bytes > FLOOR_BYTES else 0.0)
        with tracing(origin.FRAMES):
            each, lines = self.meter.traced()
        size = max(0.0, usual.bytes)
        if self.meter.counted and net.blocks > FLOOR_BLOCKS:
            if each is None:
                return self.told(None, "small objects stay behind, but none that could be traced")
            size += usual.blocks * each
        if net.private > FLOOR_PRIVATE:  # what is in the heap, and small objects, are in it too
            size = max(size, usual.private)
        lines = tuple((line, kept) for line, kept in lines if kept > _SHOWN * size)
        return self.told(size <= self.limit, "", size=size, lines=lines)

    def grows_by_repeated_inputs(self) -> bool:
        """Whether it grows with inputs that it has seen, too; where there is one only, it does."""
        again = list(itertools.islice(self.meter.inputs, ROUNDS[0]))
        if len(set(again)) == 1:
            return True
        repeated = itertools.cycle(again)
        for _ in again:
            self.meter.once(repeated)
        return middle(self.meter.windows(ROUNDS[0], repeated)).grows(self.limit)

    def told(
        self,
        ok: bool | None,  # noqa: FBT001
        why: str,
        *,
        size: float | None = None,
        lines: tuple[tuple[str, float], ...] = (),
        option: str = "",
    ) -> Growth:
        medians = tuple(map(middle, self.rounds))
        if size is None:
            last = medians[-1] if medians else Window(0, 0.0, 0.0)
            size = last.bytes if last.bytes > FLOOR_BYTES else 0.0
            size = max(size, last.private if last.private > FLOOR_PRIVATE else 0.0)
        counted = self.meter.counted
        return Growth(size, ok, why, self.meter.calls, medians, lines, counted, option)
