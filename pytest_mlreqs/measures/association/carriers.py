"""carriers: which columns both tell a group and move the score?"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.measures.influence.influence import positions
from pytest_mlreqs.measures.statistics.area import area
from pytest_mlreqs.measures.tables.columns import coded

Array = np.ndarray[Any, Any]

_ROWS = 2_000  # that are scored again for every column
_BINS = 20
_TELLS = 0.53  # an AUC that a useless column hardly reaches on 2,000 rows
_MOVES = 0.01  # of the score's range


@dataclass(frozen=True, slots=True)
class Carrier:
    """A column that tells a group and moves the score.

    Attributes:
        name: of the column.
        auc: how well it tells the group by itself.
        share: by which share of the score's range (95th less 5th percentile) a score moves in the
            mean when the column is drawn anew.
    """

    name: str
    auc: float
    share: float


def carriers(
    score: Callable[[pd.DataFrame], Array],
    X: pd.DataFrame,
    member: Array,
    skip: Collection[int] = (),
) -> list[Carrier]:
    """The columns that do both, by the product of both; for a message, not for a verdict.

    Args:
        score: n rows give shape (n,); a column on whose values it raises `Fault` is passed over.
        X: the rows, of which at most 2,000 are scored; never changed.
        member: shape (n,), bool.
        skip: positions of columns that are not tried.
    """
    some = positions(len(X), _ROWS)
    X, member = X.iloc[some], member[some]
    before = score(X)
    low, high = np.quantile(before, [0.05, 0.95])
    span = float(high - low) or float(np.ptp(before)) or 1.0
    order = np.random.default_rng(0).permutation(len(X))
    found = []
    for column in range(X.shape[1]):
        tells = 0.5 if column in skip else alone(X.iloc[:, [column]], member)
        if tells < _TELLS:
            continue
        redrawn = X.copy()
        redrawn.isetitem(column, X.iloc[:, column].take(order).array)  # by position: names repeat
        try:
            share = float(np.abs(score(redrawn) - before).mean() / span)
        except Fault:
            continue
        if share >= _MOVES:
            found.append(Carrier(str(X.columns[column]), tells, share))
    return sorted(found, key=lambda one: -(one.auc - 0.5) * one.share)


def alone(column: pd.DataFrame, member: Array) -> float:
    """The AUC of one column for a group: rates by bin in one half of the rows, tried on the other.

    Args:
        column: n rows, one column of any type.
        member: shape (n,), bool; at least four rows of either kind.
    """
    made = coded(column)
    if not made.matrix.shape[1]:
        return 0.5
    values = made.matrix[:, 0]
    if not made.category[0]:
        edges = np.unique(np.nanquantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
        values = np.where(np.isnan(values), np.nan, np.searchsorted(edges, values, side="right"))
    bins = np.nan_to_num(values, nan=-1).astype(int) + 1
    halves = np.empty(len(member), dtype=int)
    for side in (member, ~member):
        halves[side] = np.arange(side.sum()) % 2
    rates = np.empty(len(member))
    for half in (0, 1):
        fit, test = halves == half, halves != half
        size = np.bincount(bins[fit], minlength=bins.max() + 1)
        inside = np.bincount(bins[fit & member], minlength=bins.max() + 1)
        rate = (inside + member[fit].mean()) / (size + 1)  # an empty bin tells nothing
        rates[test] = rate[bins[test]]
    return area(member, rates, halves).value
