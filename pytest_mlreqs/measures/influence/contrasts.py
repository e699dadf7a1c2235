"""contrasts: other values for a column of some rows, all of them observed in all of the data.

Only rows cost calls, so the values are not those of the sampled rows, but of everybody: a group
that few belong to is tried however few rows are scored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, Any]

_NUMBERS = 9  # most distinct numbers that are tried one by one, beyond by range and rank
_CATEGORIES = 16
_MIXED = 7  # mixtures of values, at least
_DRAWS = 640  # values that the mixtures have together, at least: every group of 0.2 % is among them
_MOST = 16  # mixtures, at most


def contrasts(values: pd.Series[Any], where: Array, seed: int = 0) -> list[Array]:
    """Other values for some rows of a column, as positions in it.

    Few numbers or categories: each in turn for all rows, a gap being one, then a mixture. Many
    numbers or times: a mixture, the smallest, the largest, and further mixtures. Many categories:
    mixtures, half of which take each category as often as any other.

    A mixture gives each row a value from elsewhere in the order of all, so that the mixtures
    together are spread evenly over the data. The first that is given is a mixture: it changes most
    rows.

    Args:
        values: the column of all the data, n values of any type.
        where: positions of the m rows that are given other values.
        seed: of the mixtures.

    Returns:
        For each set of values its positions in `values`, shape (m,); none where there is no value.
    """
    if not len(values) or not len(where):
        return []
    known = np.flatnonzero(values.notna().to_numpy())
    gaps = np.flatnonzero(values.isna().to_numpy())
    codes, number = _coded(values.iloc[known])
    firsts = known[np.unique(codes, return_index=True)[1]] if len(codes) else known[:0]
    if gaps.size:
        firsts = np.append(firsts, gaps[0])
    mixed = list(_mixtures(_order(known, gaps, codes), where, seed))
    if len(codes) and len(firsts) - bool(gaps.size) <= (_NUMBERS if number else _CATEGORIES):
        return [mixed[0], *(np.full(len(where), first) for first in firsts)]
    if number and len(codes):
        order = np.argsort(codes, kind="stable")
        ends = [np.full(len(where), known[order[end]]) for end in (0, -1)]
        return [mixed[0], *ends, *mixed[1:]]
    if len(firsts):
        mixed[1::2] = list(_mixtures(firsts, where, seed + 1))[1::2]
    return mixed


def varied(values: pd.Series[Any]) -> bool:
    """Whether there are two different values, a gap being one."""
    try:
        return int(values.nunique(dropna=False)) > 1
    except TypeError:  # lists, sets: values that cannot be told apart by hashing
        return int(values.map(repr).nunique()) > 1


def replaced(X: pd.DataFrame, column: int, values: Any) -> pd.DataFrame:
    """`X` with other values in one column; the others are shared."""
    changed = X.copy(deep=False)  # a deep copy would double them
    # As a Series, so that pandas infers no other dtype; by position, as names may repeat.
    changed.isetitem(column, pd.Series(values, index=X.index, dtype=X.dtypes.iloc[column]))
    return changed


def _coded(known: pd.Series[Any]) -> tuple[Array, bool]:
    """A code for each value, in their order where they have one, and whether they are numbers."""
    number = pd.api.types.is_numeric_dtype(known) or known.dtype.kind in "mM"
    number = number or isinstance(known.dtype, pd.DatetimeTZDtype)
    number = number and not pd.api.types.is_bool_dtype(known) and known.dtype.kind != "c"
    try:
        codes, _ = pd.factorize(known, sort=bool(number))
    except TypeError:  # lists, sets: values that cannot be told apart by hashing
        codes, _ = pd.factorize(known.map(repr))
    return np.asarray(codes), bool(number)


def _order(known: Array, gaps: Array, codes: Array) -> Array:
    """All positions, sorted by value; gaps last."""
    return np.concatenate([known[np.argsort(codes, kind="stable")], gaps]).astype(np.intp)


def _mixtures(order: Array, where: Array, seed: int) -> Iterator[Array]:
    """Positions of values for each row, spread evenly over `order` by all mixtures together.

    The k-th of K mixtures has one value of each m-th part of the order, a K-th of that part further
    on than the one before. Ordered by value, each row gets one from far away.
    """
    generator = np.random.default_rng(seed)
    rows = len(where)
    mixtures = int(np.clip(-(-_DRAWS // rows), _MIXED, _MOST))
    places = np.full(max(order.max(), where.max()) + 1, len(order))
    places[order] = np.arange(len(order))
    ranks = np.argsort(np.argsort(places[where], kind="stable"), kind="stable")
    for shift in generator.permutation(mixtures):
        parts = (np.arange(rows) + (shift + 0.5) / mixtures) * len(order) / rows
        turn = int(generator.integers(-(-rows // 4), rows - rows // 4 + 1))
        yield order[parts.astype(np.intp)][(ranks + turn) % rows]
