"""batching: how many rows a model takes in one call, found out by trying.

Some models were exported for one batch size and raise on any other.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_mlreqs import time_left
from pytest_mlreqs.measurement import Fault
from pytest_mlreqs.models.copies import Copies
from pytest_mlreqs.models.scoring import Scorer

if TYPE_CHECKING:
    import pandas as pd

_CALLS = 200  # so many of them are worth it for one score of all rows
_FEW, _MORE = 2, 4  # rows whose scoring is timed first, and times as many the next time
_TRYING = 0.25  # of the time that is left may go into that
_MOSTLY = 0.7  # of the time of a call: then it is the rows that cost it
_SLOW_START_S = 0.1  # a first call that takes longer, and the next one not, builds something
_HICCUP_S = 0.05  # that a call may have to wait for a core: what is shorter tells no cost of rows
_DOUBTS = 2  # times that rows are timed once more before there are to be fewer of them
_SIZES = (1, *(2**power for power in range(1, 11)))  # those that models are exported for
_Score = Callable[["pd.DataFrame"], np.ndarray[Any, Any]]
Answers = tuple[np.ndarray[Any, Any], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows that the model scores, and how it likes them.

    Attributes:
        rows: m rows of the user's data.
        where: their positions in it, shape (m,).
        every: all rows of the user's data.
        names: of the outputs that the model gives, the most continuous first.
        answers: the outputs for m rows, each of shape (m,) or (m, k).
        baseline: those of `rows`.
        copies: how calls are kept from remembering each other.
        note: how the rows are handed over, where that is not all at once; else empty.
    """

    rows: pd.DataFrame
    where: np.ndarray[Any, Any]
    every: pd.DataFrame
    names: tuple[str, ...]
    answers: Callable[[pd.DataFrame], Answers]
    baseline: Answers
    copies: Copies
    note: str = ""


def sample(
    scorers: Sequence[Scorer],
    X: pd.DataFrame,
    where: np.ndarray[Any, Any],
    copies: Copies,
    *,
    scorings: int = 1,
    least: int | None = None,
) -> Sample:
    """Score some rows of `X`: in one call, else all of `X`, else in batches of a fixed size.

    Outputs that raise are left out, as long as one is left.

    Args:
        scorers: the outputs that the model offers.
        X: n rows.
        where: positions of the wanted rows.
        copies: how calls are kept from remembering each other.
        scorings: how many times each output of these rows will be asked for.
        least: the fewest rows that are worth it where there is no time for all; None: all of them.

    Raises:
        Fault: the model raises either way, or breaks its contract; told of the first call.
        Undecided: there is no time for that.
    """
    scorings *= len(scorers)
    first: Fault | None = None
    for at, scorer in enumerate(scorers):
        try:
            sized = _sized(scorer, X, where, copies, scorings, least)
        except Fault as fault:
            if fault.__cause__ is None:  # it answered, and wrongly
                raise
            first = first or fault
            continue
        return _whole(sized, [scorer, *scorers[at + 1 :]], X, copies)
    assert first is not None  # there is one scorer at least
    raise first from first.__cause__


@dataclass(frozen=True, slots=True)
class _Sized:
    """The rows that a model takes, and how many of them in a call if that matters."""

    rows: pd.DataFrame
    where: np.ndarray[Any, Any]
    size: int = 0
    note: str = ""


def _whole(sized: _Sized, scorers: Sequence[Scorer], X: pd.DataFrame, copies: Copies) -> Sample:
    """The sample with the first output and all others that can be had."""
    scores = {one.name: _batched(one, sized.size) if sized.size else one for one in scorers}

    def answered() -> list[np.ndarray[Any, Any] | None]:
        answers: list[np.ndarray[Any, Any] | None] = []
        for score in scores.values():
            try:
                answers.append(score(sized.rows))
            except Fault:
                if not answers:
                    raise
                answers.append(None)
        return answers

    given = {
        name: answer
        for name, answer in zip(scores, copies.run(answered), strict=True)
        if answer is not None
    }
    return Sample(
        rows=sized.rows,
        where=sized.where,
        every=X,
        names=tuple(given),
        answers=lambda frame: tuple(scores[name](frame) for name in given),
        baseline=tuple(given.values()),
        copies=copies,
        note=sized.note,
    )


def _sized(
    scorer: Scorer,
    X: pd.DataFrame,
    where: np.ndarray[Any, Any],
    copies: Copies,
    scorings: int,
    least: int | None,
) -> _Sized:
    wanted = len(where)
    _warm_up(scorer, X, where, copies)
    where = _affordable(scorer, X, where, copies, scorings, least)
    few = "" if len(where) == wanted else "as many as there is time for"
    try:
        rows = _rows(X, where)
        copies.run(lambda: scorer.probed(rows))
        return _Sized(rows, where, note=few)
    except Fault as fault:
        if fault.__cause__ is None:  # it answered, and wrongly
            raise
        first = fault
    if len(where) < len(X):
        try:
            rows, note = X.copy(), f"all {len(X)} rows in a call"
            copies.run(lambda: scorer.probed(rows))
            return _Sized(rows, np.arange(len(X)), note=note)
        except Fault:
            pass
    for size in _SIZES:
        try:
            copies.run(lambda: scorer.probed(_rows(X, _full(where[:size], size))))  # noqa: B023
        except Fault:
            continue
        where = _in_time(scorer, X, where[: size * _CALLS], size, copies, scorings, least)
        rows = _rows(X, where)
        score = _batched(scorer, size)
        note = f"{size} rows per call, as it takes no other number of them"
        note = "one row per call, as it takes no more" if size == 1 else note
        try:
            copies.run(lambda: score(rows))  # noqa: B023
            return _Sized(rows, where, size, note)
        except Fault:  # not the number of rows is the matter, but what is in them
            break
    raise first from first.__cause__


def _warm_up(scorer: Scorer, X: pd.DataFrame, where: np.ndarray[Any, Any], copies: Copies) -> None:
    """Let a first call that builds something be over, as each copy would make it again.

    With a single row: what a model remembers of that call hides no more than this row.
    """
    if not copies.forks or not len(where):
        return
    row = _rows(X, where[:1])
    with contextlib.suppress(Fault):  # one that refuses a row alone is asked with more of them
        first, next_ = copies.run(lambda: [_seconds(scorer, row), _seconds(scorer, row)])
        if first > _SLOW_START_S and first > 3 * next_:
            scorer(row)


def _affordable(
    scorer: Scorer,
    X: pd.DataFrame,
    where: np.ndarray[Any, Any],
    copies: Copies,
    scorings: int,
    least: int | None,
) -> np.ndarray[Any, Any]:
    """The positions, or as many of them as there is time for, by what scoring a few rows takes.

    More and more rows are timed until it is rows that cost, or all of them fit: a first call may
    load something, and each call has a cost of its own. As any call may have to wait for a core,
    other rows are timed as well before there are to be fewer.
    """
    begin, left = time.monotonic(), time_left.left_s()
    count, fewer, warm, doubts = _FEW, (0, 0.0), False, 0
    while count < len(where) and left < math.inf:
        try:
            tried = _spread(np.roll(where, doubts), count)
            took = copies.run(partial(_seconds, scorer, _rows(X, tried)))
        except Fault:  # of the number of rows, maybe; who scores them all will see
            return where
        row_s = max(0.0, took - fewer[1]) / (count - fewer[0])
        each_s = scorings * (took + row_s * (len(where) - count)) / len(where)
        if time_left.fits(len(where), each_s):
            return where
        room = _TRYING * left - (time.monotonic() - begin)
        one_count = not fewer[0]  # which may be the cost of the call as well as that of its rows
        of_rows = not one_count and row_s * count > _MOSTLY * took and took > _HICCUP_S
        next_s = took if one_count else _MORE * took
        if not warm:
            warm = True
        elif count * _MORE < len(where) and next_s < (room / 5 if of_rows else room):
            # Also where it seems to be the rows: a step in the cost of a call is no slope.
            count, fewer = count * _MORE, (count, took)
        elif of_rows and doubts < _DOUBTS and took < room:
            doubts += 1
        else:
            return _spread(where, time_left.fitting(len(where), each_s, "rows", least=least))
    return where


def _seconds(scorer: Scorer, rows: pd.DataFrame) -> float:
    """How long the rows take to score."""
    before = time.monotonic()
    scorer(rows)
    return time.monotonic() - before


def _in_time(
    scorer: Scorer,
    X: pd.DataFrame,
    where: np.ndarray[Any, Any],
    size: int,
    copies: Copies,
    scorings: int,
    least: int | None,
) -> np.ndarray[Any, Any]:
    """The positions, or as many as there is time for in batches of that size."""
    if time_left.left_s() == math.inf:
        return where
    batch = _rows(X, _full(where[:size], size))
    each_s = scorings * copies.run(partial(_seconds, scorer, batch)) / size
    fit = time_left.fitting(len(where), each_s, "rows", least=least)
    return where if fit == len(where) else _spread(where, fit)


def _spread(positions: np.ndarray[Any, Any], count: int) -> np.ndarray[Any, Any]:
    """Some of the positions, all over them."""
    chosen: np.ndarray[Any, Any] = np.linspace(0, len(positions) - 1, count).round().astype(int)
    return np.asarray(positions[chosen])


def _batched(scorer: Scorer, size: int) -> _Score:
    """The score of any number of rows, in batches of `size`."""

    def score(frame: pd.DataFrame) -> np.ndarray[Any, Any]:
        positions = np.arange(len(frame))
        parts = [positions[start : start + size] for start in range(0, len(frame), size)]
        scored = [scorer(_rows(frame, _full(part, size)))[: len(part)] for part in parts]
        return np.concatenate(scored)

    return score


def _full(positions: np.ndarray[Any, Any], size: int) -> np.ndarray[Any, Any]:
    """As many positions as `size`, the given ones again and again."""
    return np.resize(positions, size)


def _rows(X: pd.DataFrame, where: Any) -> pd.DataFrame:
    """Some rows as a frame of their own: pandas 2 warns a model that writes into a selection."""
    rows: pd.DataFrame = X.iloc[where]
    return rows.copy(deep=False)
