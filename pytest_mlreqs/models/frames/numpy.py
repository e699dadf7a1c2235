"""An array of two dimensions: its columns are named by the model, or by their positions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.models.frames import Opened, cells


def opened(X: np.ndarray[Any, Any], names: Callable[[], tuple[str, ...] | None]) -> Opened | None:
    """The columns with their dtypes; among objects, numbers are recognised."""
    if X.ndim != 2 or X.dtype.kind == "V" or isinstance(X, np.ma.MaskedArray):
        return None
    frame = pd.DataFrame(X, dtype=object if X.dtype.kind == "O" else None, copy=False)
    if X.dtype.kind == "O":
        for position in range(X.shape[1]):
            inferred = frame.iloc[:, position].infer_objects()
            if pd.api.types.is_numeric_dtype(inferred):
                frame.isetitem(position, inferred.array)
    if X.dtype.kind == "c":
        for position in range(X.shape[1]):
            frame.isetitem(position, cells.seen(X[:, position], X[:, position]).array)
    known = names()
    named = known is not None and len(known) == X.shape[1]
    positions = tuple(str(position) for position in range(X.shape[1]))
    frame.columns = pd.Index(known if known and named else positions)
    order: Any = "F" if X.flags.f_contiguous and not X.flags.c_contiguous else "C"

    def back(changed: pd.DataFrame) -> np.ndarray[Any, Any]:
        if X.dtype.kind == "c":
            return np.array(_complex(changed, X), order=order)
        return np.array(changed.to_numpy(dtype=X.dtype), order=order)

    return Opened(frame, back, named=named)


def _complex(changed: pd.DataFrame, X: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Columns of cells, or of numbers that were added to them, as complex numbers."""
    made = np.full(changed.shape, np.nan, dtype=X.dtype)
    for at in range(changed.shape[1]):
        values = changed.iloc[:, at]
        if values.dtype != object:
            made[:, at] = values
            continue
        column, where = cells.places(values, X[:, 0])
        there = [row for row, place in enumerate(where) if place is not None]
        made[there, at] = column[[place for place in where if place is not None]]
    return made
