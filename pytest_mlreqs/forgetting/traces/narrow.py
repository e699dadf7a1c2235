"""narrow: planted people in numbers of so few bits that others may have the same."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.scan import Hit, Scanner

_AROUND = 32  # neighbours on either side of a float32 that nobody was given
CHANCE = 1e-6
DOUBT = 0.05
_DOUBLE, _SINGLE = 8, 4  # bytes
_TABLE = 20  # bits: what is hashed so is in the cache
_SHIFT = np.uint32(32 - _TABLE)
_FACTOR = np.uint32(0x9E37_79B1)
_CHUNK = 1 << 18

_Array = np.ndarray[Any, np.dtype[Any]]


def in_narrow(values: _Array, scanner: Scanner, doubts: list[str]) -> Iterator[Hit]:
    """Everybody whose recorded values are found in half the bits, if it is no coincidence.

    A row of them, one after the other, is none. A single float32 has few enough values that one of
    theirs can belong to others. How often that happens in this column is told by the neighbours of
    theirs, which nobody was given. Where it may be a coincidence or not, that is a doubt.
    """
    people = scanner.people
    if not people.values or not values.size or values.dtype.itemsize > _DOUBLE:
        return
    if values.dtype.itemsize == _DOUBLE:  # a column of numbers that were of 32 bits before
        with np.errstate(over="ignore"):
            single = values.astype(np.float32)
            values = single[single == values]
    if values.dtype.itemsize < _DOUBLE:
        values = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<")))
        yield from scanner.hits(values.reshape(-1).view(np.uint8).data)
    if values.dtype.itemsize < _SINGLE:
        doubts.append("numbers of 16 bits are too short to identify anybody")
    elif values.size:
        yield from _in_singles(values, people, doubts)


def in_raw(data: memoryview, scanner: Scanner, doubts: list[str]) -> Iterator[Hit]:
    """The same in bytes of no known format, in which a float32 may begin anywhere."""
    for first in range(_SINGLE) if scanner.people.values else ():
        count = (len(data) - first) // _SINGLE
        if count > 0:
            numbers = np.frombuffer(data, "<f4", count, first)
            yield from _in_singles(numbers, scanner.people, doubts)


def _in_singles(values: _Array, people: People, doubts: list[str]) -> Iterator[Hit]:
    needles = _needles(people)
    there = needles.among(values.reshape(-1).view(np.uint32))
    if not there.size:
        return
    found = np.isin(needles.sought, there)
    if not found.any():
        return
    count = int(found.sum())
    expected = (int(np.isin(needles.strange, there).sum()) + 1) / (2 * _AROUND)
    likely = _at_least(count, expected)
    if likely < CHANCE:
        for owner in needles.owners[found].tolist():
            yield Hit(0, "recorded value, rounded", owner)
    elif likely < DOUBT:
        doubts.append(doubt(count))


class _Needles:
    """The numbers that were given out, as float32, and their neighbours, which were not.

    Attributes:
        sought: theirs, as whole numbers.
        owners: whose each is.
        strange: the neighbours.
    """

    def __init__(self, people: People) -> None:
        with np.errstate(over="ignore"):
            theirs = np.array(list(people.values), dtype=np.float64).astype(np.float32)
        self.owners = np.array(list(people.values.values()))
        self.sought = theirs.view(np.uint32).astype(np.int64)
        steps = [step for step in range(-_AROUND, _AROUND + 1) if step]
        near = np.concatenate([self.sought + step for step in steps])
        self.strange = np.setdiff1d(near, self.sought)
        self._wanted = np.union1d(self.strange, self.sought).astype(np.uint32)
        self._table = np.zeros(1 << _TABLE, dtype=bool)
        self._table[(self._wanted * _FACTOR) >> _SHIFT] = True

    def among(self, bits: _Array) -> _Array:
        """Which of them are among many: all but a few drop out by what they are hashed to."""
        left = [np.empty(0, np.uint32)]
        for first in range(0, len(bits), _CHUNK):
            some = bits[first : first + _CHUNK]
            left.append(some[self._table[(some * _FACTOR) >> _SHIFT]])
        few = np.unique(np.concatenate(left))
        places = np.searchsorted(self._wanted, few).clip(max=len(self._wanted) - 1)
        return np.asarray(few[self._wanted[places] == few])


@functools.lru_cache(maxsize=4)
def _needles(people: People) -> _Needles:
    return _Needles(people)


def chance(count: int, needles: int, cells: int) -> float:
    """A bound of the probability that a number of values are others' too.

    Args:
        count: how many were found.
        needles: how many are sought.
        cells: numbers of 32 bits that were searched; they spread over half a power of two at least.
    """
    return _at_least(count, needles * cells / 2**22)


def doubt(count: int) -> str:
    """Why some numbers tell of nobody for sure."""
    what = "number of theirs is" if count == 1 else "numbers of theirs are"
    return f"{count} {what} in it in 32 bits, which others may have too"


def _at_least(count: int, expected: float) -> float:
    """A bound of the probability of a count or more, given the expected one (Chernoff)."""
    if count <= expected:
        return 1.0
    return math.exp(count - expected - count * math.log(count / expected))
