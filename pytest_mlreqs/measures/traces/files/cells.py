"""cells: planted people in a column, whatever its type."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from pytest_mlreqs.measures.traces.people import People
from pytest_mlreqs.measures.traces.scan import Hit, Scanner
from pytest_mlreqs.measures.traces.texts import Texts

_AROUND = 32  # neighbours on either side of a float32 that nobody was given
_CHANCE = 1e-6

_Array = np.ndarray[Any, np.dtype[Any]]


def in_cells(values: _Array | Texts, scanner: Scanner) -> Iterator[Hit]:
    """Everybody in some cells; where a hit starts says nothing."""
    if isinstance(values, Texts):
        yield from scanner.hits(values.data)
        return
    kind = values.dtype.kind
    if kind in "iu" and values.dtype.itemsize < 8:
        values = values.astype(np.int64)
    elif kind in "US":
        # one more letter each, lest the digits of one cell run into those of the next
        values = values.astype(f"{kind}{values.dtype.itemsize // (4 if kind == 'U' else 1) + 1}")
    elif kind == "f":
        yield from in_singles(values, scanner.people)
        values = values.astype(np.float64)
    if kind == "O":
        if set(map(type, values)) == {str}:
            written = "\n".join(values).encode("utf-8", "replace")
        else:
            written = b"\n".join(map(_written, values))
        yield from scanner.hits(written)
    elif values.size:
        yield from scanner.hits(np.ascontiguousarray(values).view(np.uint8).data)


def in_singles(values: _Array, people: People) -> Iterator[Hit]:
    """Everybody whose recorded values are found in half the bits, if it is no coincidence.

    A float32 has few enough values that one of theirs can belong to others. How often that happens
    in this column is told by the neighbours of theirs, which nobody was given.
    """
    if values.dtype != np.float32 or not people.values or not values.size:
        return
    theirs = np.array(list(people.values), dtype=np.float64).astype(np.float32)
    owners = np.array(list(people.values.values()))
    bits = np.unique(np.ascontiguousarray(values).view(np.uint32))
    sought = theirs.view(np.uint32).astype(np.int64)
    found = np.isin(sought, bits)
    if not found.any():
        return
    near = np.concatenate([sought + step for step in range(-_AROUND, _AROUND + 1) if step])
    strangers = int(np.isin(np.setdiff1d(near, sought), bits).sum())
    expected = (strangers + 1) / (2 * _AROUND)
    if _at_least(int(found.sum()), expected) < _CHANCE:
        for owner in owners[found].tolist():
            yield Hit(0, "recorded value, rounded", owner)


def _at_least(count: int, expected: float) -> float:
    """A bound of the probability of so many or more, where so many are expected (Chernoff)."""
    if count <= expected:
        return 1.0
    return math.exp(count - expected - count * math.log(count / expected))


def _written(cell: Any) -> bytes:
    if isinstance(cell, (bytes, bytearray)):
        return bytes(cell)
    if isinstance(cell, np.ndarray):  # whose repr leaves out what is in the middle
        cell = cell.tolist()
    return (cell if isinstance(cell, str) else repr(cell)).encode("utf-8", "replace")
