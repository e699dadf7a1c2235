"""protected: attributes that are handed over beside the inputs, brought together with them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pytest_mlreqs.measures.tables.matching import Matched, matched
from pytest_mlreqs.measures.tables.naming import matching, missing


@dataclass(frozen=True, slots=True)
class Protected:
    """What was found of what is wanted.

    Attributes:
        table: the attributes.
        pairs: which rows of the inputs and the table belong together.
        columns: for each wanted attribute the positions of its columns in the table.
        own: for each column of the table the positions of those of X that are called like it.
        inputs: positions of the columns of X other than the key.
        given: those among the inputs that may explain an attribute, and are none.
    """

    table: pd.DataFrame
    pairs: Matched
    columns: dict[str, list[int]]
    own: list[list[int]]
    inputs: list[int]
    given: list[int]

    def values(self, rows: Any, column: int) -> pd.Series[Any]:
        """One attribute, of the given pairs of rows."""
        found: pd.Series[Any] = self.table.iloc[self.pairs.right[rows], column]
        return found


def protected(
    X: object,
    table: object,
    attributes: Sequence[str],
    legitimate: Collection[str],
    key: str | None,
) -> Protected | str:
    """Match the rows of `X` and `table` and find the columns, or say why that cannot be done.

    Args:
        X: the inputs of a model.
        table: a frame, or a series where it is one attribute.
        attributes: columns of the table, by name or glob.
        legitimate: columns of X, by name or glob.
        key: a column of both.
    """
    if isinstance(table, pd.Series):
        table = table.to_frame(table.name if table.name is not None else attributes[0])
    if not isinstance(X, pd.DataFrame):
        return _no_frame("X", X)
    if not isinstance(table, pd.DataFrame):
        return _no_frame("protected", table)
    columns = {wanted: matching(wanted, table.columns) for wanted in attributes}
    names = [str(name) for name in X.columns]
    own = [[at for at, name in enumerate(names) if name == str(of)] for of in table.columns]
    inputs = [at for at, name in enumerate(names) if name != key]
    barred = {at for found in columns.values() for column in found for at in own[column]}
    given: set[int] = set()
    for wanted in legitimate:
        found = matching(wanted, X.columns)
        if not found:
            return f"{missing(wanted, X.columns)} (declared legitimate)"
        given |= set(found) & set(inputs) - barred
    pairs = matched(X, table, key)
    if pairs.why or not len(pairs.left):
        return pairs.why or "X has no rows"
    return Protected(table, pairs, columns, own, inputs, sorted(given))


def _no_frame(what: str, given: object) -> str:
    kind = type(given).__name__
    return f"{what} is a {kind}, whose columns have no names; give a pandas DataFrame"
