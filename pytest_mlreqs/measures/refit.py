"""refit: does a column have a say in training?

A column that no prediction reads can still have shaped the model: through sample weights, groups,
or encodings by it. The model is fitted as it is and with the column shuffled, which keeps its type
and values, and the scores of rows held out from both are compared. Seeds that are left open would
drown the difference, so they are set first: of unseeded forests with weights by a forbidden column
that finds all, and 2 to 3 of 15 otherwise.
"""

from __future__ import annotations

import contextlib
import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.measurement import Fault, described
from pytest_mlreqs.measures.influence import apart
from pytest_mlreqs.models.frames import Opened
from pytest_mlreqs.models.scoring import scorer

Array = np.ndarray[Any, Any]

_HELD_OUT = 10_000
_FITS = 2
_ALIKE = 1e-6  # of the range of scores: what the order of floating-point sums may change
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Refit:
    """What shuffling one column before training did to the scores.

    Attributes:
        rows: how many rows were held out and scored.
        fits: how many times the model was fitted.
        moved: how many held-out rows scored differently.
        mean: the mean change over the rows that moved.
        largest: the largest change.
        tolerance: what counts as no change: three times what two equal trainings differ.
        scorer: the method that gave the scores.
        why: why nothing can be said, or empty.
    """

    rows: int
    fits: int
    moved: int = 0
    mean: float = 0.0
    largest: float = 0.0
    tolerance: float = 0.0
    scorer: str = ""
    why: str = ""


def refit(train: Any, given: Opened, y: Any, column: int, seed: int = 0) -> Refit:
    """Fit with and without the say of a column, and compare.

    Args:
        train: an estimator, which is cloned, or a function (X, y) that returns a fitted model.
        given: n rows, of which a third is held out; never changed.
        y: n targets.
        column: position of the column that is shuffled.
        seed: of the split, the shuffles, and the open `random_state` parameters.

    Raises:
        Fault: the model cannot be trained on the rows as they are.
    """
    X = given.frame
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(X))
    held = np.sort(order[: min(len(X) // 3, _HELD_OUT)])
    kept = np.sort(order[len(held) :])
    rows, targets = X.iloc[kept], _taken(y, kept)
    if not len(held):
        return Refit(0, 0, why=f"{len(X)} rows are too few to hold some out")
    data = (rows, targets, X.iloc[held])
    name, first, again = _scores(train, given, data, seed)
    _, second, _ = _scores(train, given, data, seed)
    chance = float(apart(first, again).max(initial=0))  # of scoring, not of training
    noise = max(chance, float(apart(first, second).max(initial=0)))
    numbers = first.dtype.kind in "fiub"
    span = float(np.ptp(first.astype(float))) if numbers else 0.0
    if noise > max(3 * chance, _ALIKE * span):
        why = f"two equal trainings differ by up to {noise:.3g}; fix their seeds"
        return Refit(len(held), _FITS, scorer=name, why=why)
    tolerance = 3 * noise + _ROUNDING * span
    changes = []
    for _ in range(_FITS):
        shuffled = rows.copy(deep=False)
        values = rows.iloc[:, column].take(generator.permutation(len(rows)))
        shuffled.isetitem(column, values.array)
        try:
            _, scores, _ = _scores(train, given, (shuffled, targets, X.iloc[held]), seed)
        except Fault as fault:
            why = f"it cannot be trained with the column shuffled: {fault}"
            return Refit(len(held), _FITS, scorer=name, why=why)
        changes.append(apart(scores, first))
    # Where scores are subject to chance, a rare jump does not happen twice in the same row.
    change = np.minimum(*changes) if chance else np.maximum(*changes)
    moved = change > tolerance
    return Refit(
        rows=len(held),
        fits=2 * _FITS,
        moved=int(moved.sum()),
        mean=float(change[moved].mean()) if moved.any() else 0.0,
        largest=float(change.max(initial=0)),
        tolerance=tolerance,
        scorer=name,
    )


def trained(train: Any, X: Any, y: Any, seed: int = 0) -> Any:
    """A fitted model; what is open to chance in training is seeded, and put back afterwards.

    The rows are given away: training may change them.

    Raises:
        Fault: training raised, or gave no model.
    """
    with _seeded(seed):
        try:
            if not hasattr(train, "fit"):
                model = train(X, y)
            else:
                model = _unfitted(train, seed)
                model = model.fit(X, y) or model
        except (Exception, SystemExit) as error:
            raise Fault(f"train raised {described(error)}") from error
    if model is None:
        raise Fault("train returned None, not a fitted model")
    return model


def _unfitted(train: Any, seed: int) -> Any:
    """A clone of an estimator, itself and its parts seeded."""
    if not hasattr(train, "get_params"):
        return copy.deepcopy(train)
    from sklearn.base import clone

    model = clone(train)
    open_ = [
        name
        for name, value in model.get_params().items()
        if value is None and name.rpartition("__")[2] == "random_state"
    ]
    return model.set_params(**dict.fromkeys(open_, seed))


def _scores(
    train: Any, given: Opened, data: tuple[pd.DataFrame, Any, pd.DataFrame], seed: int
) -> tuple[str, Array, Array]:
    """The scoring method of a trained model, and what it says of the held-out rows, twice."""
    rows, targets, held = data
    score = scorer(trained(train, given.back(rows.copy()), targets, seed)).on(given)
    with _seeded(seed):
        first = score(held.copy())
    with _seeded(seed):
        return score.name, first, score(held.copy())


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """The global generators of Python and NumPy, which `random_state=None` draws from."""
    before, numpy_before = random.getstate(), np.random.get_state()  # noqa: NPY002
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(before)
        np.random.set_state(numpy_before)  # noqa: NPY002


def _taken(y: Any, positions: Array) -> Any:
    return y.iloc[positions] if hasattr(y, "iloc") else np.asarray(y)[positions]
