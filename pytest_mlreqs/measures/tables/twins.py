"""twins: rows of one table that stand in another, and how many chance would put there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.measures.tables.cells import cells

Array = np.ndarray[Any, Any]

_COPIES = 6  # of a record that are told from chance


@dataclass(frozen=True, slots=True)
class Twins:
    """Rows that two tables share.

    Attributes:
        rows: positions of the rows that stand in the other table.
        near: positions of those that do not, but would but for one column.
        chance: how many rows chance would make stand in the other table.
        own: how many would if they were as often like the others as those are like each other.
        doubtful: how many chance may have made, or records that were there several times.
    """

    rows: tuple[int, ...]
    near: tuple[int, ...]
    chance: float
    own: float
    doubtful: float = 0.0

    def within(self, limit: int) -> bool | None:
        """Whether no more than `limit` rows are shared beyond chance; None if it is not clear.

        On splits of real tables chance explained 64 to 100 % of what was shared honestly, so twice
        of it is taken as explained. It explains less where all columns go together; then so does
        what the other rows share among each other, but no more than four times: repeated records
        are shared among them, too, and without any chance.
        """
        more = len(self.rows) - limit
        likely = max(self.chance, min(4 * self.chance, self.own))
        most = max(likely, 2 * max(self.chance, self.doubtful))
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
    here, there = cells(rows, others)
    whole, known = here.sum(axis=1), there.sum(axis=1)  # sums wrap around, as they should
    exact = _counted(whole, known)
    near = np.zeros(len(here), dtype=bool)
    own = float((_counted(known, known) > 1).mean()) * len(here) if len(known) else 0.0
    if here.shape[1] == 1:  # nothing stays equal beside it
        found = tuple(map(int, np.flatnonzero(exact)))
        frequent, all_ = (share * len(here) for share in _of_one_column(known))
        return Twins(found, (), frequent, all_, all_)
    chance = 0.0
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
    found, close = (tuple(map(int, np.flatnonzero(which))) for which in (exact, near))
    return Twins(found, close, chance, own)


def _of_one_column(known: Array) -> tuple[float, float]:
    """Which share of new rows chance makes equal to one of these: surely, and perhaps.

    A value that n rows of m hold once more is held by as many new ones (Good and Turing). Values of
    three rows and more are frequent; those of two may be records that are there twice. If all are
    drawn by chance, of whatever population, with N(j) values that j rows hold, the numbers j! N(j)
    are log-convex (mixed Poisson, by Cauchy and Schwarz): pairs without the triples that belong to
    them are records, and so on.

    Args:
        known: m values.
    """
    rows = np.unique(known, return_counts=True)[1]
    held = np.bincount(rows, minlength=2)
    held = np.append(held, np.zeros(max(_COPIES + 2 - len(held), 0), dtype=int))
    records = [by for by in range(2, _COPIES) if _records(held[by - 1 : by + 2], by)]
    copies = max(records, default=2)
    frequent = float(rows[rows > copies].sum()) / max(len(known), 1)
    if records:  # what is there so often are records
        return frequent, frequent
    return frequent, float(rows[rows > 1].sum()) / max(len(known), 1)


def _records(held: Array, copies: int) -> bool:
    """Whether fewer values are held by `copies` + 1 rows than chance would have made.

    Args:
        held: how many values are held by `copies` - 1, `copies` and `copies` + 1 rows.
        copies: rows that hold a value.
    """
    fewer, these, more = map(float, np.maximum(held, 1))
    wanted = copies / (copies + 1) * these**2 / fewer
    error = (more + wanted**2 * (4 / these + 1 / fewer)) ** 0.5  # as of Poisson numbers
    return bool(wanted - more > 4 * error)


def _blocks(columns: int) -> Iterator[tuple[int, int]]:
    """Each column, and blocks of 2, 4, 8, ... up to half of them, overlapping by half."""
    width = 1
    while width <= max(columns // 2, 1) and columns > 1:
        for start in range(0, columns - width + 1, max(width // 2, 1)):
            yield start, start + width
        width *= 2


def _counted(wanted: Array, known: Array) -> Array:
    """How often each of `wanted` occurs in `known`."""
    found, times = np.unique(known, return_counts=True)
    if not len(found):
        return np.zeros(len(wanted))
    at = np.minimum(np.searchsorted(found, wanted), len(found) - 1)
    counts: Array = np.where(found[at] == wanted, times[at], 0).astype(float)
    return counts
