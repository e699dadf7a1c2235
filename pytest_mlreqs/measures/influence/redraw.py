"""redraw: which columns decide the score of a row?

One column of a row is given other values of that column while everything else stays; the mean
absolute change of the score is its effect on that row. The columns of the largest effect are the
reasons of the row (the idea of Strumbelj and Kononenko 2010, one column at a time). Nothing is
fitted, so a column that the model does not read has an effect of exactly 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.measures.influence.influence import positions
from pytest_mlreqs.models.comparing import apart, size
from pytest_mlreqs.models.copies import Copies

Array = np.ndarray[Any, Any]
Score = Callable[[pd.DataFrame], Array]

_BATCH = 50_000  # rows of one call
_POOL = 10_000  # observed values that the redraws are spread over
_SMALL = 0.1  # noise below a tenth of the row's largest effect hides no main reason
_HUGE = 1e300
_FEWEST = 4  # redraws that take a row to the other half of the values, and so show in its score
_NOTHING = 1e-6  # noise below this part of the largest score hides nothing


@dataclass(frozen=True, slots=True)
class Standing:
    """How one watched column stands among the reasons of each row; arrays of shape (n,).

    Attributes:
        column: its position.
        effect: mean absolute change of the score over the redraws, in units of the score.
        ranked: it is among the reasons by the effects as they were measured.
        certain: it is, however the errors of the effects may lie.
        possible: it may be.
        why: why nothing can be said, or empty.
    """

    column: int
    effect: Array
    ranked: Array
    certain: Array
    possible: Array
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reasons:
    """The standing of the watched columns, and what it took.

    Attributes:
        standings: one for each watched column, in the order given.
        draws: values that each column was given in each row.
        calls: how many times the model was called.
        tolerance: effects up to this are none in rows that do not repeat exactly: three times what
            repeated calls move.
        refused: how many columns the model could not be asked about.
    """

    standings: tuple[Standing, ...]
    draws: int
    calls: int
    tolerance: float
    refused: int


@dataclass(frozen=True, slots=True)
class _Effects:
    """Mean change and half the width of its error, each of shape (n,)."""

    mean: Array
    error: Array


def reasons(
    score: Score,
    X: pd.DataFrame,
    where: Array,
    watched: Sequence[int],
    *,
    top: int,
    redraws: int,
    copies: Copies | None = None,
) -> Reasons:
    """Whether each watched column is among the `top` columns of the largest effect, row by row.

    An effect comes from finitely many values and, with some models, from noisy scores; a row in
    which the order of two effects is within these errors is `possible` but not `certain`.

    Args:
        score: the model's score: n rows give shape (n,) or (n, k); raises `Fault`.
        X: the data that values are taken from; never changed.
        where: positions of the n rows to explain.
        watched: positions of the columns that are asked about.
        top: how many reasons a row has.
        redraws: how many values a column is given in each row, at most.
        copies: how calls are kept from remembering each other; made one after the other without.
    """
    asked = _Asked(score, X, where, redraws, copies or Copies(forks=False))
    known: dict[int, _Effects] = {}
    refused: dict[int, str] = {}

    def ask(column: int) -> None:
        try:
            known[column] = asked.effects(column)
        except Fault as fault:
            refused[column] = str(fault)

    for column in watched:
        ask(column)
    read = any(
        (known[column].mean > asked.tolerance).any() for column in watched if column in known
    )
    if read or asked.tolerance.any():  # a column of no effect is no reason, whatever the others do
        for column in range(X.shape[1]):
            if column not in known and column not in refused:
                ask(column)
    return Reasons(
        standings=tuple(_standing(column, known, refused, asked, top) for column in watched),
        draws=asked.draws,
        calls=asked.calls,
        tolerance=float(asked.tolerance.max(initial=0)),
        refused=len(refused),
    )


def spread(values: pd.Series[Any], draws: int) -> Array:
    """Positions of `draws` values that lie evenly in the order of all: every n-th part has one.

    Such a systematic sample estimates a mean far better than as many random draws, and gives the
    same values for every row. What has no order is sorted by how it is written, and gaps are
    values like any other.
    """
    order = np.argsort(ordered(values), kind="stable")
    taken: Array = order[((np.arange(draws) + 0.5) * len(order) / draws).astype(np.intp)]
    return taken


def ordered(values: pd.Series[Any]) -> Array:
    """Keys by which any column can be sorted, shape (n,): floats for numbers, else text."""
    if values.dtype.kind in "biuf":
        return values.to_numpy(dtype=float, na_value=np.nan)
    return np.array([repr(value) for value in values], dtype=str)


def upper_half(values: pd.Series[Any], redraws: int) -> Callable[[pd.Series[Any]], Array] | None:
    """Whether values of a column are in the upper half of those observed, shape (n,).

    None where next to all rows share a value, so that redraws would hardly give another one.
    """
    keys = ordered(values)
    known = np.sort(keys[~pd.isna(keys)])
    ends = np.unique(known)[:-1]
    if not len(ends):
        return None
    above = (len(known) - np.searchsorted(known, ends, side="right")) / len(keys)
    at = int(np.argmin(np.abs(above - 0.5)))
    if min(above[at], 1 - above[at]) * min(redraws, len(keys)) < _FEWEST:
        return None
    return lambda others: ordered(others) > ends[at]


class _Asked:
    """A model that is asked about many redraws of the same rows, in the same batches."""

    def __init__(
        self, score: Score, X: pd.DataFrame, where: Array, redraws: int, copies: Copies
    ) -> None:
        self._score = score
        self._copies = copies
        self._rows = X.iloc[where]
        self._pool = X.iloc[positions(len(X), _POOL, seed=1)]
        self.draws = min(redraws, len(self._pool))
        self.calls = 0
        self._baseline = list(self._scores())
        repeats = [self._baseline, list(self._scores()), list(self._scores())]
        pairs = [(a, b) for at, a in enumerate(repeats) for b in repeats[:at]]
        noise: Array = np.max([self._changes(a, b).mean(axis=0) for a, b in pairs], axis=0)
        # Rows that repeat exactly, as often as they have draws, have none; of the others three
        # repeats tell too little to set one above another.
        self.noise: Array = np.where(noise > 0, noise.max(), 0.0)
        self.tolerance = 3 * self.noise
        self.largest_score = max(size(scores) for scores in self._baseline)

    def effects(self, column: int) -> _Effects:
        """The effect of a column on each row.

        Its error: n values in the middle of n equal parts of the observed ones give the mean of a
        change that rises or falls with the value up to its range divided by 2 n.
        """
        changes = self._changes(self._scores(column), self._baseline)
        width = changes.max(axis=0) - changes.min(axis=0)
        return _Effects(changes.mean(axis=0), width / (2 * self.draws) + self.noise)

    def again(self, column: int) -> Array:
        """The effect once more, against a fresh baseline: what a rare flip moved stays behind."""
        baseline = list(self._scores())
        mean: Array = self._changes(self._scores(column), baseline).mean(axis=0)
        return mean

    def _changes(self, these: Any, those: list[Array]) -> Array:
        """Absolute changes of the score, shape (draws, n)."""
        parts = [apart(a, b) for a, b in zip(these, those, strict=True)]
        changes = np.concatenate(parts).reshape(self.draws, len(self._rows))
        limited: Array = np.minimum(changes, _HUGE)  # so that means and ranges are numbers
        return limited

    def _scores(self, column: int | None = None) -> Iterator[Array]:
        """Scores of all rows for the first drawn value of the column, then the second, ..."""
        n = len(self._rows)
        batches = [
            np.arange(start, min(start + _BATCH, n * self.draws))
            for start in range(0, n * self.draws, _BATCH)
        ]
        for flat in batches:
            batch = self._rows.iloc[flat % n]
            if column is not None:
                values = self._pool.iloc[:, column]
                given = values.array.take(spread(values, self.draws)[flat // n])
                batch = batch.copy()
                batch.isetitem(column, given)  # by position: names may repeat
            self.calls += 1
            yield self._copies.run(lambda: self._score(batch))  # noqa: B023


def _standing(
    column: int,
    known: dict[int, _Effects],
    refused: dict[int, str],
    asked: _Asked,
    top: int,
) -> Standing:
    if column in refused:
        nothing = np.zeros(0)
        return Standing(column, nothing, nothing, nothing, nothing, refused[column])
    own = known[column]
    read = own.mean > asked.tolerance
    if read.any():
        read &= asked.again(column) > asked.tolerance
    others = [known[other] for other in known if other != column]
    higher, may_be_higher, surely_higher = (np.zeros(len(own.mean), dtype=int) for _ in range(3))
    largest = own.mean.copy()
    for other in others:
        higher += other.mean >= own.mean  # a tie is no reason
        may_be_higher += other.mean + other.error >= own.mean - own.error
        surely_higher += other.mean - other.error >= own.mean + own.error
        largest = np.maximum(largest, other.mean)
    may_be_higher += len(refused)
    # Noise that is not small beside the row's main reason may hide another that is not either.
    loud = (asked.tolerance > _SMALL * largest) & (asked.tolerance > _NOTHING * asked.largest_score)
    return Standing(
        column=column,
        effect=own.mean,
        ranked=read & (higher < top),
        certain=read & (may_be_higher < top),
        possible=(read | loud) & (surely_higher < top),
    )
