"""An Arrow table: numbers with nulls become floats on the way, dates become times, and back.

A float column that has nulls and NaN comes back with nulls for both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa

from pytest_mlreqs.models.frames import Opened, cells

_EXACT = 2**53  # up to here every whole number is a float


def opened(X: pa.Table, names: Callable[[], tuple[str, ...] | None]) -> Opened:
    """The columns as pandas has them."""
    frame = pd.concat([_read(column) for column in X.columns], axis=1) if X.columns else None
    frame = pd.DataFrame(index=range(X.num_rows)) if frame is None else frame
    frame.columns = pd.Index(X.column_names)
    odd = [_odd(field.type) for field in X.schema]
    nulls = [column.null_count > 0 for column in X.columns]
    known = {
        field.name: (field, null, X.column(at) if odd[at] else None)
        for at, (field, null) in enumerate(zip(X.schema, nulls, strict=True))
    }

    def back(changed: pd.DataFrame) -> pa.Table:
        fields = [known.get(name) for name in changed.columns]
        if list(changed.columns) == X.column_names:  # names may repeat
            own = [X.column(at) if there else None for at, there in enumerate(odd)]
            fields = list(zip(X.schema, nulls, own, strict=True))
        arrays = [
            _flat(pa.Array.from_pandas(changed.iloc[:, at])) if field is None
            else _placed(changed.iloc[:, at], field[2]) if field[2] is not None
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


def _odd(kind: Any) -> bool:
    """Whether pandas could not tell its values apart, or Arrow not write them back."""
    strange = (pa.types.is_nested, pa.types.is_run_end_encoded)
    return any(check(kind) for check in strange) or isinstance(kind, pa.BaseExtensionType)


def _placed(series: pd.Series[Any], column: Any) -> Any:
    """The values of a column in other places."""
    column, where = cells.places(series, column)
    if pa.types.is_run_end_encoded(column.type):  # which Arrow takes nothing from
        values = column.to_pylist()
        return pa.array([None if at is None else values[at] for at in where], type=column.type)
    return _flat(_flat(column).take(pa.array(where, type=pa.int64())))


def _read(column: Any) -> pd.Series[Any]:
    if _odd(column.type):
        return cells.seen(column, column.to_pylist())
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
