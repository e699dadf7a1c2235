"""training: the rows that a model was trained on in each state, and which of them are planted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal
from pytest_mlreqs.forgetting.rehearsal.run import Seen
from pytest_mlreqs.forgetting.traces.objects import rows
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.state import added

_MOST = 5_000  # added rows whose cells are looked at one by one


@dataclass(frozen=True, slots=True)
class Planted:
    """What planting added to the rows that the model is trained on.

    Attributes:
        rows: these rows, as what `data` returns.
        owners: the person of each.
        positions: of each within what was trained on with them.
        others: all rows without them.
    """

    rows: Any
    owners: list[int]
    positions: list[int]
    others: Any


def planted(seen: Rehearsal) -> Planted:
    """The rows that planting added, and whose they are.

    A row that shows a key or a number of somebody's own is theirs. What shows none goes by its
    place, as people are planted in order.

    Raises:
        DeclarationError: there are no rows to be had from `data`.
    """
    before, after = data(seen.clean[0])[0], data(seen.planted)[0]
    positions = added(rows.content(before), rows.content(after))
    found = _named(rows.take(after, positions), seen.people) if len(positions) <= _MOST else []
    more = rows.count(after) - rows.count(before)
    if any(one is not None for one in found) and len(positions) > max(more, 0):
        # Rows of others that changed with them, such as by a mean over all, are nobody's own.
        kept = [(at, who) for at, who in zip(positions, found, strict=True) if who is not None]
        positions, found = [at for at, _ in kept], [who for _, who in kept]
    count, length = len(seen.people), max(len(positions), 1)
    owners = [min(at * count // length, count - 1) for at in range(len(positions))]
    named = zip(owners, found or [None] * len(owners), strict=True)
    owners = [owner if who is None else who for owner, who in named]
    return Planted(rows.take(after, positions), owners, positions, before)


def data(state: Seen) -> tuple[Any, Any]:
    """X and y of a state, in a form whose rows can be taken.

    Raises:
        DeclarationError: there are none.
    """
    if state.data is None:
        raise DeclarationError("data returned nothing to train on: let it return X and y")
    X, y = state.data
    return rows.readable(X), y if y is None else rows.readable(y)


def reordered(one: Seen, other: Seen) -> bool:
    """Whether two states are trained on the same rows in another order."""
    first, second = (rows.content(data(state)[0]) for state in (one, other))
    if added(first, second) or added(second, first):
        return False
    return any(not np.array_equal(first[name], second[name]) for name in first if name in second)


def _named(X: Any, people: People) -> list[int | None]:
    """Whose key or number each row shows; None for what shows none, or those of several."""
    named: list[set[int]] = [set() for _ in range(rows.count(X))]
    for column in rows.columns(X):
        if column.dtype.kind in "biufOUS":
            for at, cell in enumerate(column.tolist()):
                named[at] |= _people_in(cell, people)
    return [next(iter(one)) if len(one) == 1 else None for one in named]


def _people_in(cell: object, people: People) -> set[int]:
    if isinstance(cell, (list, tuple, set, frozenset)):
        some: Sequence[object] = list(cell)[:1_000]
        return set().union(*(people.in_value(one) for one in some))
    return people.in_value(cell)
