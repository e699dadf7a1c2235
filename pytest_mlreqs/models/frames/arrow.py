"""An Arrow table: numbers with nulls become floats on the way, dates become times, and back.

A float column that has nulls and NaN comes back with nulls for both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa

from pytest_mlreqs.models.frames import Opened

_EXACT = 2**53  # up to here every whole number is a float


def opened(X: pa.Table, names: Callable[[], tuple[str, ...] | None]) -> Opened:
    """The columns as pandas has them."""
    frame = pd.concat([_read(column) for column in X.columns], axis=1) if X.columns else None
    frame = pd.DataFrame(index=range(X.num_rows)) if frame is None else frame
    frame.columns = pd.Index(X.column_names)
    nulls = [column.null_count > 0 for column in X.columns]
    known = {field.name: (field, null) for field, null in zip(X.schema, nulls, strict=True)}

    def back(changed: pd.DataFrame) -> pa.Table:
        fields = [known.get(name) for name in changed.columns]
        if list(changed.columns) == X.column_names:  # names may repeat
            fields = list(zip(X.schema, nulls, strict=True))
        arrays = [
            _flat(pa.Array.from_pandas(changed.iloc[:, at])) if field is None
            else _written(changed.iloc[:, at], field[0].type, nulls=field[1])
            for at, field in enumerate(fields)
        ]  # fmt: skip
        schema = pa.schema(
            [pa.field(str(name), array.type) if field is None else field[0]
             for name, field, array in zip(changed.columns, fields, arrays, strict=True)],
            metadata=X.schema.metadata,
        )  # fmt: skip
        return pa.Table.from_arrays(arrays, schema=schema)

    return Opened(frame, back)


def _read(column: Any) -> pd.Series[Any]:
    gaps = pa.types.is_integer(column.type) and column.null_count
    values = column.drop_null().to_pylist() if gaps else []
    if max(map(abs, values), default=0) > _EXACT:
        kind = "UInt64" if column.type == pa.uint64() else "Int64"
        return pd.Series(column.to_pylist(), dtype=kind)
    series: pd.Series[Any] = column.to_pandas(date_as_object=False)
    return series.reset_index(drop=True)


def _flat(column: Any) -> Any:
    """Text of pandas may come in chunks."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _written(series: pd.Series[Any], kind: Any, *, nulls: bool) -> Any:
    if pa.types.is_dictionary(kind):
        category = pd.Categorical(series)
        codes = pa.array(category.codes, type=kind.index_type, mask=category.codes < 0)
        values = _flat(pa.Array.from_pandas(category.categories, type=kind.value_type))
        return pa.DictionaryArray.from_arrays(codes, values, ordered=kind.ordered)
    if pa.types.is_floating(kind) and not nulls:
        return pa.array(series.to_numpy(), type=kind, from_pandas=False)
    if pa.types.is_date(kind):
        return pa.Array.from_pandas(series).cast(kind)
    return _flat(pa.Array.from_pandas(series, type=kind))
