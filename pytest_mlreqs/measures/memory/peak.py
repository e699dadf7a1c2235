"""peak: how much memory one call takes at its peak, by Python or native code alike.

The kernel keeps the largest amount of memory that a process ever had in use, its high-water mark.
Put back before the call, it tells of that call alone, native allocations included, without slowing
it down: Linux does so when a 5 is written to `/proc/self/clear_refs` (proc(5)). Memory that was
given free but kept by the allocator would be taken again unseen, so it is given back first.

Files that are mapped and stay so (code of libraries, memory-mapped arrays) are left out: a forked
process maps them anew when it comes to use them, so they would count or not by what ran before.
"""

from __future__ import annotations

import contextlib
import gc
import math
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_mlreqs.core.measurement import MIB
from pytest_mlreqs.core.tracers import resting
from pytest_mlreqs.measures.machine.rest import frozen_garbage
from pytest_mlreqs.measures.memory import heap, pages, per_core, pools
from pytest_mlreqs.models.frames import take

COARSE = MIB  # what the kernel's counters may miss, which it adds up per core and by the page
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_MOST_TOLD = 1 << 14  # bytes of the first


@dataclass(frozen=True, slots=True)
class Peak:
    """What a call took at its peak, twice where once was too much.

    Attributes:
        first: bytes of the first call.
        again: bytes of a second one alike; None where the first kept within the limit.
        traced: by the allocations of Python and NumPy, rather than by the kernel.
    """

    first: int
    again: int | None = None
    traced: bool = False

    def how(self) -> str:
        """How it was measured, in words."""
        if self.traced:
            return "traced allocations of Python and NumPy, as the kernel's counters are too coarse"
        return "the kernel's high-water mark, put back before each"

    @property
    def bytes(self) -> int:
        """The smaller one: what a first call builds and keeps is not what a call takes."""
        return self.first if self.again is None else min(self.first, self.again)


def resettable() -> bool:
    """Whether the high-water mark of this process can be put back; some containers forbid it."""
    try:
        per_core.added_up()  # or else the mark may be put back too high, by a little for each core
        _CLEAR.write_text("5", encoding="ascii")
        status = in_use()
    except OSError:
        return False
    within = status.get("VmHWM", 0) - status.get("VmRSS", 0) < COARSE
    return within and {"VmHWM", "VmRSS", "RssFile"} <= set(status)


def hold(call: Callable[[Any], Any], fresh: Callable[[], Any], limit: float) -> Peak:
    """Call once, and once more if that takes more than `limit` bytes.

    A limit below 1 MiB is too little for the kernel's counters: there the allocations of Python
    and NumPy are traced, unless the kernel has seen clearly more than the limit. Where it puts no
    mark back they are traced whatever the limit, which is for limits as small: see `spawned`.

    Args:
        call: is measured.
        fresh: makes what it is given, anew for each call; what that takes counts for nothing.
        limit: bytes.
    """
    measure = resident if resettable() else traced
    first = measure(call, fresh())
    if measure is resident and limit < COARSE and first - COARSE <= limit:
        measure = traced
        first = measure(call, fresh())
    again = measure(call, fresh()) if first > limit else None
    return Peak(first, again, traced=measure is traced)


def resident(call: Callable[[Any], Any], given: Any) -> int:
    """Bytes of memory that one call takes at its peak beyond what is in use before."""
    # What is made ready here, and read at the end, does not take room that the call would.
    before, after = bytearray(_MOST_TOLD), bytearray(_MOST_TOLD)
    with (
        _CLEAR.open("wb", buffering=0) as clear,
        _STATUS.open("rb", buffering=0) as status,
        settled(),
    ):
        clear.write(b"5")
        status.readinto(before)
        call(given)
        status.seek(0)
        status.readinto(after)
    was, now = in_use(before), in_use(after)
    mapped = max(0, now["RssFile"] - was["RssFile"])
    return max(0, now["VmHWM"] - was["VmHWM"] - mapped)


@contextlib.contextmanager
def settled() -> Iterator[None]:
    """Let what a call takes be seen in the counters: nothing is left over that it could reuse."""
    with frozen_garbage(), resting():
        gc.collect()  # of what earlier calls left; all else is frozen
        with pages.small(), pools.filled(), heap.emptied():  # what these take is emptied too
            per_core.added_up()
            yield


def traced(call: Callable[[Any], Any], given: Any) -> int:
    """The same by the allocations of Python and NumPy: to the byte, but slow and half blind."""
    with frozen_garbage(), resting(), tracing():
        gc.collect()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        call(given)
        return max(0, tracemalloc.get_traced_memory()[1] - before)


def by_rows(call: Callable[[Any], Any], X: Any, *, traces: bool) -> list[tuple[int, int]]:
    """Rows and bytes of calls with all rows of `X`, a half, a quarter and an eighth of them."""
    measure = traced if traces else resident
    sizes = dict.fromkeys(max(1, len(X) // part) for part in (1, 2, 4, 8))
    return [(rows, measure(call, take(X, list(range(rows))))) for rows in sizes]


def fitting(seen: Sequence[tuple[int, int]], limit: float) -> int | None:
    """How many rows fit into `limit` bytes, by a straight line through the outermost points.

    They are fewer than any that were seen not to fit.

    Args:
        seen: rows and bytes of calls, with the most rows first.
        limit: bytes.

    Returns:
        A number of one digit and zeros, or None where fewer rows do not help.
    """
    (most, high), (least, low) = seen[0], seen[-1]
    if most == least or high - low <= 0.2 * high:
        return None
    each = (high - low) / (most - least)
    untried = min((rows - 1 for rows, size in seen if size > limit), default=most - 1)
    fits = min(untried, (limit - low) / each + least)
    if fits < 1:
        return None
    digits = 10 ** int(math.log10(fits))
    return int(fits // digits * digits)


@contextlib.contextmanager
def tracing(frames: int = 1) -> Iterator[None]:
    """Trace allocations for a while; go on if somebody traces them already."""
    if tracemalloc.is_tracing():
        yield
        return
    tracemalloc.start(frames)
    try:
        yield
    finally:
        tracemalloc.stop()


def in_use(told: bytes | bytearray | None = None) -> dict[str, int]:
    """The `Name:  123 kB` lines on this process, in bytes: VmRSS is now, VmHWM was the most."""
    found = {}
    for line in (_STATUS.read_bytes() if told is None else told).splitlines():
        name, _, rest = line.partition(b":")
        words = rest.split()
        if len(words) == 2 and words[1] == b"kB":
            found[name.decode("ascii")] = int(words[0]) * 1024
    return found
