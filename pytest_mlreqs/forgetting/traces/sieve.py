"""sieve: where any of many texts can stand in some bytes, looking at every eighth place or fourth.

A text of fifteen bytes holds eight bytes that begin at a multiple of eight, wherever it stands; one
of seven holds four that begin at a multiple of four. What is read there is hashed, and all but a
few places drop out. It costs the same for one text and for ten thousand.

Digits are hashed only where many of them stand in a row, which a few operations on whole arrays
tell: most of what is searched through has no such place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pytest_mlreqs.forgetting.traces.blocks import ROW, Block
from pytest_mlreqs.forgetting.traces.spelling import LONG, Spelling

_SHARED = 13  # bytes that such texts share, if few words are to differ among these eight
_CHUNK = 1 << 16  # windows that are looked up at a time: little room is made sooner than much
_FACTOR = 0x9E37_79B9_7F4A_7C15
_CACHED = 22  # bits of a table that stays in the cache: one that is larger is asked after it
_EMPTY = 256  # slots of the table for one that is taken

_Array = np.ndarray[Any, np.dtype[Any]]


def sieves(spellings: list[Spelling]) -> list[Sieve]:
    """As few as find all of them well."""
    groups: dict[tuple[int, bool], list[Spelling]] = {}
    for one in spellings:
        first, last = one.shared
        few = last == 0 or last - first >= _SHARED
        wide = one.is_of_digits or (one.length >= LONG and few)
        groups.setdefault((8 if wide else 4, one.is_of_digits), []).append(one)
    return [Sieve(some, width, digits=digits) for (width, digits), some in groups.items()]


class Sieve:
    """Finds where spellings can begin; whether they do is for them to say.

    Args:
        spellings: whose texts have at least `2 * width - 1` bytes.
        width: bytes of a window: 4 or 8.
        digits: whether all texts are of digits only.
    """

    def __init__(self, spellings: list[Spelling], width: int, *, digits: bool = False) -> None:
        self._spellings = spellings
        self._of_digits = digits
        self._step = 4 if digits else width
        self._needed = ROW if digits else width
        self._type = np.dtype(f"<u{width}")
        fields = [("word", self._type), ("owner", "i8"), ("offset", "i8"), ("at", "i8")]
        self._entry = np.dtype([*fields, ("byte", "u1")])
        parts = [part for index, one in enumerate(spellings) for part in self._parts(index, one)]
        self._entries = np.unique(np.concatenate(parts))
        self._words = np.ascontiguousarray(self._entries["word"])
        bits = min(max(int(_EMPTY * len(self._words)).bit_length(), 16), 24)
        self._factor = self._type.type(_FACTOR >> (64 - 8 * width) | 1)
        self._shift = self._type.type(8 * width - bits)
        self._table = np.zeros(1 << bits, dtype=bool)
        self._table[(self._words * self._factor) >> self._shift] = True
        few = min(bits, _CACHED)
        self._first_shift = self._type.type(8 * width - few)
        self._first_table = self._table.reshape(1 << few, -1).any(axis=1)

    def places(self, block: Block) -> Iterator[tuple[int, Spelling]]:
        """Where a spelling can stand, and which; what is looked up begins in the block."""
        if self._of_digits:
            near = block.rows_of_digits()
            if not len(near):
                return
            windows = self._windows(block)
            near = near[self._near(windows[near])]
        else:
            windows = self._windows(block)
            chunks = range(0, len(windows), _CHUNK)
            parts = [self._near(windows[first : first + _CHUNK]) + first for first in chunks]
            near = np.concatenate([np.empty(0, np.intp), *parts])
        if len(near):
            yield from self._exact(windows[near], near * self._step + block.first, block.data)

    def _windows(self, block: Block) -> _Array:
        width, step = self._type.itemsize, self._step
        end = min(block.last + width - step, len(block.data))
        count = max((end - block.first - width) // step + 1, 0)
        windows: _Array = np.ndarray((count,), self._type, block.data, block.first, (step,))
        return windows

    def _near(self, words: _Array) -> _Array:
        """Where a word stands that may be one that is looked for."""
        hashes = words * self._factor
        slots = (hashes >> self._first_shift).view(f"i{hashes.itemsize}")
        near = np.flatnonzero(self._first_table.take(slots, mode="wrap"))
        return np.asarray(near[self._table[hashes[near] >> self._shift]])

    def _exact(
        self, words: _Array, positions: _Array, data: memoryview
    ) -> Iterator[tuple[int, Spelling]]:
        """Of the places that are left, those that agree in a window and one more byte."""
        left = np.searchsorted(self._words, words, side="left")
        many = np.searchsorted(self._words, words, side="right") - left
        if not many.any():
            return
        single = np.frombuffer(data, dtype=np.uint8)
        entries = self._entries[np.repeat(left, many) + _counted(many)]
        starts = np.repeat(positions, many) - entries["offset"]
        other = starts + entries["at"]
        inside = (starts >= 0) & (other < len(single))
        inside[inside] = single[other[inside]] == entries["byte"][inside]
        owners = entries["owner"][inside]
        spellings = (self._spellings[owner] for owner in owners.tolist())
        yield from zip(starts[inside].tolist(), spellings, strict=True)

    def _parts(self, index: int, spelling: Spelling) -> Iterator[_Array]:
        """Of one spelling the windows to look for, where they are in it, and one more byte."""
        texts = sorted(spelling.written)
        table = np.frombuffer(b"".join(texts), dtype=np.uint8).reshape(len(texts), -1)
        length = table.shape[1]
        first, last = spelling.shared if spelling.shared[1] else (0, length)
        for residue in range(self._step):
            offsets = range(residue, length - self._needed + 1, self._step)
            windows = {at: self._column(table, at) for at in offsets}
            offset = max(offsets, key=lambda at: _telling(windows[at]))
            outside = (first, last - 1, 0, length - 1)
            at = next(one for one in outside if not offset <= one < offset + self._type.itemsize)
            part = np.empty(len(texts), dtype=self._entry)
            part["word"], part["byte"] = windows[offset], table[:, at]
            part["owner"], part["offset"], part["at"] = index, offset, at
            yield np.unique(part)

    def _column(self, table: _Array, at: int) -> _Array:
        window = np.ascontiguousarray(table[:, at : at + self._type.itemsize])
        return np.asarray(window.view(self._type)[:, 0])


def _telling(words: _Array) -> tuple[int, int, int]:
    """How good some words are to look for: rare elsewhere, and few."""
    different = len(set(words[:1].tobytes()) - {0})
    return min(different, 3), -len(np.unique(words)), different


def _counted(many: _Array) -> _Array:
    """0, 1, ... up to each number in turn: [2, 3] gives [0, 1, 0, 1, 2]."""
    ends = np.cumsum(many)
    return np.asarray(np.arange(ends[-1]) - np.repeat(ends - many, many))
