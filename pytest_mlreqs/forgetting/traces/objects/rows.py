"""rows: the rows that a model is trained on, whatever holds them.

A frame of pandas, Polars or Arrow, an array of any dimension, a sparse matrix, or a sequence: of
texts, of rows, of dictionaries.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from typing import Any

import numpy as np

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.forgetting.traces.content import Table
from pytest_mlreqs.forgetting.traces.hashing import hashed
from pytest_mlreqs.forgetting.traces.objects import cells

Array = np.ndarray[Any, Any]

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_AT_ONCE = 1 << 20  # cells that are hashed in one go
_NUMBERS = (str, int, float, np.integer, np.floating, np.bool_, Decimal, Fraction)
_LARGEST = 2**24  # cells of a matrix with all its zeros, beyond which it is not made: 128 MiB


def readable(X: Any) -> Any:
    """The same rows in a form whose rows can be counted and taken.

    Raises:
        DeclarationError: it has no rows.
    """
    if sparse(X):
        return X.tocsr()
    if cells.library(X) or (isinstance(X, np.ndarray) and X.ndim):
        return X
    if isinstance(X, (str, bytes)) or not hasattr(X, "__len__"):
        raise DeclarationError(
            f"data returned {type(X).__name__} to train on, which has no rows: let it return a "
            "frame, an array, a sparse matrix or a list"
        )
    tensor = hasattr(X, "shape") and hasattr(X, "__array__")
    return X if tensor or isinstance(X, list) else list(X)


def sparse(X: Any) -> bool:
    """Whether it is a matrix that is mostly zeros."""
    return hasattr(X, "tocsr") and hasattr(X, "toarray")


def count(X: Any) -> int:
    """How many rows there are."""
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)


def take(X: Any, positions: Sequence[int]) -> Any:
    """Some rows, as what they are."""
    positions = list(positions)
    if hasattr(X, "iloc"):
        return X.iloc[positions]
    if cells.library(X) == "pyarrow":
        import pyarrow as pa

        return X.take(pa.array(positions, pa.int64()))
    if hasattr(X, "shape"):
        return X[np.asarray(positions, dtype=int)]
    return [X[position] for position in positions]


def names(X: Any) -> list[Any]:
    """The names of the columns, where they have any."""
    found = getattr(X, "column_names", getattr(X, "columns", None))  # Arrow, all other frames
    return list(found) if cells.library(X) and found is not None and np.ndim(X) == 2 else []


def content(X: Any) -> Table:
    """Rows as hashes that are equal where the rows are: by column where columns have names."""
    if cells.library(X):
        table: dict[str, Any] = {}
        for name, values in cells.columns(X, index=False):
            while name in table:  # names may repeat
                name += "'"  # noqa: PLW2901
            table[name] = hashed(values)
        return table
    return {"row": _sparse(X) if sparse(X) else _dense(X)}


def columns(X: Any) -> list[Array]:
    """The columns, each an array of one dimension: of numbers, or of objects."""
    if cells.library(X):
        return [values for _, values in cells.columns(X, index=False)]
    if sparse(X):
        return list(matrix(X).T)
    table = _table(X)
    return [table[:, at] for at in range(table.shape[1])]


def matrix(X: Any) -> Array:
    """Rows as numbers, shape (n, d), NaN for what is none; d is 0 where there would be too many."""
    if sparse(X):
        small = X.shape[0] * X.shape[1] <= _LARGEST
        return X.toarray().astype(float) if small else np.empty((X.shape[0], 0))
    numbers = [_numbers(column) for column in columns(X)]
    return np.column_stack(numbers) if numbers else np.empty((count(X), 0))


def _table(X: Any) -> Array:
    """An array of two dimensions, of numbers if all are, else of objects."""
    if not isinstance(X, list):
        array: Array = np.asarray(X)
        if array.dtype.names is not None:
            return np.column_stack([array[name].astype(object) for name in array.dtype.names])
        return array.reshape(len(array), int(np.prod(array.shape[1:])))
    kinds = set(map(type, X))
    if kinds and all(issubclass(kind, (list, tuple, np.ndarray)) for kind in kinds):
        if len(set(map(len, X))) == 1:
            flat = list(chain.from_iterable(X))
            if all(np.ndim(cell) == 0 for cell in flat[:1]):
                return _simple(flat).reshape(len(X), len(X[0]))
            return _table(np.asarray(X))
    elif kinds and all(issubclass(kind, dict) for kind in kinds):
        names = sorted({name for row in X for name in row}, key=str)
        flat = [row.get(name) for row in X for name in names]
        return _simple(flat).reshape(len(X), len(names))
    return _simple(X).reshape(len(X), 1)


def _simple(values: Sequence[Any]) -> Array:
    """An array of numbers if all are, else of objects."""
    kinds = set(map(type, values))
    if kinds and all(issubclass(kind, (int, float, np.number)) for kind in kinds):
        made = np.array(values)
        if made.dtype.kind in "iuf":
            return made
    return cells.objects(values)


def _numbers(column: Array) -> Array:
    if column.dtype.kind in "iufb":
        return column.astype(float)
    if column.dtype.kind in "OU":
        return np.fromiter(map(_number, column), float, len(column))
    return np.full(len(column), np.nan)


def _number(cell: Any) -> float:
    """To the last digit, as people are compared by all digits; `pandas.to_numeric` is not exact."""
    if isinstance(cell, str) and "_" in cell:  # digits in groups, which Python alone reads so
        return np.nan
    try:
        return float(cell) if isinstance(cell, _NUMBERS) else np.nan
    except (ValueError, OverflowError):
        return np.nan


def _dense(X: Any) -> Array:
    table = _table(X)
    width = max(table.shape[1], 1)
    places = (np.arange(width, dtype=np.uint64) + np.uint64(1)) * _PRIME
    step = max(_AT_ONCE // width, 1)
    made = [np.empty(0, np.uint64)]
    for start in range(0, len(table), step):
        part = table[start : start + step]
        made.append(_mixed(hashed(part).reshape(part.shape), places))
    return np.concatenate(made)


def _sparse(X: Any) -> Array:
    """The same for rows of a sparse matrix, zeros left out wherever they are written."""
    rows = X.tocoo()
    there = rows.data != 0
    at, column, value = (part[there] for part in (rows.row, rows.col, rows.data))
    places = (column.astype(np.uint64) + np.uint64(1)) * _PRIME
    made = np.zeros(X.shape[0], np.uint64)
    np.add.at(made, at, _mixed(hashed(value)[:, None], places[:, None]))
    return made


def _mixed(hashes: Array, places: Array) -> Array:
    """One hash for each row, from those of its cells and where they are."""
    cell = (hashes ^ places) * _PRIME
    cell ^= cell >> np.uint64(29)
    made: Array = (cell * _PRIME).sum(axis=1, dtype=np.uint64)
    return made
