"""A Polars frame, column by column and without pyarrow, which Polars can do without.

A float column that has nulls and NaN comes back with nulls for both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from pytest_mlreqs.models.frames import Opened, cells

_EXACT = 2**53  # up to here every whole number is a float
_WIDEST = 2**63 - 1
_PLAIN = {"i": "int64", "u": "uint64", "b": "bool"}


def opened(X: pl.DataFrame, names: Callable[[], tuple[str, ...] | None]) -> Opened:
    """The columns as pandas has them."""
    read = {column.name: _read(column) for column in X}
    frame = pd.DataFrame(read, index=range(X.height), copy=False)
    known = {column.name: (column.dtype, column.null_count() > 0) for column in X}
    odd = {column.name: column for column in X if _odd(column)}

    def back(changed: pd.DataFrame) -> pl.DataFrame:
        columns = []
        for at, name in enumerate(changed.columns):
            dtype, nulls = known.get(name, (None, True))
            if name in odd:
                column, where = cells.places(changed.iloc[:, at], odd[name])
                columns.append(column.gather(where))
                continue
            columns.append(_written(str(name), changed.iloc[:, at], dtype, nulls=nulls))
        return pl.DataFrame(columns)

    return Opened(frame, back)


def _odd(column: Any) -> bool:
    """Whether pandas could not tell its values apart, or Polars not write them back."""
    dtype = column.dtype
    return dtype.is_nested() or (_wide(dtype) and _beyond(column, _WIDEST))


def _wide(dtype: Any) -> bool:
    """Whether it is a whole number that NumPy has no type for."""
    return bool(dtype.is_integer() and str(dtype).endswith("128"))


def _read(column: Any) -> Any:
    if _odd(column):
        return cells.seen(column, column.to_list())
    if _wide(column.dtype):
        column = column.cast(pl.Int64)
    dtype = column.dtype
    if dtype in (pl.Categorical, pl.Enum):
        if dtype == pl.Enum:
            categories = dtype.categories.to_list()
        else:
            categories = column.unique(maintain_order=True).drop_nulls().cast(pl.String).to_list()
        return pd.Categorical(column.cast(pl.String).to_list(), categories=categories)
    if isinstance(dtype, pl.Datetime) and dtype.time_zone:
        moments = pd.Series(
            column.dt.convert_time_zone("UTC").dt.replace_time_zone(None).to_numpy()
        )
        return moments.dt.tz_localize("UTC").dt.tz_convert(dtype.time_zone)
    if dtype.is_integer() and column.null_count() and _beyond(column, _EXACT):
        return pd.array(column.to_list(), dtype="UInt64" if dtype == pl.UInt64 else "Int64")
    if dtype.is_numeric() and not dtype.is_decimal():
        return column.to_numpy()  # shared and read-only, where there are no nulls
    if dtype in (pl.Date, pl.Datetime, pl.Duration):
        return pd.Series(column.to_numpy())
    if dtype == pl.Boolean and not column.null_count():
        return column.to_numpy()
    return pd.Series(column.to_list(), dtype=None if dtype == pl.String else object)


def _beyond(column: Any, most: int) -> bool:
    return bool(max(column.max() or 0, -(column.min() or 0)) > most)


def _written(name: str, series: pd.Series[Any], dtype: Any, *, nulls: bool) -> Any:
    missing = series.isna().to_numpy()
    if dtype is not None and dtype.is_float():
        column = pl.Series(name, series.to_numpy(dtype="float64", na_value=np.nan), dtype=dtype)
        return column.fill_nan(None) if nulls else column
    if dtype is not None and dtype.is_temporal() and dtype != pl.Time:
        return _moments(name, series, dtype)
    if not missing.any() and series.dtype.kind in _PLAIN:
        return pl.Series(name, series.to_numpy(dtype=_PLAIN[series.dtype.kind]), dtype=dtype)
    if dtype is not None and dtype.is_integer():  # a float on this side, as there are nulls
        values = [None if gap else int(value) for value, gap in zip(series, missing, strict=True)]
    else:
        objects = series.astype(object).to_numpy(copy=True)
        objects[missing] = None
        values = objects.tolist()
    return pl.Series(name, values, dtype=dtype)


def _moments(name: str, series: pd.Series[Any], dtype: Any) -> Any:
    zone = getattr(dtype, "time_zone", None)
    if zone:
        utc = series.dt.tz_convert("UTC").dt.tz_localize(None)
        plain = pl.Series(name, utc.to_numpy()).cast(pl.Datetime(dtype.time_unit))
        return plain.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    unit = {"Date": "s"}.get(str(dtype), getattr(dtype, "time_unit", "us"))
    unit = "ms" if unit == "s" else unit
    kind = "timedelta64" if dtype == pl.Duration else "datetime64"
    return pl.Series(name, series.to_numpy(dtype=f"{kind}[{unit}]")).cast(dtype)
