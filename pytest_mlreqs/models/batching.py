"""batching: how many rows a model takes in one call, found out by trying.

Some models were exported for one batch size and raise on any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.models.affordable import Work, repeated, rows_at
from pytest_mlreqs.models.copies import Copies
from pytest_mlreqs.models.scoring import Scorer

if TYPE_CHECKING:
    import pandas as pd

_CALLS = 200  # calls that are worth it for one score of all rows
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
            sized = _sized(Work(scorer, X, copies, scorings, least), where)
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


def _sized(work: Work, wanted: np.ndarray[Any, Any]) -> _Sized:
    """The rows that the model takes, of those at the wanted positions or else of all."""
    scorer, X, copies = work.scorer, work.X, work.copies
    work.warm_up(wanted)
    where, cost = work.affordable(wanted)
    try:
        where = work.kept(where, cost)
        few = "" if len(where) == len(wanted) else "as many as there is time for"
        return _Sized(rows_at(X, where), where, note=few)
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
            copies.run(lambda: scorer.probed(rows_at(X, repeated(where[:size], size))))  # noqa: B023
        except Fault:
            continue
        where = work.in_time(where[: size * _CALLS], size)
        rows = rows_at(X, where)
        score = _batched(scorer, size)
        note = f"{size} rows per call, as it takes no other number of them"
        note = "one row per call, as it takes no more" if size == 1 else note
        try:
            copies.run(lambda: score(rows))  # noqa: B023
            return _Sized(rows, where, size, note)
        except Fault:  # not the number of rows is the matter, but what is in them
            break
    raise first from first.__cause__


def _batched(scorer: Scorer, size: int) -> _Score:
    """The score of any number of rows, in batches of `size`."""

    def score(frame: pd.DataFrame) -> np.ndarray[Any, Any]:
        positions = np.arange(len(frame))
        parts = [positions[start : start + size] for start in range(0, len(frame), size)]
        scored = [scorer(rows_at(frame, repeated(part, size)))[: len(part)] for part in parts]
        return np.concatenate(scored)

    return score
