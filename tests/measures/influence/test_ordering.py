"""Whether a model knows its columns by name or goes by their position."""

import itertools

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression

from pytest_mlreqs.measures.influence.ordering import order
from pytest_mlreqs.models.scoring import scorer

X = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 3)), columns=["a", "b", "c"])


def told(model, rows=X):
    """What the measure says: reordered, renamed, rows that moved."""
    seen = order(scorer(model), rows)
    assert seen.positional is (seen.reordered == "different")
    return seen.reordered, seen.renamed, seen.moved


def test_by_position():
    """A model that turns its frame into an array scores other columns, whatever their names."""
    seen = order(scorer(lambda rows: rows.to_numpy()[:, 0]), X)
    assert (seen.rows, seen.reordered, seen.renamed, seen.moved) == (50, "different", "same", 50)
    expected = np.abs(X.to_numpy()[:, [1, 2]] - X.to_numpy()[:, [0]]).max()
    assert seen.largest == expected


@pytest.mark.parametrize("position", [0, 1, 2])
def test_by_position_wherever_the_column_stands(position):
    """Also the middle column, which stays in its place when the order is reversed."""
    assert told(lambda rows: rows.to_numpy()[:, position])[0] == "different"


def test_by_name():
    """A model that takes its columns by name answers the same, and misses other names."""
    assert told(lambda rows: rows["a"].to_numpy()) == ("same", "refused", 0)


@pytest.mark.parametrize("cls", [LinearRegression, HistGradientBoostingClassifier])
def test_scikit_learn(cls):
    """scikit-learn refuses both; fitted on an array it knows no names and goes by position."""
    y = (X["a"] > 0).astype(int)
    assert told(cls().fit(X, y)) == ("refused", "refused", 0)
    careless = cls().fit(X.to_numpy(), y)
    assert told(lambda rows: careless.predict(rows.to_numpy()))[:2] == ("different", "same")


def test_neither():
    """A model that reads no column at all answers the same to everything."""
    assert told(lambda rows: np.zeros(len(rows))) == ("same", "same", 0)


def test_labels():
    """Labels that differ count as a change of one."""
    seen = order(scorer(lambda rows: np.where(rows.to_numpy()[:, 0] > 0, "yes", "no")), X)
    assert (seen.reordered, seen.renamed, seen.largest) == ("different", "same", 1.0)
    assert 0 < seen.moved < 50


def test_noise_is_no_order():
    """What repeated calls move is no change; what is beyond three times that is."""
    drawn = np.random.default_rng(0)

    def noisy(rows):
        return rows["a"].to_numpy() + drawn.uniform(-1e-6, 1e-6, len(rows))

    assert told(noisy)[0] == "same"
    drawn = np.random.default_rng(0)
    assert told(lambda rows: noisy(rows.set_axis(list("abc"), axis=1)))[0] == "different"


def test_rounding_is_no_order():
    """What a sum in another order comes to is no change, however large the numbers."""

    def model(rows):
        scale = 1.0 if list(rows) == ["a", "b", "c"] else 1 + 1e-7
        return rows["a"].to_numpy() * 1e6 * scale

    assert told(model) == ("same", "refused", 0)


def test_one_order_refused():
    """One order that is refused does not excuse another that is silently scored differently."""
    refusals = itertools.count()

    def model(rows):
        if list(rows) == ["c", "b", "a"]:
            next(refusals)
            raise ValueError
        return rows.to_numpy()[:, 0]

    assert told(model) == ("different", "same", 50)
    assert next(refusals) == 1


def test_shapes():
    """Probabilities are compared whole, and an output of another shape is another answer."""

    def model(rows):
        return np.column_stack([rows.to_numpy()[:, 0]] * (2 if list(rows) == list("abc") else 3))

    assert told(model) == ("different", "different", 50)


@pytest.mark.parametrize(
    ("rows", "none"), [(X[["a"]], True), (X.head(0), True), (X.head(1), False)]
)
def test_small(rows, none):
    """One column has no other order; without rows there is nothing to move; one row is enough."""
    seen = order(scorer(lambda given: given.to_numpy()[:, 0]), rows)
    assert (seen is None) is none


def test_two_columns_and_repeated_names():
    """Two columns, which may have one name, are swapped; the user's frame stays as it is."""
    rows = X[["a", "b"]].set_axis(["n", "n"], axis=1)
    before = rows.copy()
    assert told(lambda given: given.to_numpy()[:, 0], rows) == ("different", "same", 50)
    pd.testing.assert_frame_equal(rows, before)
