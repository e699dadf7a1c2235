"""frames: rows of any sort, seen as a pandas frame, and written back as what the model knows.

Measuring and perturbing is done on pandas. A model is given what it is used to: a Polars frame or
an Arrow table of the same schema, an array of the same dtype. No library is imported for a frame
that is not of it.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_MODULES = {
    ("pandas", "DataFrame"): "pandas",
    ("numpy", "ndarray"): "numpy",
    ("polars", "DataFrame"): "polars",
    ("pyarrow", "Table"): "arrow",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """Rows as a pandas frame.

    Attributes:
        frame: n rows, each column with its name; numbers, dates and categories keep their kind.
        back: writes such a frame, or some rows or columns of it in any order, as what X was.
        named: whether the columns have names; else they are called by their positions.
    """

    frame: pd.DataFrame
    back: Callable[[pd.DataFrame], Any]
    named: bool = True


def opened(X: Any, names: Callable[[], tuple[str, ...] | None] = lambda: None) -> Opened | None:
    """`X` as a pandas frame, and the way back; None for what has no columns.

    Args:
        X: a pandas or Polars DataFrame, an Arrow Table, or an array of two dimensions.
        names: those of the columns of an array, if there are as many; see `family.opened_for`.
    """
    reader = _reader(X)
    if reader is None:
        return None
    seen: Opened | None = reader.opened(X, names)
    return seen


def with_levels(rows: Opened, wanted: Callable[[str], bool]) -> Opened:
    """The same with some levels of the rows' index as further columns, which go back into it.

    Args:
        rows: a pandas frame, or what has no index of its own.
        wanted: whether a level of that name is to be a column.
    """
    frame = rows.frame
    levels = [
        name for name in frame.index.names
        if name is not None and name not in frame.columns and wanted(str(name))
    ]  # fmt: skip
    if not levels or frame.columns.nlevels > 1:
        return rows
    places = {str(name): list(frame.index.names).index(name) for name in levels}
    wider = frame.assign(**{name: frame.index.get_level_values(at) for name, at in places.items()})

    def back(changed: pd.DataFrame) -> Any:
        import pandas as pd

        there = [name for name in places if name in changed]
        own = changed.drop(columns=there)
        arrays = [
            pd.Index(changed[str(name)], name=name) if str(name) in there
            else changed.index.get_level_values(at)
            for at, name in enumerate(changed.index.names)
            if name not in levels or str(name) in there
        ]  # fmt: skip
        own.index = pd.RangeIndex(len(own)) if not arrays else arrays[0]
        if len(arrays) > 1:
            own.index = pd.MultiIndex.from_arrays(arrays)
        return rows.back(own)

    return Opened(wider, back, rows.named)


def columns(X: Any) -> tuple[str, ...] | None:
    """The names of the columns that `X` itself has, or None."""
    names = X.column_names if hasattr(X, "column_names") else getattr(X, "columns", None)
    return None if names is None else tuple(map(str, names))


def take(X: Any, positions: Sequence[int]) -> Any:
    """Some rows of a frame, a table, an array or a list, as its kind."""
    if hasattr(X, "iloc"):
        return X.iloc[positions]
    if hasattr(X, "column_names"):  # an Arrow table
        return X.take(positions)
    if hasattr(X, "shape"):
        return X[positions]
    return [X[position] for position in positions]


def batches(X: Any, rows: int) -> Iterator[tuple[int, Any]]:
    """Batches of `rows` rows, drawn with a fixed seed, without end; no row twice in a round.

    Each comes with the position of its first row, and is made anew when it is asked for.
    """
    for positions in draws(len(X), rows):
        yield positions[0], take(X, positions)


def draws(length: int, rows: int) -> Iterator[list[int]]:
    """Positions of `rows` rows among all of them, as `batches` draws them."""
    generator = random.Random(0)  # noqa: S311  (the order of rows is no secret)
    drawn = min(length // rows, 1_000) * rows  # to shuffle ten million rows would take seconds
    while drawn:
        order = generator.sample(range(length), drawn)
        for start in range(0, drawn, rows):
            yield order[start : start + rows]


def _reader(X: Any) -> Any:
    for cls in type(X).__mro__:
        module = _MODULES.get((cls.__module__.partition(".")[0], cls.__name__))
        if module is not None:
            return importlib.import_module(f"{__name__}.{module}")
    return None
