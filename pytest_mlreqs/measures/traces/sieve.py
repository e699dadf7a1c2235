"""sieve: where any of many texts can stand in some bytes, looking at every eighth place or fourth.

A text of fifteen bytes holds eight bytes that begin at a multiple of eight, wherever it stands; one
of seven holds four that begin at a multiple of four. What is read there is hashed, and all but a
few places drop out. It costs the same for one text and for ten thousand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pytest_mlreqs.measures.traces.spellings import Spelling

_CHUNK = 1 << 17  # windows at a time: fewer stay in the cache better, and cost more calls
_FACTOR = 0x9E37_79B9_7F4A_7C15
_EMPTY = 256  # slots of the table for one that is taken

_Array = np.ndarray[Any, np.dtype[Any]]


class Sieve:
    """Finds where spellings can begin; whether they do is for them to say.

    Args:
        spellings: whose texts have at least `2 * width - 1` bytes.
        width: bytes of a window, and from one to the next: 4 or 8.
    """

    def __init__(self, spellings: list[Spelling], width: int) -> None:
        self._width = width
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

    def places(self, data: memoryview) -> Iterator[tuple[int, int]]:
        """Pairs of a position and the index of a spelling that can begin there."""
        windows = np.frombuffer(data, dtype=self._type, count=len(data) // self._width)
        single = np.frombuffer(data, dtype=np.uint8)
        hashes = np.empty(_CHUNK, dtype=self._type)  # made once: fresh memory costs more than sums
        slots = hashes.view(np.int64) if self._width == 8 else np.empty(_CHUNK, dtype=np.intp)
        taken = np.empty(_CHUNK, dtype=bool)
        for first in range(0, len(windows), _CHUNK):
            chunk = windows[first : first + _CHUNK]
            size = len(chunk)
            np.multiply(chunk, self._factor, out=hashes[:size])
            np.right_shift(hashes[:size], self._shift, out=hashes[:size])
            if self._width < 8:
                slots[:size] = hashes[:size]
            np.take(self._table, slots[:size], out=taken[:size], mode="wrap")
            near = np.flatnonzero(taken[:size])
            if len(near):
                yield from self._exact(chunk[near], (near + first) * self._width, single)

    def _exact(self, words: _Array, positions: _Array, single: _Array) -> Iterator[tuple[int, int]]:
        """Of the places that are left, those that agree in a window and one more byte."""
        left = np.searchsorted(self._words, words, side="left")
        many = np.searchsorted(self._words, words, side="right") - left
        if not many.any():
            return
        entries = self._entries[np.repeat(left, many) + _counted(many)]
        starts = np.repeat(positions, many) - entries["offset"]
        other = starts + entries["at"]
        inside = (starts >= 0) & (other < len(single))
        inside[inside] = single[other[inside]] == entries["byte"][inside]
        owners = entries["owner"][inside]
        yield from zip(starts[inside].tolist(), owners.tolist(), strict=True)

    def _parts(self, index: int, spelling: Spelling) -> Iterator[_Array]:
        """Of one spelling the windows to look for, where they are in it, and one more byte."""
        texts = sorted(spelling.written)
        table = np.frombuffer(b"".join(texts), dtype=np.uint8).reshape(len(texts), -1)
        length = table.shape[1]
        first, last = spelling.shared if spelling.shared[1] else (0, length)
        for residue in range(self._width):
            offsets = range(residue, length - self._width + 1, self._width)
            windows = {at: self._windows(table, at) for at in offsets}
            offset = max(offsets, key=lambda at: _telling(windows[at]))
            outside = (first, last - 1, 0, length - 1)
            at = next(one for one in outside if not offset <= one < offset + self._width)
            part = np.empty(len(texts), dtype=self._entry)
            part["word"], part["byte"] = windows[offset], table[:, at]
            part["owner"], part["offset"], part["at"] = index, offset, at
            yield np.unique(part)

    def _windows(self, table: _Array, at: int) -> _Array:
        window = np.ascontiguousarray(table[:, at : at + self._width])
        return np.asarray(window.view(self._type)[:, 0])


def _telling(words: _Array) -> tuple[int, int, int]:
    """How good some words are to look for: rare elsewhere, and few."""
    different = len(set(words[:1].tobytes()) - {0})
    return min(different, 3), -len(np.unique(words)), different


def _counted(many: _Array) -> _Array:
    """0, 1, ... up to each number in turn: [2, 3] gives [0, 1, 0, 1, 2]."""
    ends = np.cumsum(many)
    return np.asarray(np.arange(ends[-1]) - np.repeat(ends - many, many))
