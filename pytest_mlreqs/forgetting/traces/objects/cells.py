"""cells: the columns of a frame of any library as arrays of NumPy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_FRAMES = {
    ("pandas", "DataFrame"),
    ("pandas", "Series"),
    ("pandas", "Index"),
    ("polars", "DataFrame"),
    ("polars", "Series"),
    ("pyarrow", "Table"),
    ("pyarrow", "RecordBatch"),
    ("pyarrow", "ChunkedArray"),
    ("pyarrow", "Array"),
}


def library(frame: Any) -> str:
    """`pandas`, `polars` or `pyarrow` for what is a frame or a column of theirs, else nothing."""
    for cls in type(frame).__mro__:
        top = cls.__module__.partition(".")[0]
        if (top, cls.__name__) in _FRAMES:
            return top
    return ""


def columns(frame: Any, *, index: bool = True) -> Iterator[tuple[str, Array]]:
    """The columns by name, and the index of a pandas frame where it is more than a count.

    Numbers and times are arrays of them; whatever else there is, is an array of objects.

    Args:
        frame: a frame or one column, of a `library`.
        index: whether the index counts as a column.
    """
    of = library(frame)
    if of == "pandas":
        yield from _pandas(frame, with_index=index)
    elif of == "polars":
        table = frame if hasattr(frame, "get_columns") else frame.to_frame()
        for column in table.get_columns():
            yield column.name, _polars(column)
    elif hasattr(frame, "column_names") or hasattr(frame, "schema"):
        for name, column in zip(frame.schema.names, frame.columns, strict=True):
            yield name, _arrow(column)
    else:
        yield "", _arrow(frame)


def categories(frame: Any) -> Iterator[tuple[str, Array]]:
    """All values that columns of categories admit by name: some may be in no row any more."""
    if library(frame) != "pandas":
        return
    series = [frame.iloc[:, at] for at in range(frame.shape[1])] if frame.ndim > 1 else [frame]
    for one in series:
        if hasattr(one.dtype, "categories") and hasattr(one.dtype, "ordered"):
            yield str(one.name), np.asarray(one.dtype.categories, dtype=object)


def index(frame: Any) -> Iterator[tuple[str, Array]]:
    """The levels of the index of a pandas frame by name, where it is more than a count."""
    import pandas as pd

    if not isinstance(frame.index, pd.RangeIndex):
        for level in range(frame.index.nlevels):
            values = frame.index.get_level_values(level).to_series()
            yield f"index {level}" if frame.index.nlevels > 1 else "index", _series(values)


def objects(values: Iterable[Any]) -> Array:
    """An array of objects, of one dimension whatever they are."""
    return np.fromiter(values, dtype=object)


def _pandas(frame: Any, *, with_index: bool) -> Iterator[tuple[str, Array]]:
    import pandas as pd

    if isinstance(frame, pd.Index):
        frame = frame.to_series()
        frame.index = pd.RangeIndex(len(frame))
    if isinstance(frame, pd.Series):
        frame = frame.to_frame("value" if frame.name is None else frame.name)
    if with_index:
        yield from index(frame)
    for at in range(frame.shape[1]):  # by position: names may repeat
        yield str(frame.columns[at]), _series(frame.iloc[:, at])


def _series(column: Any) -> Array:
    if getattr(column.dtype, "tz", None) is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    values = column.to_numpy()
    if values.dtype.kind in "iufbmMO":
        plain: Array = values
        return plain
    return objects(values)


def _polars(column: Any) -> Array:
    numeric = column.dtype.is_float() or (column.dtype.is_integer() and not column.null_count())
    if numeric or (column.dtype.is_temporal() and hasattr(column.dtype, "time_unit")):
        values: Array = column.to_numpy()
        return values
    return objects(column.to_list())


def _arrow(column: Any) -> Array:
    import pyarrow as pa

    kind = column.type
    whole = pa.types.is_integer(kind) and not column.null_count
    if whole or pa.types.is_floating(kind) or pa.types.is_timestamp(kind):
        chunks = column.chunks if hasattr(column, "chunks") else [column]
        arrays = [chunk.to_numpy(zero_copy_only=False) for chunk in chunks]
        return np.concatenate(arrays) if arrays else np.empty(0)
    return objects(column.to_pylist())
