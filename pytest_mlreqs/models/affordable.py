"""affordable: how many rows there is time to score again and again, by timing a few of them."""

from __future__ import annotations

import contextlib
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_mlreqs.core import time_left
from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.models.copies import Copies
from pytest_mlreqs.models.cost import Cost
from pytest_mlreqs.models.scoring import Scorer

if TYPE_CHECKING:
    import pandas as pd

_FEW = 2  # rows whose scoring is timed first
_TRYING = 0.25  # of the time that is left may go into that
_AGAIN = 2  # times that as many rows are timed once more where their cost is no line
_JUMP = 1.5  # times what a call was to take: then its cost has made a step that was not tried
_BATCHES = 3  # of one size that are timed before there are to be fewer rows
_SLOW_START_S = 0.1  # a first call that takes longer, and the next one not, builds something


@dataclass(frozen=True, slots=True)
class Work:
    """An output that is to be scored again and again.

    Attributes:
        scorer: the output.
        X: n rows.
        copies: how calls are kept from remembering each other.
        scorings: how many times it will be asked for.
        least: the fewest rows that are worth it where there is no time for all; None: all of them.
    """

    scorer: Scorer
    X: pd.DataFrame
    copies: Copies
    scorings: int
    least: int | None

    def warm_up(self, where: np.ndarray[Any, Any]) -> None:
        """Let a first call that builds something be over, as each copy would make it again.

        With a single row: what a model remembers of that call hides no more than this row.
        """
        if not self.copies.forks or not len(where):
            return
        row = rows_at(self.X, where[:1])
        with contextlib.suppress(Fault):  # one that refuses a row alone is asked with more of them
            first, next_ = self.copies.run(lambda: [_seconds(self.scorer, row) for _ in range(2)])
            if first > _SLOW_START_S and first > 3 * next_:
                self.scorer(row)

    def affordable(self, where: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], Cost]:
        """The positions, or as many of them as there is time for, by what a few rows take.

        More and more rows are timed until three sizes show that it is the rows that cost, or until
        all of them would fit even if their cost grew with their square. A first call may load
        something, any may have to wait for a core, and each has a cost of its own.
        """
        begin, left = time.monotonic(), time_left.left_s()
        cost, count, again, every = Cost(), _FEW, 0, len(where)
        while count < every and left < math.inf:
            try:
                cost.add(count, self._timed(_spread(np.roll(where, again), count)))
            except Fault:  # of the number of rows, maybe; who scores them all will see
                break
            whole_s = self.scorings * cost.line(every)
            if time_left.fits(whole_s):
                if time_left.fits(self.scorings * cost.worst(every)):
                    break
                count, again = cost.farther(), 0
                if not time_left.fits(whole_s + cost.line(count)):  # it would take their time
                    break
                continue
            room = _TRYING * left - (time.monotonic() - begin)
            dear = cost.of_rows and not time_left.fits(self.scorings * cost.took)
            if not again and (cost.sizes == 1 or cost.took < time_left.left_s() / 2):
                again = 1
            elif not (cost.straight or dear or cost.next() >= every or cost.next_s() >= room):
                count = cost.next()
            elif again < _AGAIN and cost.took < room and cost.grows(every):
                again += 1
            else:
                return _spread(where, self._fewer(cost, every)), cost
        return where, cost

    def kept(self, where: np.ndarray[Any, Any], cost: Cost) -> np.ndarray[Any, Any]:
        """The positions, once their rows are scored; no more than were tried if the cost jumps.

        Raises:
            Fault: the model raises on them, or breaks its contract.
            Undecided: there is no time for that.
        """
        rows, left = rows_at(self.X, where), time_left.left_s()
        took = self.copies.run(partial(_seconds, self.scorer.probed, rows))
        tried, every = cost.count, len(where)
        as_planned = not tried or took < _JUMP * cost.line(every)
        if as_planned or time_left.fits(self.scorings * took):
            return where
        if took < _TRYING * left:
            took = min(took, self._timed(where))  # it may have waited

        def seconds(count: int) -> float:
            if every <= tried or cost.straight:
                return took * count / every
            return took if count > tried else cost.seconds(count)

        return _spread(where, self._fitting(every, seconds))

    def in_time(self, where: np.ndarray[Any, Any], size: int) -> np.ndarray[Any, Any]:
        """The positions, or as many as there is time for in batches of that size.

        Up to three batches are timed before there are to be fewer rows, as any may have to wait.
        """
        begin, left = time.monotonic(), time_left.left_s()
        if left == math.inf:
            return where
        took: list[float] = []
        while len(took) < _BATCHES:
            took.append(self._timed(repeated(np.roll(where, -len(took) * size)[:size], size)))
            row_s = statistics.median(took) / size
            if time_left.fits(self.scorings * row_s * len(where)):
                return where
            if time.monotonic() - begin + took[-1] > _TRYING * left:
                break
        return _spread(where, self._fitting(len(where), lambda count: row_s * count))

    def _fewer(self, cost: Cost, every: int) -> int:
        """How many of the rows fit into the time, by what some of them cost.

        Where the calls alone cost more than there is time for, fewer rows are no help. There may
        have to be fewer calls than are planned: then rows are given their share of the cost.
        """
        if self.least is None or time_left.fits(self.scorings * cost.seconds(self.least)):
            return self._fitting(every, cost.seconds)
        return self._fitting(every, lambda count: cost.share(count, every))

    def _timed(self, where: np.ndarray[Any, Any]) -> float:
        """How long rows take to score in a copy."""
        return self.copies.run(partial(_seconds, self.scorer, rows_at(self.X, where)))

    def _fitting(self, wanted: int, seconds: Callable[[int], float]) -> int:
        """How many of the wanted rows fit into the time, by what one scoring of some takes."""
        least = None if self.least is None else min(self.least, wanted)
        return time_left.fitting(
            wanted, lambda count: self.scorings * seconds(count), "rows", least=least
        )


def _seconds(score: Callable[[pd.DataFrame], Any], rows: pd.DataFrame) -> float:
    """How long the rows take to score."""
    before = time.monotonic()
    score(rows)
    return time.monotonic() - before


def _spread(positions: np.ndarray[Any, Any], count: int) -> np.ndarray[Any, Any]:
    """Some of the positions, all over them."""
    chosen: np.ndarray[Any, Any] = np.linspace(0, len(positions) - 1, count).round().astype(int)
    return np.asarray(positions[chosen])


def repeated(positions: np.ndarray[Any, Any], size: int) -> np.ndarray[Any, Any]:
    """As many positions as `size`, the given ones again and again."""
    return np.resize(positions, size)


def rows_at(X: pd.DataFrame, where: Any) -> pd.DataFrame:
    """Some rows as a frame of their own: pandas 2 warns a model that writes into a selection."""
    rows: pd.DataFrame = X.iloc[where]
    return rows.copy(deep=False)
