"""twins: rows of one table that stand in another, and how many chance would put there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Twins:
    """Rows that two tables share.

    Attributes:
        rows: positions of the rows that stand in the other table.
        near: positions of those that do not, but would but for one column.
        chance: how many rows chance would make stand in the other table.
        own: how many would if they were as often like the others as those are like each other.
    """

    rows: tuple[int, ...]
    near: tuple[int, ...]
    chance: float
    own: float

    def within(self, limit: int) -> bool | None:
        """Whether no more than `limit` rows are shared beyond chance; None if it is not clear.

        On splits of real tables chance explained 64 to 100 % of what was shared honestly, so twice
        of it is taken as explained. It explains less where all columns go together; then so does
        what the other rows share among each other, but no more than four times: repeated records
        are shared among them, too, and without any chance.
        """
        more = len(self.rows) - limit
        likely = max(self.chance, min(4 * self.chance, self.own))
        most = max(likely, 2 * self.chance)
        if more <= max(likely + 2 * likely**0.5, 0):
            return True
        return False if more > most + 3 * most**0.5 else None


def twins(rows: pd.DataFrame, others: pd.DataFrame) -> Twins:
    """Which of n `rows` stand among m `others`, numbers in single precision, all else equal.

    A row that equals another in all columns but one would equal it in that one, too, as often as
    two rows agree in it. So pairs that differ in one column alone tell how many are equal by
    chance: with a share f of the other rows holding the value, a pair that differs stands for
    f / (1 - f) that do not. What is copied brings no such neighbours with it. Blocks of columns
    that stand side by side are tried as well, as one-hot columns never differ alone; what explains
    most counts, as columns may depend on each other. Cost: three sorts for each column.

    Args:
        rows: n rows of k columns.
        others: m rows of the same columns, by position.
    """
    here, there = _cells(rows, others)
    whole, known = here.sum(axis=1), there.sum(axis=1)  # sums wrap around, as they should
    exact = _counted(whole, known)
    near = np.zeros(len(here), dtype=bool)
    chance = float(len(here)) if here.shape[1] == 1 else 0.0  # nothing stays equal beside it
    for start, end in _blocks(here.shape[1]):
        mine, theirs = here[:, start:end].sum(axis=1), there[:, start:end].sum(axis=1)
        alike = _counted(whole - mine, known - theirs)  # in everything else
        unlike = len(there) - alike  # these tell how common the value is: none of them is a copy
        share = (_counted(mine, theirs) - exact) / np.maximum(unlike, 1)
        share = np.where(unlike > 0, np.minimum(share, 1 - 1e-9), 1 - 1e-9)
        pairs = (alike - exact) * share / (1 - share)
        chance = max(chance, float((1 - np.exp(-pairs)).sum()))
        if end - start == 1:
            near |= (exact == 0) & (alike > 0)
    own = float((_counted(known, known) > 1).mean()) * len(here) if len(known) else 0.0
    found, close = (tuple(map(int, np.flatnonzero(which))) for which in (exact, near))
    return Twins(found, close, chance, own)


def _blocks(columns: int) -> Iterator[tuple[int, int]]:
    """Each column, and blocks of 2, 4, 8, ... up to half of them, overlapping by half."""
    width = 1
    while width <= max(columns // 2, 1) and columns > 1:
        for start in range(0, columns - width + 1, max(width // 2, 1)):
            yield start, start + width
        width *= 2


def _cells(rows: pd.DataFrame, others: pd.DataFrame) -> tuple[Array, Array]:
    """Each cell as a random number of 64 bits, alike for equal values whatever their dtype."""
    generator = np.random.default_rng(0)
    here = np.empty(rows.shape, dtype=np.uint64)
    there = np.empty(others.shape, dtype=np.uint64)
    for column in range(rows.shape[1]):
        both = [_plain(frame.iloc[:, column]) for frame in (rows, others)]
        if both[0].dtype != both[1].dtype:
            both = [values.map(repr) for values in both]
        codes, distinct = pd.factorize(pd.concat(both, ignore_index=True))
        random = generator.integers(0, 2**64, len(distinct) + 1, dtype=np.uint64)
        here[:, column], there[:, column] = random[codes[: len(rows)]], random[codes[len(rows) :]]
    return here, there


def _plain(values: pd.Series[Any]) -> pd.Series[Any]:
    """Numbers and truths as floats of single precision, all else as text; gaps stay gaps."""
    values = values.infer_objects()
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        with np.errstate(over="ignore"):
            single = numbers.astype(np.float32).astype(float)
        # A model often gets its numbers so, and files keep hardly more. Whole ones may be names.
        rounded = np.where(np.isfinite(single) & (numbers != np.round(numbers)), single, numbers)
        return pd.Series(rounded) + 0.0  # -0.0 is 0.0
    return values.map(str).where(values.notna()).astype(object).reset_index(drop=True)


def _counted(wanted: Array, known: Array) -> Array:
    """How often each of `wanted` occurs in `known`."""
    found, times = np.unique(known, return_counts=True)
    if not len(found):
        return np.zeros(len(wanted))
    at = np.minimum(np.searchsorted(found, wanted), len(found) - 1)
    counts: Array = np.where(found[at] == wanted, times[at], 0).astype(float)
    return counts
