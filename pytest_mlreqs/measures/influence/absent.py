"""absent: does a model read a field that its rows do not have, when they have it?

A service may look for an optional field, and a function for a column that is there sometimes. The
field is added to some rows with a few values; a field of a name that nobody knows, with the same
values, shows what any further column does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.models.comparing import apart

Array = np.ndarray[Any, Any]
ROWS = 10  # that the field is added to; a service is sent each of them alone
_VALUES: tuple[tuple[Any, ...], ...] = ((0, 1, 50), ("F", "M", "f", "m", "female", "male", "a"))
_CONTROL = "a column of no meaning"
_ROUNDING = 1e-6  # of the largest score: what sums in another order may change
_TIMES = 3  # that a difference must show in the same row


def reads(score: Callable[[pd.DataFrame], Array], X: pd.DataFrame, name: str) -> bool:
    """Whether the scores of some rows follow a column of that name once it is added.

    A model that does not repeat itself is not taken to: its noise would look the same.

    Args:
        score: the model's score: n rows give shape (n,) or (n, k); raises `Fault`.
        X: n rows without such a column; never changed.
        name: of the column.
    """
    rows = X.iloc[:ROWS]
    try:
        first = score(rows)
        noise = float(apart(first, score(rows)).max(initial=0))
    except Fault:  # it takes no batch of that size
        return False
    scale = float(np.abs(first).max(initial=0)) if first.dtype.kind in "fiu" else 0.0
    if noise > _ROUNDING * scale:  # it does not repeat itself
        return False
    allowed = max(3 * noise, _ROUNDING * scale)
    return any(_differ(score, rows, name, values, allowed) for values in _VALUES)


def _differ(
    score: Callable[[pd.DataFrame], Array],
    rows: pd.DataFrame,
    name: str,
    values: tuple[Any, ...],
    allowed: float,
) -> bool:
    least = np.full(len(rows), np.inf)
    for _ in range(_TIMES):
        try:
            control = score(_with(rows, _CONTROL, values))
            change = apart(score(_with(rows, name, values)), control)
        except Fault:  # it takes no further columns, or no such values
            return False
        least = np.minimum(least, change)
        if not (least > allowed).any():
            return False
    return True


def _with(rows: pd.DataFrame, name: str, values: tuple[Any, ...]) -> pd.DataFrame:
    """The rows with a further column, which holds these values in turns."""
    key: Any = name if rows.columns.nlevels == 1 else (name, *[""] * (rows.columns.nlevels - 1))
    turns = [values[at % len(values)] for at in range(len(rows))]
    return rows.assign(**{name: turns}) if key == name else _deep(rows, key, turns)


def _deep(rows: pd.DataFrame, key: tuple[str, ...], turns: list[Any]) -> pd.DataFrame:
    wider = rows.copy()
    wider[key] = turns
    return wider
