"""Columns of a type that pandas cannot tell apart or write back: lists, structs, 128-bit numbers.

Each value is seen as a cell that knows its text, its column and its place there; what is written
back is taken from that column, so that no type is lost on the way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd


class Cell:
    """One value of a column, alike to others of the same text."""

    __slots__ = ("column", "place", "text")

    def __init__(self, column: Any, place: int, text: str) -> None:
        self.column = column
        self.place = place
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cell) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return self.text


def seen(column: Any, values: Iterable[Any]) -> pd.Series[Any]:
    """The values of a column as cells, with None for what is missing."""
    found = [
        None if value is None or value is pd.NA or value != value else  # noqa: PLR0124  (NaN)
        Cell(column, place, repr(value))
        for place, value in enumerate(values)
    ]  # fmt: skip
    return pd.Series(found, dtype=object)


def places(values: Iterable[Any], column: Any) -> tuple[Any, list[int | None]]:
    """The column that cells are of, else the one given, and their places there; None for gaps."""
    found = [cell if isinstance(cell, Cell) else None for cell in values]
    own = next((cell.column for cell in found if cell is not None), column)
    return own, [None if cell is None else cell.place for cell in found]
