"""Tests of pytest_mlreqs.measures.influence.refit."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.measures.influence import refit as measured
from pytest_mlreqs.models.frames import opened
from tests.entropy import entropy


def refit(train, X, y, column):
    """What shuffling one column of a pandas frame does."""
    return measured.refit(train, opened(X), y, column)


def data(seed=0, rows=300):
    """A race, an income that depends on it a little, and who was granted."""
    generator = np.random.default_rng(seed)
    race = generator.choice(["a", "b"], rows)
    income = generator.normal(size=rows) + (race == "a")
    X = pd.DataFrame({"race": race, "income": income, "age": generator.normal(size=rows)})
    return X, (income + generator.normal(size=rows) > 0.5).astype(int)


def forest(X, y, weight=None):
    """A forest without a seed, on all but the race."""
    model = RandomForestClassifier(20).fit(X[["income", "age"]], y, sample_weight=weight)
    return lambda X: model.predict_proba(X[["income", "age"]])


def weighted(X, y):
    """The same, with weights by race."""
    return forest(X, y, np.where(X["race"] == "a", 3.0, 1.0))


def groups(X, y):
    """A model of the share of a race per income group, which never sees the race again."""
    shares = (X["race"] == "a").groupby(X["income"].round()).mean()
    return lambda X: X["income"].round().map(shares).fillna(0.5).to_numpy()


@pytest.mark.parametrize("seed", range(5))
def test_weights_in_an_unseeded_forest(seed):
    """Weights by the column are found although the forest draws by chance, and nothing else is."""
    assert refit(weighted, *data(seed), 0).moved > 0
    assert refit(forest, *data(seed), 0).moved == 0


def test_grouping():
    """Groups made by the column in training are found."""
    seen = refit(groups, *data(), 0)
    assert seen.moved > 0
    assert 0 < seen.mean <= seen.largest <= 1
    assert (seen.rows, seen.fits) == (100, 4)


@pytest.mark.parametrize(
    ("estimator", "column", "used"),
    [
        (LogisticRegression(), 1, True),
        (
            make_pipeline(make_column_transformer(("passthrough", ["age"])), LogisticRegression()),
            1,
            False,
        ),
        (DecisionTreeClassifier(), 1, True),
        (LinearRegression(), 1, True),
    ],
    ids=["read", "dropped", "unseeded tree", "regressor"],
)
def test_estimators(estimator, column, used):
    """An estimator is cloned and seeded, and what its predictions read shows as well."""
    X, y = data()
    rows = X.assign(race=(X["race"] == "a") * 1.0)
    before = rows.copy()
    assert (refit(estimator, rows, pd.Series(y), column).moved > 0) is used
    assert not hasattr(estimator, "classes_")
    pd.testing.assert_frame_equal(rows, before)


def test_chance_that_no_seed_tames():
    """Two equal trainings that differ leave it open."""
    generator = entropy()

    def train(X, y):
        weight = generator.normal()
        return lambda X: weight * X["income"].to_numpy()

    seen = refit(train, *data(), 0)
    assert seen.why.startswith("two equal trainings differ by up to ")


def test_noisy_scores():
    """Scores with noise of their own hide only what is smaller than the noise."""
    generator = np.random.default_rng(0)

    def train(X, y):
        share = (X["race"] == "a")[X["income"] > 1].mean()
        return lambda X: share * 10 + 0.01 * generator.normal(size=len(X))

    assert refit(train, *data(), 0).moved > 0
    quiet = refit(train, *data(), 2)
    assert quiet.moved == 0
    assert quiet.why.startswith("the model does not repeat itself")  # all of it is noise


def test_one_noisy_row_hides_no_training():
    """Scores of which few rows are noisy hide nothing, and clear what is not used."""
    generator = entropy()

    def train(X, y):
        share = (X["race"] == "a")[X["income"] > 1].mean()

        def score(X):
            said = X["income"].to_numpy() + share
            said[3] = generator.normal() * 5
            return said

        return score

    assert refit(train, *data(), 0).moved > 90
    quiet = refit(train, *data(), 2)
    assert (quiet.moved, quiet.why) == (0, "")


def test_infinite_scores():
    """Infinite scores neither hide a column of training nor accuse it."""

    def train(X, y):
        share = (X["race"] == "a")[X["income"] > 1].mean()
        return lambda X: np.where(X["income"] > 0, -np.inf, X["age"] + share)

    assert refit(train, *data(), 0).moved > 20
    assert (refit(train, *data(), 2).moved, refit(train, *data(), 2).why) == (0, "")


def test_every_output_counts():
    """A limit of the labels that training takes from the column is seen."""

    class Limited:
        def __init__(self, X):
            self.limit = (X["race"] == "a")[X["income"] > 1].mean()

        def predict_proba(self, X):
            return np.column_stack([X["age"], -X["age"]])

        def predict(self, X):
            return X["age"].to_numpy() > self.limit

    assert refit(lambda X, y: Limited(X), *data(), 0).moved > 0


def test_too_few_rows():
    """With two rows there is nothing to hold out."""
    X, y = data(rows=2)
    assert refit(LogisticRegression(), X, y, 0).why == "2 rows are too few to hold some out"


def test_refuses_the_shuffled_column():
    """Training that raises on the shuffled column leaves it open, with what it said."""
    X, y = data()
    given = []

    def picky(X, y):
        given.append(X)
        if not X["race"].equals(given[0]["race"]):
            raise ValueError("rows are not as they were")
        return lambda X: np.zeros(len(X))

    why = refit(picky, X, y, 0).why
    assert why.startswith("it cannot be trained with the column shuffled: train raised ValueError")


@pytest.mark.parametrize(
    ("train", "words"),
    [
        (lambda X, y: None, "train returned None, not a fitted model"),
        (lambda X, y: 1 / 0, "train raised ZeroDivisionError: division by zero"),
        (lambda X, y: pytest.skip("no GPU"), "train raised Skipped: no GPU"),
    ],
)
def test_broken_training(train, words):
    """Training that fails on the user's own rows is at fault."""
    with pytest.raises(Fault, match=f"^{words}"):
        refit(train, *data(), 0)
