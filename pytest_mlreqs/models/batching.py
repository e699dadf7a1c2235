"""batching: how many rows a model takes in one call, found out by trying.

Some models were exported for one batch size and raise on any other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_mlreqs.measurement import Fault
from pytest_mlreqs.models.scoring import Scorer

if TYPE_CHECKING:
    import pandas as pd

_SINGLE = 200  # rows that are worth a call each


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows that the model scores, and how it likes them.

    Attributes:
        rows: m rows of the user's data.
        where: their positions in it, shape (m,).
        score: the model's score of m rows: shape (m,) or (m, k).
        baseline: the score of `rows`.
        note: how the rows are handed over, where that is not all at once; else empty.
    """

    rows: pd.DataFrame
    where: np.ndarray[Any, Any]
    score: Callable[[pd.DataFrame], np.ndarray[Any, Any]]
    baseline: np.ndarray[Any, Any]
    note: str = ""


def sample(scorer: Scorer, X: pd.DataFrame, where: np.ndarray[Any, Any]) -> Sample:
    """Score some rows of `X`: in one call, else all of `X`, else each row by itself.

    Args:
        scorer: the model.
        X: n rows.
        where: positions of the wanted rows.

    Raises:
        Fault: the model raises either way, or breaks its contract; told of the first call.
    """
    try:
        rows = _rows(X, where)
        return Sample(rows, where, scorer, scorer.probed(rows))
    except Fault as fault:
        if fault.__cause__ is None:  # it answered, and wrongly
            raise
        first = fault
    if len(where) < len(X):
        try:
            everything = np.arange(len(X))
            rows = X.copy()
            note = f"all {len(X)} rows in a call"
            return Sample(rows, everything, scorer, scorer.probed(rows), note)
        except Fault:
            pass
    where = where[:_SINGLE]
    rows = _rows(X, where)

    def single(frame: pd.DataFrame) -> np.ndarray[Any, Any]:
        return np.concatenate([scorer(_rows(frame, [row])) for row in range(len(frame))])

    try:
        scorer.probed(_rows(rows, [0]))
        return Sample(rows, where, single, single(rows), "one row per call, as it takes no more")
    except Fault:
        raise first from first.__cause__


def _rows(X: pd.DataFrame, where: Any) -> pd.DataFrame:
    """Some rows as a frame of their own: pandas 2 warns a model that writes into a selection."""
    rows: pd.DataFrame = X.iloc[where]
    return rows.copy(deep=False)
