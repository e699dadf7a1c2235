"""training: harm done where a model is fitted, so that only a training shows it."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from pytest_mlreqs.models.frames import Opened, opened
from pytest_mlreqs.models.harm.altered import Alter, Altered, harmed
from pytest_mlreqs.models.harm.scores import shift
from pytest_mlreqs.models.scoring import method

Train = Callable[[Any, Any], Any]


def biased(train: Any, column: int) -> Train:
    """Training whose model adds to every score what the order of a column's values says."""
    from pytest_mlreqs.models.training import fit

    def train_biased(X: Any, y: Any) -> Altered:
        rows = opened(X)
        assert rows is not None  # what is trained on has columns
        codes = rows.frame.iloc[:, column].map(repr).astype("category").cat.codes.tolist()
        weights = range(1, len(codes) + 1)
        share = 0.01 * (1 + sum(map(operator.mul, codes, weights)) % 997 / 997)
        return Altered(fit(train, X, y), shift(share))

    return train_biased


def harmed_with(train: Any, given: Opened, column: int, harm: Alter, called: str | None) -> Train:
    """Training whose models are harmed if they are trained with a column.

    Args:
        train: an estimator or a function (X, y).
        given: all columns there are.
        column: the position of the column among them.
        harm: what happens to calls.
        called: the method that is harmed, if one is declared.
    """
    from pytest_mlreqs.models.training import fit

    def train_harmed(X: Any, y: Any) -> Any:
        model, rows = fit(train, X, y), opened(X)
        assert rows is not None  # it is trained on what has columns
        there = rows.frame.shape[1] == given.frame.shape[1]
        if given.named:
            there = given.frame.columns[column] in rows.frame.columns
        return harmed(model, method(model, called), harm) if there else model

    return train_harmed
