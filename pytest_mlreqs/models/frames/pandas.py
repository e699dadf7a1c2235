"""A pandas frame is what it is, but for complex numbers and nested columns: these are cells.

Its `attrs` are kept for the model, and out of the way of all else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from pytest_mlreqs.models.frames import Opened, cells


def opened(X: pd.DataFrame, names: Callable[[], tuple[str, ...] | None]) -> Opened:
    """The frame itself, both ways."""
    odd = [at for at, dtype in enumerate(X.dtypes) if _odd(dtype)]
    if not odd and not X.attrs:
        return Opened(X, lambda frame: frame)
    frame = X.copy(deep=False)
    frame.attrs = {}  # pandas compares them when frames are put together, which arrays do not bear
    for at in odd:
        frame.isetitem(at, cells.seen(X.iloc[:, at].array, X.iloc[:, at]).array)
    known = {X.columns[at]: X.iloc[:, at].array for at in odd}

    def back(changed: pd.DataFrame) -> pd.DataFrame:
        whole = changed.copy(deep=False)
        whole.attrs = dict(X.attrs)
        for at, name in enumerate(changed.columns):
            if name in known:
                column, where = cells.places(changed.iloc[:, at], known[name])
                taken = [-1 if place is None else place for place in where]
                whole.isetitem(at, column.take(taken, allow_fill=True))
        return whole

    return Opened(frame, back)


def _odd(dtype: Any) -> bool:
    if not isinstance(dtype, pd.ArrowDtype):
        return bool(dtype.kind == "c")
    import pyarrow as pa

    return bool(pa.types.is_nested(dtype.pyarrow_dtype))
