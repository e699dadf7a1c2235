"""matching: which row of one table belongs to which row of another?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.core.measurement import Undecided, counted

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Matched:
    """Rows of two tables that belong together.

    Attributes:
        left: positions of rows in the first table.
        right: shape as `left`; positions of their partners in the second table.
        how: by what they were matched.
        alone: how many rows of the first table have no partner.
    """

    left: Array
    right: Array
    how: str = ""
    alone: int = 0

    def left_out(self) -> tuple[str, ...]:
        """How the rows were matched and which were not, in words."""
        return (self.how, *([f"{self.alone:,} rows of X without a partner"] if self.alone else []))


def matched(left: pd.DataFrame, right: pd.DataFrame, key: str | None) -> Matched:
    """By a key column, else by an index that both tables share, else by position.

    By position only where the lengths are equal and the indexes do not contradict it. Without a
    key that is all that can be known; wrong pairs would dilute every association.

    Raises:
        Undecided: nothing tells which rows belong together.
    """
    if key is not None:
        return _by_key(left, right, key)
    own = [_labelled(table.index) for table in (left, right)]
    if all(own):
        found = right.index.get_indexer(left.index)
        if (found >= 0).all():
            return Matched(np.arange(len(left)), found, "matched by index")
        raise Undecided(
            f"{(found < 0).sum():,} of the {len(left):,} index values of X are not in that of "
            "protected; declare `key`, a column of both"
        )
    if len(left) == len(right):
        return Matched(np.arange(len(left)), np.arange(len(left)), "matched by position")
    raise Undecided(
        f"X has {counted(len(left), 'row')} and protected {len(right):,}; declare `key`, a column "
        "of both, or give both the same unique index"
    )


def _by_key(left: pd.DataFrame, right: pd.DataFrame, key: str) -> Matched:
    columns = []
    for name, table in (("X", left), ("protected", right)):
        at = [place for place, column in enumerate(table.columns) if str(column) == key]
        if len(at) != 1:
            raise Undecided(f"{name} has {len(at) or 'no'} columns called {key!r}")
        columns.append(table.iloc[:, at[0]])
    wanted, known = columns
    where = np.flatnonzero(known.notna())
    index = pd.Index(known.iloc[where])
    twice = int(index.duplicated().sum())
    if twice:
        raise Undecided(f"{counted(twice, 'row')} of protected repeat a value of the key {key!r}")
    found = index.get_indexer(pd.Index(wanted))
    there = np.flatnonzero((found >= 0) & wanted.notna().to_numpy())
    if 2 * len(there) <= len(left):
        types = f" ({wanted.dtype} there, {known.dtype} here)"
        raise Undecided(
            f"only {len(there):,} of {len(left):,} rows of X have a value of {key!r} that is also "
            "in protected" + (types if wanted.dtype != known.dtype else "")
        )
    return Matched(there, where[found[there]], f"matched by {key!r}", len(left) - len(there))


def _labelled(index: pd.Index[Any]) -> bool:
    """Whether an index names its rows, rather than counting them."""
    return bool(index.is_unique) and not index.equals(pd.RangeIndex(len(index)))
