"""growth: does memory stay behind after each call?

After a warm-up, calls are made in windows, and each window tells how much more was in use after it
than before. What leaks grows in every window; a buffer that is enlarged once grows in one of them
only, and one that is given free hides a leak in one of them only. So nothing leaks where most
windows do not grow, something does where all of them grow, and what is in between is looked at
again in longer ones. The memory of the process would show a leak of a kilobyte
after thousands of calls, if at all; two counters show it after fifty: the heap in use of the C
library, which large Python objects and arrays are in too, and the number of small Python objects.

The first says how large what it counts is, the second does not: that is traced in the end.

An alarm is raised again with more and more calls before it is believed, as a cache that fills grows
like a leak until it is full.
"""

from __future__ import annotations

import gc
import itertools
import pickle
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from pytest_mlreqs.measurement import described, number
from pytest_mlreqs.measures import heap, origin
from pytest_mlreqs.measures.peak import tracing
from pytest_mlreqs.measures.timing import frozen_garbage
from pytest_mlreqs.models.frames import batches

WINDOWS = 5
ROUNDS = (10, 20, 40, 80)  # calls in a window; the first is enough where nothing grows
FLOOR_BYTES = 256.0  # a call, and the next line too: what leak-free models were seen to stay below
FLOOR_BLOCKS = 0.75  # they are counted exactly: 0.3 are the loop's own
_LARGEST_BLOCK = 512  # bytes of what Python calls a small object
_AFTER = 48  # windows of one call: repeated inputs, and others that are traced, thrice as slow
_MORE = 0.5  # of the seconds, to confirm an alarm
_SLOWER = 0.5
_SHOWN = 0.25  # of all growth, which is worth a line

# Python remembers where it found an attribute for 4,096 names, and keeps those names: a text with
# which attributes are looked up is another one in each call if it came with the call's input.
_FORGET = ("_clear_internal_caches", "_clear_type_cache")  # of sys, since 3.13 and before

Inputs = Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Window:
    """What a window of calls left behind, for each call: bytes of the heap, small objects."""

    calls: int
    bytes: float
    blocks: float


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
    counted = heap.counted()
    with frozen_garbage():
        if counted:
            return _Loop(call, inputs, limit, max_seconds, clock).held(warmup, varied=varied)
        with tracing():
            return _Loop(call, inputs, limit, max_seconds, clock, counted=False).held(
                warmup, varied=varied
            )


class _Loop:
    """Calls made one after the other."""

    def __init__(
        self,
        call: Callable[[Any], Any],
        inputs: Inputs,
        limit: float,
        max_seconds: float,
        clock: Callable[[], float],
        *,
        counted: bool = True,
    ) -> None:
        self.call, self.inputs, self.limit = call, inputs, limit
        self.clock, self.counted = clock, counted
        self.until = clock() + max_seconds
        self.latest = self.until + _MORE * max_seconds
        self.calls = 0
        self.rounds: list[list[Window]] = []

    def held(self, warmup: int, *, varied: bool) -> Growth:
        for given in itertools.islice(self.inputs, warmup):
            self.call(pickle.loads(given))
            self.calls += 1
            if self.clock() >= self.until:
                return self.told(None, f"there was no time for more than {self.calls} calls")
        for size in ROUNDS:
            started = self.clock()
            self.rounds.append([self.window(self.call, size) for _ in range(WINDOWS)])
            if not self.grows(_middle(self.rounds[-1])):
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
        if not self.grows(_least(self.rounds[-1])):
            return self.told(None, "it grows in most windows of calls, but not in all")
        what = "bytes" if _least(self.rounds[-1]).bytes > FLOOR_BYTES else "blocks"
        before, last = (
            median(getattr(window, what) for window in windows) for windows in self.rounds[-2:]
        )
        if last < _SLOWER * before:
            return self.told(None, "its growth slows down, as that of a cache that fills")
        again = list(itertools.islice(self.inputs, ROUNDS[0]))
        if varied and len(set(again)) > 1:
            for given in again:
                self.call(pickle.loads(given))
            repeated = itertools.cycle(again)
            windows = [self.window(self.call, ROUNDS[0], repeated) for _ in range(WINDOWS)]
            if not self.grows(_middle(windows)):
                return self.told(
                    None,
                    "nothing stays behind when inputs repeat: a cache by input, "
                    f"not full after {self.calls} calls",
                )
        calls = self.rounds[-1][0].calls
        own = _least([self.window(_nothing, calls) for _ in range(WINDOWS)])
        least = _least(self.rounds[-1])
        net = Window(calls, least.bytes - max(0, own.bytes), least.blocks - max(0, own.blocks))
        if not self.grows(net):
            return self.told(True, "", size=net.bytes if net.bytes > FLOOR_BYTES else 0.0)
        with tracing(origin.FRAMES):
            each, lines = self.traced()
        usual = _middle(self.rounds[-1])
        size = max(0.0, usual.bytes - max(0, own.bytes))
        if self.counted and net.blocks > FLOOR_BLOCKS:
            if each is None:
                return self.told(None, "small objects stay behind, but none that could be traced")
            size += (usual.blocks - max(0, own.blocks)) * each
        lines = tuple((line, kept) for line, kept in lines if kept > _SHOWN * size)
        return self.told(size <= self.limit, "", size=size, lines=lines)

    def window(
        self, call: Callable[[Any], Any], calls: int, inputs: Inputs | None = None
    ) -> Window:
        """What so many calls leave behind; making their inputs counts for nothing."""
        given = list(itertools.islice(inputs or self.inputs, calls))
        before = self.read()
        for one in given:
            call(pickle.loads(one))
        after = self.read()
        if call is self.call:
            self.calls += calls
        return Window(calls, (after[0] - before[0]) / calls, (after[1] - before[1]) / calls)

    def read(self) -> tuple[int, int]:
        """Bytes and small objects in use, but for what can be given back."""
        gc.collect()  # of what came after the freeze
        for name in _FORGET:
            if hasattr(sys, name):
                getattr(sys, name)()
                break
        size = heap.in_use() if self.counted else tracemalloc.get_traced_memory()[0]
        return size, sys.getallocatedblocks()

    def grows(self, window: Window) -> bool:
        """Whether more stays behind than may: in bytes, or by objects of any size."""
        if window.bytes > max(FLOOR_BYTES, self.limit):
            return True
        return window.blocks > FLOOR_BLOCKS and _size(window) > self.limit

    def traced(self) -> tuple[float | None, tuple[tuple[str, float], ...]]:
        """Bytes of a small object that stays, on average, and the lines that allocate what does.

        How many stay, the counter knows better: what replaces an older object is traced as new.
        """
        calls = ROUNDS[0]
        self.window(self.call, calls)
        first = before = _snapshot()
        grown = []
        for _ in range(WINDOWS):
            self.window(self.call, calls)
            after = _snapshot()
            grown.append(origin.sizes(_stacks(after, before)))
            before = after
        # A table that is enlarged once is large, and grows in one window only.
        steady = Counter({line: int(median(one[line] for one in grown)) for line in grown[0]})
        lines = [(line, size / calls) for line, size in origin.largest(steady)]
        number, size = (
            last - then for last, then in zip(_small(before), _small(first), strict=True)
        )
        return size / number if min(size, number) > 0 else None, tuple(lines)

    def told(
        self,
        ok: bool | None,  # noqa: FBT001
        why: str,
        *,
        size: float | None = None,
        lines: tuple[tuple[str, float], ...] = (),
    ) -> Growth:
        if size is None:
            size = _middle(self.rounds[-1]).bytes if self.rounds else 0.0
            size = size if size > FLOOR_BYTES else 0.0
        medians = tuple(
            (ws[0].calls, median(w.bytes for w in ws), median(w.blocks for w in ws))
            for ws in self.rounds
        )
        return Growth(size, ok, why, self.calls, medians, lines, self.counted)


def _stacks(after: tracemalloc.Snapshot, before: tracemalloc.Snapshot) -> Iterator[Any]:
    """The stack of each line that has allocated since, and how many bytes."""
    for one in after.compare_to(before, "traceback"):
        yield [(at.filename, at.lineno) for at in reversed(one.traceback)], one.size_diff


def _nothing(given: Any) -> None:
    """What the loop itself leaves behind is seen with this."""


def _snapshot() -> tracemalloc.Snapshot:
    """What is traced now, but for what looking at it takes."""
    own = [tracemalloc.Filter(False, file) for file in (tracemalloc.__file__, origin.__file__)]
    return tracemalloc.take_snapshot().filter_traces(own)


def _small(snapshot: tracemalloc.Snapshot) -> tuple[int, int]:
    """How many small objects there are, and their bytes."""
    sizes = [one.size for one in snapshot.traces if one.size <= _LARGEST_BLOCK]
    return len(sizes), sum(sizes)


def _least(windows: list[Window]) -> Window:
    """The least of either."""
    return Window(windows[0].calls, min(w.bytes for w in windows), min(w.blocks for w in windows))


def _middle(windows: list[Window]) -> Window:
    """The median of either."""
    return Window(
        windows[0].calls, median(w.bytes for w in windows), median(w.blocks for w in windows)
    )


def _size(window: Window) -> float:
    """The most bytes a call that can have stayed behind: small objects are not in the heap."""
    small = window.blocks if window.blocks > FLOOR_BLOCKS else 0.0
    return window.bytes + _LARGEST_BLOCK * small
