"""spaces: what the rows of planted people look like to each part of a model.

A k-NN behind a scaler keeps scaled rows; after deletion the scaler is fitted anew and scales them
otherwise. So the model under test and the one that was trained with the people are both asked for
the rows, and what their parts are given on the way is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pytest_mlreqs.forgetting.traces.objects import rows as rows_of
from pytest_mlreqs.forgetting.traces.objects.recording import Parts

Array = np.ndarray[Any, Any]

_DIGITS = 6  # a number that has no more is likely to be others' too
_NEAR = 1e-9
_ASKED = 5_000  # rows of others that a model is asked for


@dataclass(frozen=True, slots=True)
class Space:
    """Rows as they look at one place.

    Attributes:
        rows: shape (n, d), of the planted people; NaN for what is no number.
        others: shape (m, d) likewise, of everybody else, an array or a sparse matrix; None where
            that is not known.
        given: whether it is what the model is given, not what a part of it makes.
        all_others: whether these are all others there are, not some of them.
        owners: the person of each row, shape (n,); None if each is of another.
        common: shape (n,), which rows are made of nothing but numbers that others may have.
        owned: shape (n, d), which numbers nobody else has.
    """

    rows: Array
    others: Any = None
    given: bool = False
    all_others: bool = True
    owners: Any = None
    common: Any = False
    owned: Array = field(init=False)

    def __post_init__(self) -> None:
        owned = _owned(self.rows, self.others)
        if not self.given:  # a step may give all whom it does not know the same number
            owners = np.arange(len(self.rows)) if self.owners is None else np.asarray(self.owners)
            owned[np.broadcast_to(self.common, len(owned))] = False
            owned &= ~_shared(np.where(owned, self.rows, np.nan), owners)
        object.__setattr__(self, "owned", owned)

    @property
    def sure(self) -> bool:
        """Whether a single number of a row tells of a person, as no other can have it."""
        return self.given or (self.others is not None and self.all_others)


def spaces(
    models: Sequence[Any], rows: Any, others: Any = None, owners: Sequence[int] | None = None
) -> list[Space]:
    """The rows as given, and as each part of each model gets them; none of them twice.

    Args:
        models: fitted; what refuses the rows is passed over.
        rows: what the planted people look like to the models, in any form with rows.
        others: the same of everybody else.
        owners: the person of each row; without them each is of another.
    """
    found = [Space(rows_of.matrix(rows), None if others is None else _plain(others), given=True)]
    # A whole number that is scaled looks like nobody else's, and is as common as it was.
    common = np.isfinite(found[0].rows).all(axis=1) & ~found[0].owned.any(axis=1)
    length = 0 if others is None else rows_of.count(others)
    step = max(-(-length // _ASKED), 1)
    some = None if others is None else rows_of.take(others, range(0, length, step))
    for model in models:
        parts = Parts(model)
        made = parts.asked(rows)
        rest = parts.asked(some, set(made)) if made and some is not None else {}
        for key, one in made.items():
            known = rest.get(key)
            numbers = rows_of.matrix(one)
            known = None if known is None else _plain(known)
            if known is not None and known.shape[1] != numbers.shape[1]:
                known = None
            space = Space(numbers, known, all_others=step == 1, owners=owners, common=common)
            if not any(_equal(space, other) for other in found):
                found.append(space)
    return found


def column(others: Any, at: int) -> Array:
    """One column of the numbers of others."""
    if rows_of.sparse(others):
        return np.asarray(others[:, [at]].toarray(), dtype=float).ravel()
    values: Array = others[:, at]
    return values


def short(values: Array) -> Array:
    """Whether a number can be written in a few digits."""
    with np.errstate(all="ignore"):
        size = 10.0 ** (np.floor(np.log10(np.abs(values))) - (_DIGITS - 1))
        near = np.abs(np.round(values / size) * size - values) <= 1e-13 * np.abs(values)
    made: Array = (values == 0) | near
    return made


def _plain(others: Any) -> Any:
    return others.tocsc() if rows_of.sparse(others) else rows_of.matrix(others)


def _equal(a: Space, b: Space) -> bool:
    return a.rows.shape == b.rows.shape and np.array_equal(a.rows, b.rows, equal_nan=True)


def _owned(rows: Array, others: Any) -> Array:
    """Which numbers nobody else has, shape (n, d)."""
    owned: Array = np.isfinite(rows) & ~short(rows)
    if others is not None and others.shape[1:] == rows.shape[1:]:
        for at in np.flatnonzero(
            owned.any(axis=0)
        ).tolist():  # there may be a million columns of zeros
            owned[:, at] &= ~_among(rows[:, at], np.unique(column(others, at)))
        return owned
    values, counts = np.unique(rows[owned], return_counts=True)
    alone: Array = owned & ~np.isin(rows, values[counts > 1])
    return alone


def _shared(rows: Array, owners: Array) -> Array:
    """Which numbers several persons have, shape (n, d)."""
    made = np.zeros(rows.shape, dtype=bool)
    for at in np.flatnonzero(np.isfinite(rows).any(axis=0)).tolist():
        there = np.flatnonzero(np.isfinite(rows[:, at]))
        pairs = np.unique(np.column_stack([rows[there, at], owners[there]]), axis=0)
        values, counts = np.unique(pairs[:, 0], return_counts=True)
        made[:, at] = np.isin(rows[:, at], values[counts > 1])
    return made


def _among(values: Array, known: Array) -> Array:
    """Whether a number is one of those known, in order, up to what arithmetic may lose."""
    if not len(known):
        return np.zeros(values.shape, dtype=bool)
    at = np.clip(np.searchsorted(known, values), 1, max(len(known) - 1, 1))
    gap = np.minimum(
        np.abs(known[at - 1] - values), np.abs(known[np.minimum(at, len(known) - 1)] - values)
    )
    near: Array = gap <= _NEAR * np.abs(values)
    return near
