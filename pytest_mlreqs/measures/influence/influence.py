"""influence: does a score change when only one column changes?

The column is given other values, all of them observed in the data, while everything else stays;
every output of the model is compared before and after, row by row. Nothing needs to be known of the
model.

A model that answers the same when it is asked again, from the same state, is deterministic: any
change is the column's, once it has shown again. Of a model that does not, calls are made in random
order and compared as a whole (`randomised`), since noise in one row says nothing of another.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.measures.influence.contrasts import contrasts, replaced, varied
from pytest_mlreqs.measures.influence.randomised import cells_of, compared, hidden
from pytest_mlreqs.models.batching import Answers, Sample
from pytest_mlreqs.models.comparing import apart

Array = np.ndarray[Any, Any]
Answered = list[Answers | Fault]

ERROR = 0.01  # that a model which reads none of the columns is accused of any
SCORINGS = 20  # of all rows for one column, of the order of: sets of other values, repeats
LEAST_ROWS = 100  # where there is no time for all; the bound that is printed says what is seen
_LUCK = 0.25  # probability that a coin comes up alike in three calls
_SERIES = 6  # calls that are made one after the other on one copy
_CLEAR = 3  # times the noise of a row: what it is given where it moves so much


@dataclass(frozen=True, slots=True)
class Influence:
    """What changing one column did to the outputs.

    Attributes:
        rows: how many rows were scored.
        calls: how many times each output was asked for.
        tried: how many sets of other values the column was given.
        moved: how many rows were answered differently.
        outputs: the names of the outputs that moved, that of the most rows first.
        counts: in how many rows each of these moved.
        largest: the largest change of the first of these; 0.0 if none did, 1.0 for labels.
        worst: row position in the data and change, largest first; at most five.
        exact: whether the model answers the same when it is asked again.
        p: probability of so large a difference by the model's own noise; 1.0 where it is exact.
        unseen: rows whose own noise would have hidden an influence.
        refused: how many sets of values the model raised on.
        dispensable: whether the model answers the same where the column is not there at all; asked
            only where nothing else can be.
        where: where it moved, if not in these rows in one call; else empty.
        why: why nothing can be said, or empty.
    """

    rows: int
    calls: int
    tried: int = 0
    moved: int = 0
    outputs: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    largest: float = 0.0
    worst: tuple[tuple[int, float], ...] = ()
    exact: bool = True
    p: float = 1.0
    unseen: int = 0
    refused: int = 0
    dispensable: bool = False
    where: str = ""
    why: str = ""

    @property
    def bound(self) -> float:
        """Largest share of such rows that could move (95 %), none of those seen having moved.

        Exact: 0.05 is the probability that none of n rows moves where this share does.
        """
        return float(1 - 0.05 ** (1 / max(self.rows - self.unseen, 1)))


def positions(length: int, rows: int, seed: int = 0) -> Array:
    """Positions of at most `rows` of `length` rows, drawn without replacement, in order."""
    if length <= rows:
        return np.arange(length)
    return np.sort(np.random.default_rng(seed).choice(length, rows, replace=False))


class Asked:
    """A model that is asked about columns of the same rows.

    Attributes:
        sample: the rows, and how they are scored.
        rows: the same rows; each column that is asked about is kept apart, so that frames with
            other values in it are made just as these are, and summed up in the same order.
        exact: whether the model answers the same when it is asked again.
        calls: how many times the model was called for what it has been asked so far.
    """

    def __init__(self, sample: Sample, columns: Sequence[int]) -> None:
        self.sample = sample
        self.rows = sample.rows
        for column in columns:
            self.rows = replaced(self.rows, column, self.rows.iloc[:, column].array)
        self.calls = 0
        self._level = ERROR / max(len(columns), 1)
        self._generator = np.random.default_rng(0)
        self._plain: list[Answers] = [sample.baseline]
        again = [self._unchanged(1)[0] for _ in range(2)]
        self.exact = all(equal(self._plain[0], one) for one in again)
        self._repeats = [*self._plain, *again]

    def series(self, frames: Sequence[pd.DataFrame]) -> Answered:
        """The answers of a copy to several frames, one after the other."""
        self.calls += len(frames)
        return self.sample.copies.series(self.sample.answers, frames)

    def influence(self, column: int) -> Influence:
        """Change one column of the rows in many ways, and compare every output."""
        before = self.calls
        values = self.sample.every.iloc[:, column]
        found = Influence(len(self.rows), 0, exact=self.exact)
        if not varied(values):
            same = self._same_without(column)
            why = "" if same else f"it holds a single value in all {len(values)} rows"
            return replace(found, calls=3 + self.calls - before, dispensable=same, why=why)
        sources = contrasts(values, self.sample.where)
        frames = [self.changed(column, source) for source in sources]
        answers = self._answered(frames)
        refusals = [answer for answer in answers if isinstance(answer, Fault)]
        found = replace(found, tried=len(sources), refused=len(refusals))
        if len(refusals) == len(answers):
            same = self._same_without(column)
            why = "" if same else f"the model refuses every other value of it: {refusals[0]}"
            found = replace(found, dispensable=same, why=why)
        elif self.exact:
            found = self._exactly(found, column, frames, answers)
        if not (self.exact or found.why or found.dispensable):
            found = self._noisily(replace(found, exact=False), column, sources, answers)
        return replace(found, calls=3 + self.calls - before)

    def changed(self, column: int, source: Array) -> pd.DataFrame:
        """The rows with the values of other rows of the data in one column."""
        return replaced(self.rows, column, self.sample.every.iloc[:, column].array.take(source))

    def _unchanged(self, length: int) -> list[Answers]:
        """What a copy answers to the rows as they are, a number of times; raises what it raises."""
        answers = self.series([self.rows] * length)
        for answer in answers:
            if isinstance(answer, Fault):
                raise answer
        return [answer for answer in answers if not isinstance(answer, Fault)]

    def _answered(self, frames: Sequence[pd.DataFrame]) -> Answered:
        """Answers to all frames, few of them on one copy."""
        answers: Answered = []
        for start in range(0, len(frames), _SERIES):
            answers += self.series(frames[start : start + _SERIES])
        return answers

    def _beside(self, answers: Answered) -> Iterator[tuple[int, Answers]]:
        """To each answer its place on its copy, and what is answered there to the plain rows."""
        place = 0
        for at, answer in enumerate(answers):
            place = 0 if at % _SERIES == 0 else place
            if place >= len(self._plain):
                self._plain = self._unchanged(min(_SERIES, len(answers)))
            yield place, self._plain[place]
            place = 0 if isinstance(answer, Fault) else place + 1

    def _exactly(
        self, found: Influence, column: int, frames: Sequence[pd.DataFrame], answers: Answered
    ) -> Influence:
        """Any change counts, once it has shown again; if it does not, the model is noisy."""
        largest = [np.zeros(found.rows) for _ in self.sample.names]
        confirmed = False
        for at, (answer, (place, plain)) in enumerate(
            zip(answers, self._beside(answers), strict=True)
        ):
            if isinstance(answer, Fault) or equal(answer, plain):
                continue
            if not confirmed:
                confirmed = self._again(frames[at - place : at + 1], answer, plain)
                if not confirmed:
                    self.exact = False
                    return found
            for most, a, b in zip(largest, answer, plain, strict=True):
                np.maximum(most, apart(a, b), out=most)
        if not confirmed:
            return found
        return moved(found, self.sample.names, largest, self.sample.where)

    def _again(self, frames: Sequence[pd.DataFrame], answer: Answers, plain: Answers) -> bool:
        """Whether both answers are given again and again, in an order that is drawn."""
        # A row that is a coin tossed anew gives the same so often with probability 4 ** -times, and
        # it must have come up alike in the first three calls, too.
        times = max(math.ceil(math.log(_LUCK / self._level, 4)), 2)
        for altered in self._generator.permutation([True, False] * times):
            given = self.series(frames if altered else [self.rows] * len(frames))[-1]
            if isinstance(given, Fault) or not equal(given, answer if altered else plain):
                return False
        return True

    def _noisily(
        self, found: Influence, column: int, sources: Sequence[Array], answers: Answered
    ) -> Influence:
        """Compare calls in random order, with the values that moved most."""
        good = [at for at, answer in enumerate(answers) if not isinstance(answer, Fault)]
        plain = self._repeats + self._unchanged(_SERIES - len(self._repeats))
        given = [answer for answer in answers if not isinstance(answer, Fault)]
        source = _strongest([sources[at] for at in good], plain, given)
        altered = self.changed(column, source)

        def call(order: Array) -> list[Answers]:
            told = self.series([altered if one else self.rows for one in order])
            for answer in told:
                if isinstance(answer, Fault):
                    raise answer
            return [answer for answer in told if not isinstance(answer, Fault)]

        try:
            seen = compared(call, self._level, self._generator)
        except Fault as fault:
            return replace(found, why=f"the model raises in some calls: {fault}")
        found = replace(found, p=seen.p, unseen=int(seen.unseen.sum()))
        if seen.p <= self._level:
            return moved(found, self.sample.names, seen.change, self.sample.where)
        return replace(found, why=hidden(seen))

    def _same_without(self, column: int) -> bool:
        """Whether the model does without the column, and answers just the same."""
        X = self.rows
        rest = pd.concat([X.iloc[:, :column], X.iloc[:, column + 1 :]], axis=1)
        (answer,) = self.series([rest])
        return not isinstance(answer, Fault) and equal(answer, self._plain[0])


def equal(these: Answers, those: Answers) -> bool:
    """Whether all outputs are the same."""
    return not any(apart(a, b).any() for a, b in zip(these, those, strict=True))


def moved(
    found: Influence, names: Sequence[str], changes: Sequence[Array] | Array, where: Array
) -> Influence:
    """What is known, and which rows moved by how much.

    Args:
        found: what is known.
        names: of the outputs.
        changes: for each output the change of each row, some of them not 0.
        where: position of each row in the data.
    """
    counts = [int((change > 0).sum()) for change in changes]
    order = sorted(filter(counts.__getitem__, range(len(counts))), key=lambda at: -counts[at])
    change = changes[order[0]]
    top = [row for row in np.argsort(-change, kind="stable")[:5] if change[row] > 0]
    return replace(
        found,
        moved=int(np.any([change > 0 for change in changes], axis=0).sum()),
        outputs=tuple(names[at] for at in order),
        counts=tuple(counts[at] for at in order),
        largest=float(change.max()),
        worst=tuple((int(where[row]), float(change[row])) for row in top),
    )


def _strongest(sources: Sequence[Array], plain: list[Answers], given: list[Answers]) -> Array:
    """For each row the values that moved it most; where noise may have, those that moved most."""
    cells = cells_of([*plain, *given])
    before, after = cells.numbers[: len(plain)], cells.numbers[len(plain) :]
    noise = np.ptp(before, axis=0)
    usual = float(np.median(noise[noise > 0])) if noise.any() else 0.0
    change = np.abs(after - before.mean(axis=0)) / (np.maximum(noise, usual) + 1e-9)
    best = int(np.argmax(np.minimum(change, 3 * _CLEAR).sum(axis=1)))
    of_rows = np.array([cells.by_row(one).max(axis=0) for one in change])
    chosen = np.where(of_rows.max(axis=0) > _CLEAR, of_rows.argmax(axis=0), best)
    return np.asarray(sources)[chosen, np.arange(len(chosen))]
