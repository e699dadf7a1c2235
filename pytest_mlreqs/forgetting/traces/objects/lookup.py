"""lookup: a few numbers among very many, found in one pass over their low bits.

Random numbers differ in their low bits, so a table of those of the few tells at once which of the
many can be left out; what is left is compared exactly.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_DROPPED = 12  # low bits of a float64 that near numbers may differ in
_NEAR = 2.0**-41
_CHUNK = 1 << 18
_FEW = 1 << 12  # numbers that are not worth a table
_MOST = 1_000_000  # hits that are looked at: who has more, is found by these


class Lookup:
    """Numbers in order, each with where it comes from.

    Attributes:
        value: float64 or float32.
        row: the planted row each is from, or -1.
        column: its place in that row.
        width: how long the row is.
        owner: the person.
        single: whether it tells of the person by itself.
    """

    def __init__(
        self, value: Array, *, row: Array, column: Array, width: Array, owner: Array, single: Array
    ) -> None:
        order = np.argsort(value, kind="stable")
        self.value = value[order]
        self.row, self.column, self.width = row[order], column[order], width[order]
        self.owner, self.single = owner[order], single[order]
        self._double = value.dtype.itemsize == 8
        self._unsigned = np.dtype("u8" if self._double else "u4")
        self._shift = self._unsigned.type(_DROPPED if self._double else 0)
        bits = min(22, max(16, (64 * len(value)).bit_length()))
        self._mask = self._unsigned.type((1 << bits) - 1)
        self._table = np.zeros(1 << bits, dtype=bool)
        keys = self.value.view(self._unsigned) >> self._shift
        one = self._unsigned.type(1)
        for key in (keys - one, keys, keys + one) if self._double else (keys,):
            self._table[key & self._mask] = True

    def hits(self, flat: Array) -> tuple[Array, Array]:
        """Positions in an array and in these numbers, of all pairs that are the same.

        Float64 are the same if they differ in their last eleven bits only; float32 if equal.

        Args:
            flat: shape (n,), of the same type as these numbers.
        """
        place = self._possible(flat)
        place = place[np.isfinite(flat[place])]
        seen = flat[place]
        margin = np.abs(seen) * (_NEAR if self._double else 0)
        low = np.searchsorted(self.value, seen - margin, side="left")
        high = np.searchsorted(self.value, seen + margin, side="right")
        kept = np.flatnonzero(high > low)[:_MOST]
        low, length = low[kept], (high - low)[kept]
        first = np.cumsum(length) - length
        needle = np.arange(length.sum()) - np.repeat(first - low, length)
        return np.repeat(place[kept], length), needle

    def _possible(self, flat: Array) -> Array:
        if flat.size <= _FEW:
            return np.arange(flat.size)
        found = []
        for start in range(0, flat.size, _CHUNK):
            keys = flat[start : start + _CHUNK].view(self._unsigned) >> self._shift
            found.append(np.flatnonzero(self._table[keys & self._mask]) + start)
        return np.concatenate(found)
