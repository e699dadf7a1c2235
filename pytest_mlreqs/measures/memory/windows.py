"""windows: what a number of calls leaves behind, in bytes and in small objects.

The memory of the process would show a leak of a kilobyte after thousands of calls, if at all; two
counters show it after fifty: the heap in use of the C library, which large Python objects and
arrays are in too, and the number of small Python objects. The first says how large what it counts
is, the second does not: that is traced in the end. What libraries allocate by themselves neither of
them sees. That is in the private memory, which comes and goes by the page: it has a floor of its
own, which the allocator that came and went most (DuckDB's) was seen to stay below.
"""

from __future__ import annotations

import gc
import itertools
import pickle
import sys
import tracemalloc
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from pytest_mlreqs.measures.memory import heap, origin

FLOOR_BYTES = 256.0  # a call, and the next line too: what leak-free models were seen to stay below
FLOOR_PRIVATE = 2_048.0
FLOOR_BLOCKS = 0.75  # they are counted exactly: 0.3 are the loop's own
COUNTED = ("bytes", "blocks", "private")
WINDOWS = 5
_TRACED_CALLS = 10  # in a window
_LARGEST_BLOCK = 512  # bytes of what Python calls a small object

# Python remembers where it found an attribute for 4,096 names, and keeps those names: a text with
# which attributes are looked up is another one in each call if it came with the call's input.
_FORGET = ("_clear_internal_caches", "_clear_type_cache")  # of sys, since 3.13 and before

Call = Callable[[Any], Any]
Inputs = Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Window:
    """What a window of calls left behind, for each call.

    Attributes:
        calls: how many there were.
        bytes: of the heap.
        blocks: small Python objects.
        private: bytes of the memory that only this process has.
    """

    calls: int
    bytes: float
    blocks: float
    private: float = 0.0

    def grows(self, limit: float) -> bool:
        """Whether more stays behind than may: in bytes, or by objects of any size."""
        if self.bytes > max(FLOOR_BYTES, limit) or self.private > max(FLOOR_PRIVATE, limit):
            return True
        most = self.bytes + _LARGEST_BLOCK * self.blocks  # small objects are not in the heap
        return self.blocks > FLOOR_BLOCKS and most > limit

    def beyond(self, own: Window) -> Window:
        """What is left of it without what another one left, which keeps nothing."""
        return Window(
            self.calls, *(getattr(self, one) - max(0.0, getattr(own, one)) for one in COUNTED)
        )


def least(windows: list[Window]) -> Window:
    """The least of each."""
    return _of_each(min, windows)


def middle(windows: list[Window]) -> Window:
    """The median of each."""
    return _of_each(median, windows)


def mean(windows: list[Window]) -> Window:
    """What stayed behind over all of them, for each call."""
    return _of_each(fmean, windows)


def _of_each(function: Callable[[Iterable[float]], float], windows: list[Window]) -> Window:
    each = (function([getattr(window, one) for window in windows]) for one in COUNTED)
    return Window(windows[0].calls, *each)


class Meter:
    """Calls, and what they leave behind.

    Attributes:
        calls: how many there were.
    """

    def __init__(self, call: Call, inputs: Inputs, *, counted: bool) -> None:
        """See `growth.hold`; without `counted`, allocations are traced rather than counted."""
        self.call, self.inputs, self.counted = call, inputs, counted
        self.calls = 0

    def once(self, inputs: Inputs | None = None) -> None:
        """One call that does not count."""
        self.call(pickle.loads(next(inputs or self.inputs)))
        self.calls += 1

    def windows(self, calls: int, inputs: Inputs | None = None) -> list[Window]:
        """Windows of a number of calls, one after the other."""
        return [self._window(self.call, calls, inputs or self.inputs) for _ in range(WINDOWS)]

    def own(self, calls: int) -> Window:
        """What making a number of calls leaves behind by itself."""
        return least([self._window(_nothing, calls, self.inputs) for _ in range(WINDOWS)])

    def _window(self, call: Call, calls: int, inputs: Inputs) -> Window:
        """What a number of calls leave behind; making their inputs counts for nothing."""
        given = list(itertools.islice(inputs, calls))
        before = self._read()
        for one in given:
            call(pickle.loads(one))
        after = self._read()
        if call is self.call:
            self.calls += calls
        pairs = zip(before, after, strict=True)
        return Window(calls, *((now - then) / calls for then, now in pairs))

    def _read(self) -> array[int]:
        """What is in use, in the order of `COUNTED`, but for what can be given back.

        An array is two small objects, which are there at the second reading; a tuple is four.
        """
        gc.collect()  # of what came after the freeze
        for name in _FORGET:
            if hasattr(sys, name):
                getattr(sys, name)()
                break
        size = heap.in_use() if self.counted else tracemalloc.get_traced_memory()[0]
        return array("q", (size + heap.pooled(), sys.getallocatedblocks(), heap.private()))

    def traced(self) -> tuple[float | None, tuple[tuple[str, float], ...]]:
        """Bytes of a small object that stays, on average, and the lines that allocate what does.

        How many stay, the counter knows better: what replaces an older object is traced as new.
        """
        calls = _TRACED_CALLS
        self._window(self.call, calls, self.inputs)
        first = before = _snapshot()
        grown = []
        for _ in range(WINDOWS):
            self._window(self.call, calls, self.inputs)
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
