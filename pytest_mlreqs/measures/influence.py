"""influence: does a score change when only one column changes?

The column is given other values, all of them observed in the data, while everything else stays;
the scores before and after are compared row by row. Nothing needs to be known of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.measurement import Fault

Array = np.ndarray[Any, Any]
Score = Callable[[pd.DataFrame], Array]

_NUMBERS = 9  # up to so many distinct numbers are tried one by one, beyond by range and rank
_CATEGORIES = 16
_SHIFTS = 8
_CONFIRMATIONS = 2


@dataclass(frozen=True, slots=True)
class Influence:
    """What changing one column did to the scores.

    Attributes:
        rows: how many rows were scored.
        calls: how many times the model was called.
        tried: how many sets of other values the column was given.
        moved: how many rows scored differently, confirmed by trying again, twice.
        largest: the largest change of a score; 0.0 for labels.
        worst: row position in the data and change, largest first; at most five.
        tolerance: what counts as no change: three times what repeated calls move.
        refused: how many sets of values the model raised on.
        dispensable: whether the model scores the same where the column is not there at all.
        why: why nothing can be said, or empty.
    """

    rows: int
    calls: int
    tried: int = 0
    moved: int = 0
    largest: float = 0.0
    worst: tuple[tuple[int, float], ...] = ()
    tolerance: float = 0.0
    refused: int = 0
    dispensable: bool = False
    why: str = ""


def positions(length: int, rows: int, seed: int = 0) -> Array:
    """Positions of at most `rows` of `length` rows, drawn without replacement, in order."""
    if length <= rows:
        return np.arange(length)
    return np.sort(np.random.default_rng(seed).choice(length, rows, replace=False))


def contrasts(values: pd.Series[Any], seed: int = 0) -> Iterator[pd.Series[Any]]:
    """The column with other values, all of them observed in it; length, index and dtype are kept.

    Few numbers or categories: each in turn for all rows, then one permutation. Many numbers or
    times: the smallest, the largest, and seven shifts by rank, which give each row values from the
    whole range and keep the distribution, gaps included. Many categories: nine permutations.
    """
    generator = np.random.default_rng(seed)
    known = values.dropna()
    try:
        distinct: Any = pd.unique(known)
        number = pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(
            values
        )
        number = number and not pd.api.types.is_bool_dtype(values)
    except TypeError:  # lists, sets: values that cannot be told apart by hashing
        distinct, number = np.empty(0), False
    few = _NUMBERS if number else _CATEGORIES
    if 0 < len(distinct) <= few:
        for value in distinct:
            yield _filled(values, value)
        yield _taken(values, generator.permutation(len(values)))
    elif number:
        yield _filled(values, known.min())
        yield _filled(values, known.max())
        order = np.argsort(values.to_numpy(), kind="stable")  # gaps come last
        for shift in range(1, _SHIFTS):
            source = np.empty(len(values), dtype=np.intp)
            source[order] = np.roll(order, -max(1, shift * len(values) // _SHIFTS))
            yield _taken(values, source)
    else:
        for _ in range(_NUMBERS):
            yield _taken(values, generator.permutation(len(values)))


def influence(
    score: Score, X: pd.DataFrame, column: int, baseline: Array, where: Array
) -> Influence:
    """Change one column of `X` in many ways and compare the scores.

    Args:
        score: the model's score: n rows give shape (n,) or (n, k); raises `Fault`.
        X: the rows to score; never changed.
        column: position of the column.
        baseline: the scores of `X` from an earlier call.
        where: position of each row in the user's data.
    """
    values = X.iloc[:, column]
    calls = 2
    repeats = [baseline, score(X), score(X)]
    tolerance = 3 * max(apart(a, b).max(initial=0) for a in repeats for b in repeats)
    if not _varied(values):
        same = _same_without(score, X, column, baseline, tolerance)
        why = "" if same else f"it holds a single value in all {len(X)} rows"
        return Influence(
            rows=len(X), calls=4, tried=1, tolerance=float(tolerance), dispensable=same, why=why
        )
    moved = np.zeros(len(X), dtype=bool)
    largest = np.zeros(len(X))
    tried = refused = 0
    first = ""
    for other in contrasts(values):
        tried += 1
        changed = _with(X, column, other)
        calls += 1
        try:
            change = apart(score(changed), baseline)
            for _ in range(_CONFIRMATIONS):
                if not ((change > tolerance) & ~moved).any():
                    break
                # A rare random flip does not happen three times in the same row, and a slow drift
                # is small against a fresh baseline: what is left is the column's doing.
                calls += 2
                again = apart(score(changed), score(X))
                change = np.where(moved, change, np.minimum(change, again))
        except Fault as fault:
            refused += 1
            first = first or str(fault)
            continue
        moved |= change > tolerance
        largest = np.maximum(largest, np.where(change > tolerance, change, 0))
    why = f"the model refuses every other value of it: {first}" if refused == tried else ""
    same = not moved.any() and _same_without(score, X, column, baseline, tolerance)
    top = np.argsort(-largest, kind="stable")[:5]
    return Influence(
        rows=len(X),
        calls=calls + (not moved.any()),
        tried=tried,
        moved=int(moved.sum()),
        largest=float(largest.max(initial=0)),
        worst=tuple((int(where[row]), float(largest[row])) for row in top if moved[row]),
        tolerance=float(tolerance),
        refused=refused,
        dispensable=same,
        why="" if same else why,
    )


def derived(model: Any, X: pd.DataFrame, column: int) -> tuple[str, ...]:
    """The columns inside a pipeline that move with a column of its input, by name.

    Of the last step before the model that names its columns. For a message only: whatever cannot
    be told is left out.
    """
    try:
        changed = _with(X, column, list(contrasts(X.iloc[:, column]))[-1])
        for steps in range(len(model) - 1, 0, -1):
            names, before = _named(model[:steps], X.copy())
            _, after = _named(model[:steps], changed.copy())
            if names:
                moved = [
                    not pd.Series(a).equals(pd.Series(b))
                    for a, b in zip(before, after, strict=True)
                ]
                return tuple(name for name, did in zip(names, moved, strict=True) if did)
    except Exception:  # not a pipeline, or one that does not tell
        return ()
    return ()


def _named(steps: Any, X: pd.DataFrame) -> tuple[list[str], list[Any]]:
    """Names and columns of what the steps of a pipeline make; no names if they tell none."""
    output = steps.transform(X)
    if isinstance(output, pd.DataFrame):
        return list(map(str, output)), [output.iloc[:, at] for at in range(output.shape[1])]
    try:
        names = list(map(str, steps.get_feature_names_out()))
    except (AttributeError, ValueError, TypeError):
        names = []
    return names, list(_dense(output).T)


def _dense(output: Any) -> Array:
    return np.asarray(output.toarray() if hasattr(output, "toarray") else output)


def _varied(values: pd.Series[Any]) -> bool:
    """Whether there are two different values, a gap being one."""
    try:
        return int(values.nunique(dropna=False)) > 1
    except TypeError:  # lists, sets: values that cannot be told apart by hashing
        return int(values.map(repr).nunique()) > 1


def _same_without(
    score: Score, X: pd.DataFrame, column: int, baseline: Array, tolerance: float
) -> bool:
    """Whether the model does without the column, and just as well."""
    rest = pd.concat([X.iloc[:, :column], X.iloc[:, column + 1 :]], axis=1)
    try:
        return not (apart(score(rest), baseline) > tolerance).any()
    except Fault:
        return False


def _with(X: pd.DataFrame, column: int, values: pd.Series[Any]) -> pd.DataFrame:
    changed = X.copy(deep=False)  # the other columns are shared: a deep copy would double them
    changed.isetitem(column, values.array)  # by position: names may repeat
    return changed


def _filled(values: pd.Series[Any], value: Any) -> pd.Series[Any]:
    return pd.Series([value] * len(values), index=values.index, name=values.name).astype(
        values.dtype
    )


def _taken(values: pd.Series[Any], source: Array) -> pd.Series[Any]:
    taken = values.take(source)
    taken.index = values.index
    return taken


def apart(a: Array, b: Array) -> Array:
    """How far two outputs are apart, per row; 0 or 1 for labels."""
    if a.shape != b.shape:
        return np.ones(len(b))
    if a.dtype.kind in "fiub" and b.dtype.kind in "fiub":
        far = np.abs(a.astype(float) - b.astype(float))
    else:
        far = (a != b).astype(float)
    rows: Array = far.reshape(len(far), -1).max(axis=1)
    return rows
