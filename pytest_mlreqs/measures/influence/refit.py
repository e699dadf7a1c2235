"""refit: does a column have a say in training?

A column that no prediction reads can still have shaped the model: through sample weights, groups,
or encodings by it. The model is fitted as it is and with the column shuffled, which keeps its type
and values, and the scores of rows held out from both are compared. Seeds that are left open would
drown the difference, so they are set first: of unseeded forests with weights by a forbidden column
that finds all, and 2 to 3 of 15 otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.measures.influence.contrasts import replaced
from pytest_mlreqs.measures.influence.influence import ERROR, equal
from pytest_mlreqs.measures.influence.randomised import Answers, compared, hidden
from pytest_mlreqs.models.comparing import apart, span
from pytest_mlreqs.models.frames import Opened
from pytest_mlreqs.models.scoring import Scorer, scorers
from pytest_mlreqs.models.training import fit, seeded

Array = np.ndarray[Any, Any]

_HELD_OUT = 10_000
_FITS = 2
_ALIKE = 1e-6  # of the range of scores: what the order of floating-point sums may change
_ROUNDING = 1e-9
_ALIKE_P = 0.05  # of two equal trainings: below it they may not be equal
_Answer = Callable[[], Answers]


@dataclass(frozen=True, slots=True)
class Refit:
    """What shuffling one column before training did to the outputs.

    Attributes:
        rows: how many rows were held out and scored.
        fits: how many times the model was fitted.
        moved: how many held-out rows were answered differently.
        mean: the mean change over the rows that moved, of the first output that did.
        largest: the largest change of it.
        tolerance: what counts as no change: three times what two equal trainings differ.
        p: probability of so large a difference by noise of the scores; 1.0 where there is none.
        scorers: the outputs that were compared.
        why: why nothing can be said, or empty.
    """

    rows: int
    fits: int
    moved: int = 0
    mean: float = 0.0
    largest: float = 0.0
    tolerance: float = 0.0
    p: float = 1.0
    scorers: tuple[str, ...] = ()
    why: str = ""


def refit(
    train: Any, given: Opened, y: Any, column: int,
    seed: int = 0, level: float = ERROR, named: str | None = None,
) -> Refit:  # fmt: skip
    """Fit with and without the say of a column, and compare.

    Args:
        train: an estimator, which is cloned, or a function (X, y) that returns a fitted model.
        given: n rows, of which a third is held out; never changed.
        y: n targets.
        column: position of the column that is shuffled.
        seed: of the split, the shuffles, and the open `random_state` parameters.
        level: the probability of accusing a training whose models have noise of their own.
        named: the output that is compared, if one is declared; else the most continuous one.

    Raises:
        Fault: the model cannot be trained on the rows as they are.
    """
    X, generator = given.frame, np.random.default_rng(seed)
    order = generator.permutation(len(X))
    held, kept = map(np.sort, np.split(order, [min(len(X) // 3, _HELD_OUT)]))
    rows, targets = X.iloc[kept], _taken(y, kept)
    if not len(held):
        return Refit(0, 0, why=f"{len(X)} rows are too few to hold some out")
    scored = _Held(given, X.iloc[held], seed, named)
    plain = [scored.by(fit(train, given.back(rows.copy()), targets, seed)) for _ in range(2)]
    first, again = plain[0](), plain[0]()
    found = Refit(len(held), _FITS, scorers=tuple(scored.names))
    exact = equal(first, again)
    noise = [float(apart(a, b).max(initial=0)) for a, b in zip(first, plain[1](), strict=True)]
    spans = [span(output) for output in first]
    if exact and any(a > _ALIKE * b for a, b in zip(noise, spans, strict=True)):
        differ = f"two equal trainings differ by up to {max(noise):.3g}"
        return replace(found, why=f"{differ}; fix their seeds")
    shuffled = []
    for _ in range(_FITS):
        values = rows.iloc[:, column].array.take(generator.permutation(len(rows)))
        other = given.back(replaced(rows, column, values))
        try:
            shuffled.append(scored.by(fit(train, other, targets, seed)))
            shuffled[-1]()
        except Fault as fault:
            return replace(found, why=f"it cannot be trained with the column shuffled: {fault}")
    found = replace(found, fits=2 * _FITS)
    if not exact:
        return _noisily(found, plain, shuffled, level, generator)
    tolerances = [3 * a + _ROUNDING * b for a, b in zip(noise, spans, strict=True)]
    return _exactly(found, first, shuffled, tolerances)


def _exactly(
    found: Refit,
    first: Sequence[Array],
    shuffled: Sequence[Callable[[], Sequence[Array]]],
    tolerances: Sequence[float],
) -> Refit:
    """The comparison of trainings that repeat themselves but for rounding."""
    changes = []
    for at, tolerance in enumerate(tolerances):
        change = np.maximum(*[apart(one()[at], first[at]) for one in shuffled])
        changes.append(np.where(change > tolerance, change, 0.0))
    return _told(replace(found, tolerance=max(tolerances)), changes)


def _noisily(
    found: Refit, plain: list[_Answer], shuffled: list[_Answer], level: float, generator: Any
) -> Refit:
    """Compare models whose answers are subject to chance, in random order."""

    def calls(these: list[_Answer], those: list[_Answer]) -> Callable[[Array], list[Answers]]:
        return lambda order: [
            (these if one else those)[at % len(these if one else those)]()
            for at, one in enumerate(order)
        ]

    alike = compared(calls(plain[1:], plain[:1]), level, generator)
    if alike.p <= _ALIKE_P:
        return replace(found, why="two equal trainings differ by more than the noise of scores")
    seen = compared(calls(shuffled, plain), level, generator)
    found = replace(found, p=seen.p)
    if seen.p <= level:
        return _told(found, list(seen.change))
    return replace(found, why=hidden(seen))


def _told(found: Refit, changes: list[Array]) -> Refit:
    """What is known, and how far rows moved: those of the first output that did."""
    change = next((one for one in changes if one.any()), changes[0])
    return replace(
        found,
        moved=int(np.any([one > 0 for one in changes], axis=0).sum()),
        mean=float(change[change > 0].mean()) if change.any() else 0.0,
        largest=float(change.max(initial=0)),
    )


class _Held:
    """Rows held out, and the outputs that models give of them.

    Attributes:
        names: of the outputs that the first model gave.
    """

    def __init__(
        self, given: Opened, rows: pd.DataFrame, seed: int, named: str | None = None
    ) -> None:
        self._named = named
        self._given = given
        self._rows = rows
        self._seed = seed
        self.names: list[str] = []

    def by(self, model: Any) -> _Answer:
        """A function that gives the outputs of a model; raises `Fault` where it has none."""
        scores = {one.name: one.on(self._given) for one in scorers(model, self._named)}
        if not self.names:
            faults = []
            for name, score in scores.items():
                try:
                    self._one(score)
                except Fault as fault:
                    faults.append(fault)
                else:
                    self.names.append(name)
            if not self.names:
                raise faults[0]
        missing = [name for name in self.names if name not in scores]
        if missing:
            raise Fault(f"the model has no {missing[0]}, and one that was trained alike has")
        return lambda: tuple(self._one(scores[name]) for name in self.names)

    def _one(self, score: Scorer) -> Array:
        with seeded(self._seed):
            return score(self._rows.copy())


def _taken(y: Any, positions: Array) -> Any:
    return y.iloc[positions] if hasattr(y, "iloc") else np.asarray(y)[positions]
