"""whole: complete rows of planted people, whose single numbers others have too.

Age, amount and number of children are whole numbers that many share; all of them together are
somebody's. A row is searched for if nobody else has it and if it says enough: the numbers of it
are so rare together that no other array holds them by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_mlreqs.forgetting.traces.objects import rows as rows_of
from pytest_mlreqs.forgetting.traces.objects.needles import ROW, Found
from pytest_mlreqs.forgetting.traces.objects.spaces import Space, column, short

Array = np.ndarray[Any, Any]

_FEW = 3
_BITS = 12.0  # of surprise that a row has to say
_DOUBLE, _SINGLE = 1e-9, 1e-6  # of their size, that two numbers of one row may differ by
_CHUNK = 1 << 20  # numbers that are looked at in one go
_BYTES = 2  # of a number, from which on it may be a cell of a row


@dataclass(frozen=True, slots=True)
class _Needles:
    """Rows of one width, ordered by their projection.

    Attributes:
        rows: shape (n, d).
        owner: the person of each.
        at: where each lies, when projected.
        weights: by which rows are projected, shape (d,).
    """

    rows: Array
    owner: Array
    at: Array
    weights: Array

    @classmethod
    def of(cls, rows: Array, owner: Array) -> _Needles:
        weights = np.random.default_rng(rows.shape[1]).uniform(1, 2, rows.shape[1])
        at = _finite(rows) @ weights
        order = np.argsort(at, kind="stable")
        return cls(rows[order], owner[order], at[order], weights)

    def within(self, array: Any, near: float) -> tuple[Array, Array]:
        """Which rows of an array are which of these: the positions of both."""
        sparse = rows_of.sparse(array)
        step = len(self.weights) if sparse else max(_CHUNK // len(self.weights), 1)
        step = array.shape[0] or 1 if sparse else step
        places, needles = [np.empty(0, int)], [np.empty(0, int)]
        margin = near * float(np.abs(_finite(self.rows) * self.weights).sum(axis=1).max(initial=0))
        for start in range(0, array.shape[0], step):
            part = array[start : start + step]
            part = part if sparse else part.astype(float)
            at = np.asarray((part if sparse else _finite(part)) @ self.weights).ravel()
            low = np.searchsorted(self.at, at - margin, side="left")
            high = np.searchsorted(self.at, at + margin, side="right")
            close = np.flatnonzero(high > low)
            count = (high - low)[close]
            place = np.repeat(close, count)
            first = np.cumsum(count) - count
            needle = np.arange(count.sum()) - np.repeat(first - low[close], count)
            same = self._same(part, place, needle, near)
            places.append(place[same] + start)
            needles.append(needle[same])
        return np.concatenate(places), np.concatenate(needles)

    def _same(self, part: Any, place: Array, needle: Array, near: float) -> Array:
        made = np.zeros(len(place), dtype=bool)
        step = max(_CHUNK // len(self.weights), 1)
        for start in range(0, len(place), step):
            some = slice(start, start + step)
            there, wanted = part[place[some]], self.rows[needle[some]]
            there = there.toarray() if rows_of.sparse(there) else there
            size = np.abs(_finite(wanted))
            allowed = near * (size + size.max(axis=1, initial=0)[:, None])
            equal = np.abs(there - wanted) <= allowed
            made[some] = (equal | (np.isnan(there) & np.isnan(wanted))).all(axis=1)
        return made


class Whole:
    """Complete rows of planted people, ready to be found in arrays.

    Args:
        spaces: their rows.
        owners: the person of each row.
    """

    def __init__(self, spaces: Sequence[Space], owners: Sequence[int]) -> None:
        by_width: dict[int, list[tuple[Array, Array]]] = {}
        whose = np.asarray(owners, dtype=int)
        most = np.full(len(whose), np.inf)
        for space in spaces:
            kept = _telling(space, most)
            if space.given:  # no step makes more of it than there is
                numbers = np.isfinite(space.rows).all(axis=1)
                most = np.where(numbers, _surprise(space), most)
            if kept.any():
                part = (space.rows[kept], whose[kept])
                by_width.setdefault(space.rows.shape[1], []).append(part)
        self._needles = {
            width: _Needles.of(*(np.concatenate(one) for one in zip(*parts, strict=True)))
            for width, parts in by_width.items()
        }

    def found(self, array: Any) -> Found | None:
        """Whose rows an array or a sparse matrix holds, in whatever shape."""
        people: set[int] = set()
        count = 0
        for width, needles in self._needles.items():
            for table in _tables(array, width):
                single = table.dtype.kind == "f" and table.dtype.itemsize == 4
                place, needle = needles.within(table, _SINGLE if single else _DOUBLE)
                people |= set(needles.owner[needle].tolist())
                count = max(count, len(np.unique(place)))
        return Found(ROW, frozenset(people), count) if people else None


def _tables(array: Any, width: int) -> list[Any]:
    """The array as tables of a number of columns, in all the ways that it may be one."""
    if rows_of.sparse(array):
        return [array.tocsr()] if array.shape[1] == width else []
    if array.dtype.kind not in "iufb" or array.dtype.itemsize < _BYTES or not array.size:
        return []
    if array.dtype == np.float16:
        return []
    if array.ndim == 1:
        return [array.reshape(-1, width)] if array.size % width == 0 else []
    found = [array.reshape(-1, width)] if array.shape[-1] == width else []
    if array.ndim == 2 and array.shape[0] == width != array.shape[1]:
        found.append(array.T)
    return found


def _telling(space: Space, most: Array) -> Array:
    """Which rows are nobody else's, and say enough to be somebody's: at most so much each."""
    rows, others = space.rows, space.others
    # Who has some numbers of their own is found by these.
    made: Array = (np.isfinite(rows).sum(axis=1) > 1) & (space.owned.sum(axis=1) < _FEW)
    if not made.any():
        return made
    made &= np.minimum(_surprise(space), most) >= _BITS
    if others is not None and others.shape[1:] == rows.shape[1:] and made.any():
        wanted = np.flatnonzero(made)
        needles = _Needles.of(rows[wanted], wanted)
        known = others.tocsr() if rows_of.sparse(others) else others
        _, shared = needles.within(known, _DOUBLE)
        made[needles.owner[shared]] = False
    return made


def _surprise(space: Space) -> Array:
    """How much each row says, in bits: by how rare its numbers are, and how long they are."""
    rows, others = space.rows, space.others
    bits = np.zeros(len(rows))
    known = others is not None and others.shape[1:] == rows.shape[1:]
    # Zeros in all of the rows, of which sparse ones have a million, say nothing.
    for at in np.flatnonzero((np.isfinite(rows) & (rows != 0)).any(axis=0)).tolist():
        values = rows[:, at]
        there = np.isfinite(values)
        said = np.where(short(values), _written(values), 30.0)
        if known:
            others_have = column(others, at)
            unique, counts = np.unique(others_have[np.isfinite(others_have)], return_counts=True)
            total = len(others_have) + 1
            where = np.minimum(np.searchsorted(unique, values), max(len(unique) - 1, 0))
            same = unique[where] == values if len(unique) else np.zeros(len(values), dtype=bool)
            common = counts[where] if len(unique) else np.ones(len(values))
            rare = np.log2(total / common)
            said = np.where(same, rare, np.maximum(said, np.log2(2 * total)))
        bits += np.where(there, said, 0)
    return bits


def _written(values: Array) -> Array:
    """Bits of the digits that numbers are written with; none for zero."""
    made = np.zeros(len(values))
    for at, value in enumerate(values.tolist()):
        digits = f"{abs(value):.6g}".partition("e")[0].replace(".", "").strip("0")
        made[at] = 3.3 * len(digits)
    return made


def _finite(values: Array) -> Array:
    made: Array = np.where(np.isfinite(values), values, 0.0)
    return made
