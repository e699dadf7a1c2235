"""blocks: bytes a stretch at a time, and what cannot be in one, told by a few passes over it.

A pass costs a tenth of looking something up at every place, and most data has nothing to look up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pytest_mlreqs.forgetting.traces.spelling import FIRST_DIGIT, LONG

_SIZE = 1 << 21  # bytes: the cache holds as many, and what is made of them, from pass to pass
ROW = LONG // 4 * 4  # bytes that begin at a multiple of four, as any LONG bytes hold them

# Four bytes that are within 64 from the first digit have none of these bits, once it is taken away
# from each.
_FIRST = np.uint32(FIRST_DIGIT * 0x01010101)
_UPPER = np.uint32(0xC0C0C0C0)
_NONE = np.uint32(0)

_Array = np.ndarray[Any, np.dtype[Any]]
_Room = tuple[_Array, _Array, _Array]


class Block:
    """A stretch of some bytes.

    Args:
        data: all bytes.
        first, last: from where to where; the first is a multiple of eight.
        room: shared by blocks that are used one after the other, as fresh memory costs a pass.
    """

    def __init__(self, data: memoryview, first: int, last: int, room: _Room) -> None:
        self.data = data
        self.first = first
        self.last = last
        self._room = room

    def is_plain(self, reach: int) -> bool:
        """Whether it, and `reach` bytes on either side, are ASCII without a zero: 1 to 127."""
        around = self.data[max(self.first - reach, 0) : self.last + reach]
        return bool(np.frombuffer(around, np.int8).min() > 0)

    def rows_of_digits(self) -> _Array:
        """Which multiples of four, counted from the first byte, begin twelve digits in a row."""
        count = (min(self.last + ROW - 4, len(self.data)) - self.first) // 4
        if count < 3:
            return np.empty(0, np.intp)
        words, four, rows = (one[:count] for one in self._room)
        # The lowest of four that is no digit has an upper bit then: digits borrow nothing from it.
        np.subtract(np.frombuffer(self.data, "<u4", count, self.first), _FIRST, out=words)
        np.bitwise_and(words, _UPPER, out=words)
        np.equal(words, _NONE, out=four)
        np.logical_and(four[:-2], four[1:-1], out=rows[2:])
        np.logical_and(rows[2:], four[2:], out=rows[2:])
        if not rows[2:].view(np.int8).max():  # sooner than to count them
            return np.empty(0, np.intp)
        return np.flatnonzero(rows[2:])


def blocks(data: memoryview) -> Iterator[Block]:
    """All of some bytes; each block is to be done with before the next."""
    count = (min(_SIZE, len(data)) + ROW) // 4
    room = np.empty(count, "<u4"), np.empty(count, bool), np.empty(count, bool)
    for first in range(0, len(data), _SIZE):
        yield Block(data, first, min(first + _SIZE, len(data)), room)
