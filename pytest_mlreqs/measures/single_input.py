"""single_input: how well does one column predict the target, alone?

The column's groups (its values, or twenty bins of as many rows each, and one for gaps) are given
the share of the target in four fifths of the rows, and judged on the last fifth, by turns; numbers
also by their order as it is. So a leak is seen whatever its form: a copy, a threshold, a gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.measures.association import auc

Array = np.ndarray[Any, Any]

_BINS = 20
_FOLDS = 5
_CLASSES = 20
_PRIOR = 2  # rows' worth of belief in the base rate, which keeps single rows from being certain
_MEMBERS = 10


@dataclass(frozen=True, slots=True)
class Alone:
    """How well one column tells the target.

    Attributes:
        auc: area under the ROC curve, the best over classes and ways to read the column.
        interval: its 95 % interval; with several classes, of the best of them.
        rows: how many rows have a target.
    """

    auc: float
    interval: tuple[float, float]
    rows: int


def classes(y: Any) -> tuple[Array, list[Array]]:
    """What is to be told apart.

    Args:
        y: n labels or numbers.

    Returns:
        Positions of the rows that have a target, shape (m,), and for each class of ten rows or
        more whether each of these is a member, shape (m,) each. Of two classes one is enough; a
        number of more than 20 values is told apart by its median.
    """
    values = pd.Series(np.asarray(y).ravel() if not isinstance(y, pd.Series) else y.to_numpy())
    known = np.flatnonzero(values.notna())
    values = values.iloc[known]
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if numeric and values.nunique() > _CLASSES:
        members = [(values > values.median()).to_numpy()]
    else:
        labels = values.astype(str)
        members = [(labels == label).to_numpy() for label in sorted(labels.unique())]
        members = members[1:] if len(members) == 2 else members
    enough = [m for m in members if _MEMBERS <= m.sum() <= len(m) - _MEMBERS]
    return known, enough


def alone(values: pd.Series[Any], members: list[Array]) -> Alone:
    """The best that one column can do for any class.

    Args:
        values: shape (m,).
        members: for each class whether each row belongs to it; at least one class.
    """
    groups = grouped(values)
    z = NormalDist().inv_cdf(1 - 0.025 / len(members))
    best = low = high = 0.0
    for member in members:
        for scores in (_crossfitted(groups, member), *_ordered(values)):
            value, error = auc(member, scores)
            best = max(best, value)
            low, high = max(low, value - z * error), max(high, value + z * error)
    return Alone(best, (max(0.0, low), min(1.0, high)), len(values))


def grouped(values: pd.Series[Any]) -> Array:
    """A code per row for its group; gaps are a group of their own."""
    number = pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values)
    if number and values.nunique() > _BINS:
        ranks = values.rank(pct=True, na_option="keep").to_numpy(dtype=float)
        codes = np.where(np.isnan(ranks), -1, np.ceil(np.nan_to_num(ranks) * _BINS))
        return codes.astype(int)
    found: Array = pd.factorize(values.map(repr))[0]
    return found


def _crossfitted(groups: Array, member: Array) -> Array:
    fold = np.random.default_rng(0).permutation(len(member)) % _FOLDS
    scores = np.zeros(len(member))
    for test in (fold == number for number in range(_FOLDS)):
        base = member[~test].mean()
        table = pd.DataFrame({"group": groups[~test], "member": member[~test]})
        counts = table.groupby("group")["member"].agg(["sum", "size"])
        share = (counts["sum"] + _PRIOR * base) / (counts["size"] + _PRIOR)
        scores[test] = pd.Series(groups[test]).map(share).fillna(base).to_numpy()
    return scores


def _ordered(values: pd.Series[Any]) -> Iterator[Array]:
    """A number as it is, upwards and downwards; gaps in the middle."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        if not np.isnan(numbers).all():
            filled = np.where(np.isnan(numbers), np.nanmedian(numbers), numbers)
            yield from (filled, -filled)
