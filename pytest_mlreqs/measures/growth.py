"""growth: does memory stay behind after each call?

After a warm-up, calls are made in windows, and each window tells how much more was in use after it
than before. What leaks grows in every window; a buffer that is enlarged once grows in one of them
only, and one that is given free hides a leak in one of them only. So nothing leaks where most
windows do not grow, something does where all of them grow, and what is in between is looked at
again in longer ones.

An alarm is raised again with more and more calls before it is believed, as a cache that fills grows
like a leak until it is full.
"""

from __future__ import annotations

import contextlib
import itertools
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pytest_mlreqs.measurement import described, number
from pytest_mlreqs.measures import heap, origin
from pytest_mlreqs.measures.peak import tracing
from pytest_mlreqs.measures.timing import frozen_garbage
from pytest_mlreqs.measures.tracers import resting
from pytest_mlreqs.measures.windows import (
    FLOOR_BLOCKS,
    FLOOR_BYTES,
    WINDOWS,
    Inputs,
    Meter,
    Window,
    least,
    middle,
)
from pytest_mlreqs.models.frames import batches

ROUNDS = (10, 20, 40, 80)  # calls in a window; the first is enough where nothing grows
_AFTER = 48  # windows of one call: repeated inputs, and others that are traced, thrice as slow
_MORE = 0.5  # of the seconds, to confirm an alarm
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
        medians: calls per window and the median bytes and small objects a call, round by round.
        lines: Python code that allocates what stays, and bytes a call; largest first.
        counted: by the heap in use, rather than by tracing Python alone.
    """

    bytes: float
    ok: bool | None
    why: str
    calls: int
    medians: tuple[tuple[int, float, float], ...]
    lines: tuple[tuple[str, float], ...] = ()
    counted: bool = True

    def how(self) -> str:
        """How it was measured, in words."""
        meter = "heap and small objects in use" if self.counted else "traced Python allocations"
        told = f"{number(self.calls)} calls, {meter}, median growth of {WINDOWS} windows"
        if self.ok and self.medians[0][1] > FLOOR_BYTES:
            told += f"; {number(round(self.medians[0][1]))} bytes a call at first, none in the end"
        return told

    def lines_of_table(self) -> list[tuple[str, str, str]]:
        """Round by round, and then the lines of code; a call each."""
        rounds = [
            (f"{calls} calls in a window", number(round(size)), f"{blocks:.1f}")
            for calls, size, blocks in self.medians
        ]
        return rounds + [(line, number(round(size)), "") for line, size in self.lines]


def inputs_of(X: Any, rows: int) -> Inputs:
    """Rows drawn with a fixed seed, pickled, without end.

    Raises:
        ValueError: they cannot be pickled; says why.
    """
    for _, given in batches(X, rows):
        try:
            pickled = pickle.dumps(given, protocol=5)
        except Exception as error:  # whatever an object's own pickling raises
            raise ValueError(f"rows of X cannot be pickled: {described(error)}") from error
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
        max_seconds: after these no other round is begun, and after half as many again not even
            the second one, without which nothing is known.
        varied: whether the inputs differ, so that a cache by input could be told from a leak.
        clock: seconds.
    """
    meter = Meter(call, inputs, counted=heap.counted())
    with frozen_garbage(), resting(), contextlib.nullcontext() if meter.counted else tracing():
        return _Loop(meter, limit, max_seconds, clock).held(warmup, varied=varied)


class _Loop:
    """Rounds of windows, until it is known."""

    def __init__(
        self, meter: Meter, limit: float, max_seconds: float, clock: Callable[[], float]
    ) -> None:
        self.meter, self.limit, self.clock = meter, limit, clock
        self.until = clock() + max_seconds
        self.latest = self.until + _MORE * max_seconds
        self.rounds: list[list[Window]] = []

    def held(self, warmup: int, *, varied: bool) -> Growth:
        for _ in range(warmup):
            self.meter.once()
            if self.clock() >= self.until:
                return self.told(None, f"there was no time for more than {self.meter.calls} calls")
        for size in ROUNDS:
            started = self.clock()
            self.rounds.append(self.meter.windows(size))
            if not middle(self.rounds[-1]).grows(self.limit):
                return self.told(True, "")
            now = self.clock()
            after = _AFTER * (now - started) / size  # what an alarm takes once it is believed
            until = self.until if len(self.rounds) > 1 else self.latest
            if now + 2 * (now - started) + after > until:  # twice the calls
                break
        return self.alarmed(varied=varied)

    def alarmed(self, *, varied: bool) -> Growth:
        """It grew in every round that there was time for."""
        if len(self.rounds) < 2:
            return self.told(None, "it grows, but there was no time to confirm it")
        last = least(self.rounds[-1])
        if not last.grows(self.limit):
            return self.told(None, "it grows in most windows of calls, but not in all")
        what = "bytes" if last.bytes > FLOOR_BYTES else "blocks"
        before, now = (getattr(middle(windows), what) for windows in self.rounds[-2:])
        if now < _SLOWER * before:
            return self.told(None, "its growth slows down, as that of a cache that fills")
        if varied and not self.grows_by_repeated_inputs():
            return self.told(
                None,
                "nothing stays behind when inputs repeat: a cache by input, "
                f"not full after {self.meter.calls} calls",
            )
        own = self.meter.own(last.calls)
        net = last.beyond(own)
        if not net.grows(self.limit):
            return self.told(True, "", size=net.bytes if net.bytes > FLOOR_BYTES else 0.0)
        with tracing(origin.FRAMES):
            each, lines = self.meter.traced()
        usual = middle(self.rounds[-1]).beyond(own)
        size = max(0.0, usual.bytes)
        if self.meter.counted and net.blocks > FLOOR_BLOCKS:
            if each is None:
                return self.told(None, "small objects stay behind, but none that could be traced")
            size += usual.blocks * each
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
    ) -> Growth:
        if size is None:
            size = middle(self.rounds[-1]).bytes if self.rounds else 0.0
            size = size if size > FLOOR_BYTES else 0.0
        medians = tuple((one.calls, one.bytes, one.blocks) for one in map(middle, self.rounds))
        return Growth(size, ok, why, self.meter.calls, medians, lines, self.meter.counted)
