"""ordering: does a model know its columns by name, or go by their position?

The columns are reversed, and shifted by one so that none stays where it was, with their names
along; a model that matches by name answers the same, a careful one refuses, and one that goes by
position scores the wrong columns. Renamed columns show whether names are looked at at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.models.comparing import apart, numeric, size

Array = np.ndarray[Any, Any]
_ROUNDING = 1e-5  # of models that calculate in single precision
Answer = Literal["refused", "same", "different"]


@dataclass(frozen=True, slots=True)
class Ordering:
    """What a model does with columns in another order, and under other names.

    Attributes:
        rows: how many rows were scored.
        reordered: `refused` if it raises on any other order, `different` if it scores some rows
            differently without a word, else `same`.
        renamed: the same for columns in their order, but under names that it has never seen.
        moved: how many rows a new order scores differently.
        largest: the largest change of a score in a new order; 1.0 for labels that differ.
    """

    rows: int
    reordered: Answer
    renamed: Answer
    moved: int = 0
    largest: float = 0.0

    @property
    def positional(self) -> bool:
        """Whether columns in another order are silently taken for one another."""
        return self.reordered == "different"


def order(score: Callable[[pd.DataFrame], Array], X: pd.DataFrame) -> Ordering | None:
    """Score `X` with its columns in other orders and under other names.

    None where there is no other order, with less than two columns, or nothing to score.

    A change counts beyond three times what a repeated call moves, and beyond a hundred-thousandth
    of the largest score: a frame put together anew is summed up in another order.

    Args:
        score: the model's score: n rows give shape (n,) or (n, k); raises `Fault`.
        X: n rows; never changed.
    """
    width = X.shape[1]
    if width < 2 or X.empty:
        return None
    baseline = score(X)
    noise = 3 * float(apart(score(X), baseline).max(initial=0))
    tolerance = max(noise, _ROUNDING * size(baseline)) if numeric(baseline) else noise
    moved = np.zeros(len(X), dtype=bool)
    largest = 0.0
    refused = tried = 0
    for positions in {tuple(reversed(range(width))), (*range(1, width), 0)}:
        tried += 1
        try:
            far = apart(score(X.iloc[:, list(positions)]), baseline)
        except Fault:
            refused += 1
            continue
        moved |= far > tolerance
        largest = max(largest, float(far.max(initial=0)))
    reordered: Answer = "different" if moved.any() else "refused" if refused == tried else "same"
    return Ordering(
        rows=len(X),
        reordered=reordered,
        renamed=_renamed(score, X, baseline, tolerance),
        moved=int(moved.sum()),
        largest=largest if moved.any() else 0.0,
    )


def _renamed(
    score: Callable[[pd.DataFrame], Array], X: pd.DataFrame, baseline: Array, tolerance: float
) -> Answer:
    other = X.copy()
    other.columns = pd.Index([f"renamed_{position}" for position in range(X.shape[1])])
    try:
        far = apart(score(other), baseline)
    except Fault:
        return "refused"
    return "different" if (far > tolerance).any() else "same"
