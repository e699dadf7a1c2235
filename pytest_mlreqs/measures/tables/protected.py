"""protected: attributes that are handed over beside the inputs, brought together with them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pytest_mlreqs.core.measurement import Undecided
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
    X: pd.DataFrame,
    table: object,
    attributes: Sequence[str],
    legitimate: Collection[str],
    key: str | None,
) -> Protected:
    """Match the rows of `X` and `table` and find the columns.

    Args:
        X: the inputs of a model.
        table: a frame, or a series where it is one attribute.
        attributes: columns of the table, by name or glob.
        legitimate: columns of X, by name or glob.
        key: a column of both.

    Raises:
        Undecided: that cannot be done.
    """
    if isinstance(table, pd.Series):
        table = table.to_frame(table.name if table.name is not None else attributes[0])
    if not isinstance(table, pd.DataFrame):
        kind = type(table).__name__
        raise Undecided(
            f"protected is a {kind}, whose columns have no names; give a pandas DataFrame"
        )
    columns = {wanted: matching(wanted, table.columns) for wanted in attributes}
    names = [str(name) for name in X.columns]
    own = [[at for at, name in enumerate(names) if name == str(of)] for of in table.columns]
    inputs = [at for at, name in enumerate(names) if name != key]
    barred = {at for found in columns.values() for column in found for at in own[column]}
    given: set[int] = set()
    for wanted in legitimate:
        found = matching(wanted, X.columns)
        if not found:
            raise Undecided(f"{missing(wanted, X.columns)} (declared legitimate)")
        given |= set(found) & set(inputs) - barred
    pairs = matched(X, table, key)
    return Protected(table, pairs, columns, own, inputs, sorted(given))
