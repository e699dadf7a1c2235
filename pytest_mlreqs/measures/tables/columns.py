"""columns: a frame of any types as a matrix of numbers and codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, Any]

_LEVELS = 200  # most values of a category that are told apart; the rest are one


@dataclass(frozen=True, slots=True)
class Coded:
    """Columns as numbers.

    Attributes:
        matrix: shape (n, p); NaN where a value is missing.
        category: shape (p,); whether a column holds codes rather than numbers.
    """

    matrix: Array
    category: Array

    def take(self, rows: Array) -> Coded:
        """The rows at these positions."""
        return Coded(self.matrix[rows], self.category)


def coded(frame: pd.DataFrame) -> Coded:
    """Numbers and times as they are, everything else as codes of its most frequent values.

    Columns that are the same in all rows are left out: they tell nothing.
    """
    made = [_one(frame.iloc[:, at]) for at in range(frame.shape[1])]
    kept = [(column, category) for column, category in made if _varied(column)]
    if not kept:
        return Coded(np.empty((len(frame), 0)), np.array([], bool))
    return Coded(np.column_stack([c for c, _ in kept]), np.array([code for _, code in kept], bool))


def numbers(values: pd.Series[Any]) -> Array:
    """Numbers or times as floats, NaN where missing; times in seconds since the earliest."""
    if values.dtype.kind in "mM":
        since: Array = ((values - values.min()) / pd.Timedelta(seconds=1)).to_numpy(dtype=float)
        return since
    return values.to_numpy(dtype=float, na_value=np.nan)


def _one(values: pd.Series[Any]) -> tuple[Array, bool]:
    times = values.dtype.kind in "mM"
    if times or (pd.api.types.is_numeric_dtype(values) and values.dtype.kind != "c"):
        column = numbers(values)
        return np.where(np.isfinite(column), column, np.nan), False
    text = values.astype(object).map(str, na_action="ignore")
    levels = text.value_counts().index[:_LEVELS]
    codes = levels.get_indexer(pd.Index(text)).astype(float)
    return np.where(text.isna(), np.nan, np.where(codes < 0, len(levels), codes)), True


def _varied(column: Array) -> bool:
    """Whether a probe could learn from it: two known values, or known ones and gaps."""
    gaps = np.isnan(column)
    known = column[~gaps]
    return len(known) > 0 and bool(gaps.any() or (known != known[0]).any())
