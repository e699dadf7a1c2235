"""texts: many of them in one piece of memory, hashed there without an object for each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_Indices = np.ndarray[Any, np.dtype[np.int64]]
_Words = np.ndarray[Any, np.dtype[np.uint64]]

_LONG = 256  # bytes, beyond which a text is worth a call of its own
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts in UTF-8, one after the other, with a byte or more between them.

    Attributes:
        data: the bytes.
        starts: where each begins.
        lengths: how many bytes each has.
    """

    data: bytes
    starts: _Indices
    lengths: _Indices

    @classmethod
    def of(cls, texts: Sequence[str]) -> Texts:
        """The same as some that are objects."""
        data = "\n".join(texts).encode("utf-8", "surrogatepass")
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        if len(data) >= lengths.sum() + len(texts):  # some letters have several bytes
            coded = (len(text.encode("utf-8", "surrogatepass")) for text in texts)
            lengths = np.fromiter(coded, np.int64, len(texts))
        return cls.joined(data, lengths)

    @classmethod
    def joined(cls, data: bytes, lengths: _Indices) -> Texts:
        """Texts with one byte between each and the next."""
        lengths = lengths.astype(np.int64, copy=False)
        return cls(data, np.cumsum(lengths + 1) - lengths - 1, lengths)

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, some: slice) -> Texts:
        """Those from one place to another, with no more of the bytes than theirs."""
        starts, lengths = self.starts[some], self.lengths[some]
        if not len(starts):
            return Texts(b"", starts, lengths)
        first, last = int(starts[0]), int(starts[-1] + lengths[-1])
        return Texts(self.data[first:last], starts - first, lengths)

    def at(self, places: _Indices) -> list[str]:
        """Those at some places, as objects."""
        starts = self.starts[places]
        spans = zip(starts.tolist(), (starts + self.lengths[places]).tolist(), strict=True)
        if self.data.isascii():
            text = self.data.decode()
            return [text[start:end] for start, end in spans]
        return [self.data[start:end].decode("utf-8", "surrogatepass") for start, end in spans]

    def begin_numbers(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which may begin a number: not with a letter of English, and not with nothing."""
        letters = np.frombuffer(self.data + b"x", np.uint8)  # those of nothing may be at the end
        first = letters[self.starts] | np.uint8(0x20)
        return (self.lengths > 0) & ((first < ord("a")) | (first > ord("z")))

    def hashed(self) -> _Words:
        """A number of 64 bits for each, the same wherever it stands and in every process."""
        words = np.frombuffer(self.data + bytes(16 - len(self.data) % 8), dtype="<u8")
        made = self.lengths.astype(np.uint64) * _PRIME
        longest = int(self.lengths.max(initial=0))
        for begin in range(0, min(longest, _LONG), 8):
            some = self.lengths > begin
            rows = slice(None) if some.all() else np.flatnonzero(some)
            place = self.starts[rows] + begin
            left = np.minimum(self.lengths[rows] - begin, 8)
            step = (place & 7).astype(np.uint64) << np.uint64(3)
            place >>= 3
            # The word at any byte, of the two that it is in; 64 is no shift that a machine knows.
            word = words[place] >> step
            word |= (words[place + 1] << np.uint64(1)) << (np.uint64(63) - step)
            word &= _MASKS[left]
            mixed = (made[rows] ^ word) * _PRIME
            made[rows] = mixed ^ (mixed >> _HALF)
        for row in np.flatnonzero(self.lengths > _LONG).tolist() if longest > _LONG else ():
            start, length = int(self.starts[row]), int(self.lengths[row])
            text = memoryview(self.data)[start : start + length]
            digest = hashlib.blake2b(text, digest_size=8).digest()
            made[row] = int.from_bytes(digest, "little")
        return made
