"""spaces: what the rows of planted people look like to each step within a model.

A k-NN behind a scaler keeps scaled rows; after deletion the scaler is fitted anew and scales them
otherwise. So rows are pushed through the steps of the model under test and of the one that was
trained with the people.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_DIGITS = 6  # a number that has no more is likely to be others' too
_DEEPEST = 12  # levels of models within models
_NEAR = 1e-9
_LARGEST = 2**27


@dataclass(frozen=True, slots=True)
class Space:
    """Rows as they look at one place.

    Attributes:
        rows: shape (n, d), of the planted people; NaN for what is no number.
        others: shape (m, d) likewise, of everybody else, or None where that is not known.
        given: whether it is what the model is given, not what a step of it makes.
    """

    rows: Array
    others: Array | None = None
    given: bool = False
    owned: Array = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "owned", _owned(self.rows, self.others))

    @property
    def sure(self) -> bool:
        """Whether a single number of a row tells of a person, as no other can have it."""
        return self.given or self.others is not None


def spaces(models: Sequence[Any], rows: Any, others: Any = None) -> list[Space]:
    """The rows as given, and as each step of each model makes them; none of them twice.

    Args:
        models: fitted; whatever in them refuses the rows is passed over.
        rows: what the planted people look like to the models, a frame or an array.
        others: the same of everybody else.
    """
    found = [Space(matrix(rows), None if others is None else matrix(others), given=True)]
    seen: set[int] = set()
    for model in models:
        for made, rest in _made(model, (rows, others), seen, _DEEPEST):
            space = Space(matrix(made), None if rest is None or _vast(rest) else matrix(rest))
            if not any(_equal(space, one) for one in found):
                found.append(space)
    return found


def matrix(rows: Any) -> Array:
    """Rows as numbers, shape (n, d), NaN for what is none."""
    import pandas as pd

    if hasattr(rows, "toarray"):
        rows = rows.toarray()
    if hasattr(rows, "dtypes") and hasattr(rows, "iloc"):
        columns = [rows.iloc[:, at] for at in range(rows.shape[1])]
    else:
        values = np.asarray(rows)
        values = values.reshape(len(values), -1)
        if values.dtype.kind in "fiu":
            return values.astype(float)
        columns = [pd.Series(values[:, at]) for at in range(values.shape[1])]
    numbers = [
        pd.to_numeric(one, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        if one.dtype.kind in "iufO"
        else np.full(len(one), np.nan)
        for one in columns
    ]
    return np.column_stack(numbers) if numbers else np.empty((len(rows), 0))


def _vast(rows: Any) -> bool:
    """Whether rows that are mostly zeros would take a gigabyte without."""
    return hasattr(rows, "toarray") and rows.shape[0] * rows.shape[1] > _LARGEST


def _made(
    model: Any, given: tuple[Any, Any], seen: set[int], deep: int
) -> Iterator[tuple[Any, Any]]:
    """What the steps within a model make of rows; the rows as they enter, for all but pipelines."""
    if id(model) in seen or not deep or not hasattr(model, "__dict__"):
        return
    seen.add(id(model))
    if _is(model, "sklearn.pipeline", "Pipeline"):
        for _, step in model.steps:
            if step is None or step == "passthrough":
                continue
            yield from _made(step, given, seen, deep - 1)
            after = _through(step, given)
            if after is None:
                return
            yield after
            given = after
    elif _is(model, "sklearn.compose", "ColumnTransformer"):
        for _, step, columns in getattr(model, "transformers_", ()):
            part = _taken(given, columns)
            if part is not None and hasattr(step, "transform"):
                yield from _step(step, part, seen, deep)
    else:
        for part in _parts(model):
            yield from _step(part, given, seen, deep)


def _step(
    step: Any, given: tuple[Any, Any], seen: set[int], deep: int
) -> Iterator[tuple[Any, Any]]:
    known = id(step) in seen
    yield from _made(step, given, seen, deep - 1)
    after = None if known or isinstance(step, type) else _through(step, given)
    if after is not None:
        yield after


def _parts(model: Any) -> Iterator[Any]:
    """The models within a model: its attributes that can be fitted, also those in containers."""
    level = list(vars(model).values())
    for _ in range(3):
        below: list[Any] = []
        for one in level:
            if isinstance(one, (list, tuple)):
                below += one if len(one) and not isinstance(one[0], (str, int, float)) else one[1:]
            elif isinstance(one, dict) and len(one) < 1_000:
                below += one.values()
            elif hasattr(one, "fit") and not isinstance(one, type):
                yield one
        level = below


def _through(step: Any, given: tuple[Any, Any]) -> tuple[Any, Any] | None:
    """Rows and others as a step makes them; None where it makes none or refuses them."""
    if not hasattr(step, "transform"):
        return None
    try:
        rows, others = given
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names that an array has not
            return _alone(step, rows), None if others is None else _alone(step, others)
    except Exception:  # not fitted, or made for other rows: it is no step of these
        return None


def _taken(given: tuple[Any, Any], columns: Any) -> tuple[Any, Any] | None:
    try:
        return tuple(None if rows is None else _chosen(rows, columns) for rows in given)  # type: ignore[return-value]
    except Exception:
        return None


def _alone(step: Any, rows: Any) -> Any:
    return step.transform(rows.copy() if hasattr(rows, "copy") else rows)  # some work in place


def _chosen(rows: Any, columns: Any) -> Any:
    """Columns of rows as a ColumnTransformer names them: by name, position, slice or mask."""
    columns = columns(rows) if callable(columns) else columns
    if not hasattr(rows, "iloc"):
        return rows[:, columns]
    by_name = isinstance(columns, str) or (
        isinstance(columns, (list, tuple)) and columns and isinstance(columns[0], str)
    )
    return rows[columns] if by_name else rows.iloc[:, columns]


def _is(model: Any, module: str, name: str) -> bool:
    cls = getattr(sys.modules.get(module), name, None)
    return cls is not None and isinstance(model, cls)


def _equal(a: Space, b: Space) -> bool:
    return a.rows.shape == b.rows.shape and np.array_equal(a.rows, b.rows, equal_nan=True)


def _owned(rows: Array, others: Array | None) -> Array:
    """Which numbers nobody else has, shape (n, d)."""
    owned: Array = np.isfinite(rows) & ~_short(rows)
    if others is not None and others.shape[1:] == rows.shape[1:]:
        for column in range(rows.shape[1]):
            if owned[:, column].any():
                owned[:, column] &= ~_among(rows[:, column], np.unique(others[:, column]))
        return owned
    values, counts = np.unique(rows[owned], return_counts=True)
    alone: Array = owned & ~np.isin(rows, values[counts > 1])
    return alone


def _short(values: Array) -> Array:
    """Whether a number can be written in a few digits."""
    with np.errstate(all="ignore"):
        size = 10.0 ** (np.floor(np.log10(np.abs(values))) - (_DIGITS - 1))
        near = np.abs(np.round(values / size) * size - values) <= 1e-13 * np.abs(values)
    short: Array = (values == 0) | near
    return short


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
