"""needles: what is searched for in numbers, and how to find a few of them among many, exactly.

A float64 that a person alone has is found by itself. A step that mixes columns may move its last
bits from call to call, so that two near ones in one row are wanted then; and float32 has so few
bits that three of one row are, as any single one turns up by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_mlreqs.forgetting.traces.objects.lookup import Lookup
from pytest_mlreqs.forgetting.traces.objects.spaces import Space
from pytest_mlreqs.forgetting.traces.people import People

Array = np.ndarray[Any, Any]

OWN, WHOLE, VALUE, ROW = "number", "whole number", "feature value", "feature row"

_ENOUGH = (2, 3)  # numbers of one row that tell of a person, as float64 and as float32


@dataclass(frozen=True, slots=True)
class Found:
    """Planted people seen in one leaf.

    Attributes:
        how: the spelling: `text`, `number`, `feature row`, ...
        people: their numbers.
        count: occurrences.
    """

    how: str
    people: frozenset[int]
    count: int


class Numbers:
    """The numbers of planted people, ready to be found in arrays.

    Args:
        people: whose ids and own numbers are known; ask after planting.
        spaces: their rows.
        owners: the person of each row.
    """

    def __init__(
        self, people: People, spaces: Sequence[Space] = (), owners: Sequence[int] = ()
    ) -> None:
        self._people = people
        self._ranges = people.id_ranges
        own = people.values
        ids = [(float(value), one.number) for one in people for value in (one.id, one.small_id)]
        parts = [
            _part(
                np.array([*own, *(value for value, _ in ids)]),
                [*own.values(), *(n for _, n in ids)],
            )
        ]
        needed, first = [np.empty((0, 2), int)], 0
        for space in spaces:
            at, column = np.nonzero(space.owned)
            whose = np.asarray(owners, dtype=int)[at]
            width = space.rows.shape[1]
            parts.append(
                _part(space.rows[at, column], whose, at + first, column, width, single=space.sure)
            )
            least = space.owned.sum(axis=1) * (not space.sure)  # all, where any may be others' too
            needed.append(np.column_stack([np.maximum(least, most) for most in _ENOUGH]))
            first += len(space.rows)
        joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        self._needed = np.concatenate(needed)
        self._double = Lookup(**joined)
        kept = joined["row"] >= 0
        joined = {name: part[kept] for name, part in joined.items()}
        self._single = Lookup(**(joined | {"value": joined["value"].astype("f4")}))

    def scalar(self, value: Any) -> Iterator[Found]:
        """Of one number."""
        if isinstance(value, (float, np.floating)):
            yield from self.array(np.array([value], dtype=float))
        else:
            people = self._people.in_value(int(value) if isinstance(value, np.integer) else value)
            if people:
                yield Found(WHOLE, frozenset(people), 1)

    def array(self, array: Array) -> Iterator[Found]:
        """Of an array of numbers of any shape; those of fewer bits than 32 tell of nobody."""
        array = np.asarray(array)
        kind, size = array.dtype.kind, array.dtype.itemsize
        if kind == "c":
            yield from self.array(array.real)
            yield from self.array(array.imag)
        elif kind == "f" and size > 8:  # a float64 in it is as it was
            with np.errstate(over="ignore"):
                yield from self.array(array.astype(float))
        if not array.dtype.isnative:
            array = array.astype(array.dtype.newbyteorder("="))
        if kind in "iu" and size >= 4:
            yield from self._whole(array)
        elif kind == "f" and size == 8 and self._double.value.size:
            yield from self._floats(array, single=False)
        elif kind == "f" and size == 4 and self._single.value.size:
            yield from self._floats(array, single=True)

    def raw(self, data: bytes) -> Iterator[Found]:
        """Of numbers anywhere in bytes, little-endian or, as float32, big-endian too."""
        best: dict[str, Found] = {}
        for kind, size in (("<f8", 8), ("<f4", 4), (">f4", 4)):
            for start in range(size):
                for found in self.array(
                    np.frombuffer(data, kind, (len(data) - start) // size, start)
                ):
                    if found.how not in best or len(found.people) > len(best[found.how].people):
                        best[found.how] = found
        yield from best.values()

    def _whole(self, array: Array) -> Iterator[Found]:
        people: set[int] = set()
        count = 0
        for low, high in self._ranges:
            if high > np.iinfo(array.dtype).max:
                continue
            values, counts = np.unique(array[(array >= low) & (array <= high)], return_counts=True)
            for value, times in zip(values.tolist(), counts.tolist(), strict=True):
                whose = self._people.in_value(value)
                people |= whose
                count += times if whose else 0
        if people:
            yield Found(WHOLE, frozenset(people), count)

    def _floats(self, array: Array, *, single: bool) -> Iterator[Found]:
        needles = self._single if single else self._double
        flat, by_column = _flat(array)
        place, needle = needles.hits(flat)
        if not len(place):
            return
        exact = needles.single[needle] & (needles.value[needle] == flat[place])
        kept = needles.row[needle] >= 0
        groups = _groups(array, place[kept], needles.width[needle[kept]], by_column=by_column)
        by_row = self._rows(groups, needles, needle[kept], self._needed[:, int(single)])
        yield from by_row
        if not single:
            told = by_row[0].people if by_row else frozenset()
            yield from _alone(place[exact], needles, needle[exact], told)

    @staticmethod
    def _rows(groups: list[Array], needles: Lookup, needle: Array, needed: Array) -> list[Found]:
        """Who has several numbers of one row in one row of the array."""
        people: set[int] = set()
        count = 0
        row, column = needles.row[needle], needles.column[needle]
        owner = dict(zip(row.tolist(), needles.owner[needle].tolist(), strict=True))
        for group in groups:
            pairs = np.unique(np.column_stack([group, row, column]), axis=0)[:, :2]
            pairs, numbers = np.unique(pairs, axis=0, return_counts=True)
            pairs = pairs[numbers >= needed[pairs[:, 1]]]
            people |= {owner[one] for one in set(pairs[:, 1].tolist())}
            count = max(count, len(np.unique(pairs[:, 0])))
        return [Found(ROW, frozenset(people), count)] if people else []


def _part(
    value: Array, owner: Any, row: Any = -1, column: Any = 0, width: int = 1, *, single: bool = True
) -> dict[str, Array]:
    given = {"row": row, "column": column, "width": width, "owner": owner, "single": single}
    filled = {name: np.broadcast_to(np.asarray(one), value.shape) for name, one in given.items()}
    return {"value": value.astype(float)} | filled


def _groups(array: Array, place: Array, width: Array, *, by_column: bool) -> list[Array]:
    """Which row of the array each place is in.

    Where it has no rows, blocks of twice the width of a planted row stand for them, in two ways:
    whatever is together lies within one of either.
    """
    if array.ndim < 2:
        return [place // (2 * width), (place + width) // (2 * width)]
    length = array.shape[-1]
    return [place % (array.size // length) if by_column else place // length]


def _flat(array: Array) -> tuple[Array, bool]:
    """All numbers in a row, without a copy where there need be none; whether by columns."""
    if array.flags.f_contiguous and not array.flags.c_contiguous and array.ndim == 2:
        return array.T.reshape(-1), True
    return np.ascontiguousarray(array).reshape(-1), False


def _alone(place: Array, needles: Lookup, needle: Array, told: frozenset[int]) -> Iterator[Found]:
    """Numbers that tell of a person each by itself."""
    values = needles.value[needle]
    row = needles.row[needle] >= 0
    whole = ~row & (values == np.floor(values))
    for how, kept in ((OWN, ~row & ~whole), (WHOLE, whole), (VALUE, row)):
        persons = frozenset(needles.owner[needle[kept]].tolist())
        if persons - told if how == VALUE else persons:
            yield Found(how, persons, len(np.unique(place[kept])))
