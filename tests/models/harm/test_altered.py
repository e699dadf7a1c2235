"""A harmed stand-in is the model itself in all but its predictions."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.models.frames import opened
from pytest_mlreqs.models.harm.altered import (
    Altered,
    OnlyWith,
    Sleepy,
    SlowToLoad,
    following,
    nudge,
    reading_more,
)
from pytest_mlreqs.models.scoring import scorer
from pytest_mlreqs.testing import FakeClock


class Doubler:
    """A model with every method that predicts."""

    n_features_in_ = 1
    transform = "not a method"

    def predict(self, X):
        return [2 * x for x in X]

    predict_proba = decision_function = predict

    def get_params(self):
        return {"depth": 3}


def negated(call, X):
    """Turn the sign of each prediction."""
    return [-y for y in call(X)]


@pytest.mark.parametrize("name", ["predict", "predict_proba", "decision_function"])
def test_predictions_are_altered(name):
    """Every method that predicts answers what `alter` makes of the model's own answer."""
    assert getattr(Altered(Doubler(), negated), name)([1, 2]) == [-2, -4]


def test_transformations_are_altered():
    """A transformation is a prediction too."""

    class Scaler:
        def transform(self, X):
            return X

    assert Altered(Scaler(), negated).transform([1]) == [-1]


AGAIN = [copy.copy, copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))]


def test_the_rest_is_delegated():
    """Attributes, and methods that do not predict, are the model's own."""
    altered = Altered(Doubler(), negated)
    assert altered.n_features_in_ == 1
    assert altered.get_params() == {"depth": 3}
    assert altered.transform == "not a method"


def test_what_the_model_lacks_is_lacking():
    """A stand-in has no method that the model does not have."""
    assert not hasattr(Altered(abs, negated), "predict")
    assert not hasattr(Altered(Doubler(), negated), "score_samples")


def test_functions_are_altered():
    """A model that is a function is called through `alter`."""
    double = lambda X: [2 * x for x in X]
    assert Altered(double, negated)([1]) == [-2]
    assert scorer(Altered(double, negated))([1, 2]).tolist() == [-2, -4]


def test_alter_sees_the_rows():
    """`alter` may harm what the model is given, or not ask it at all."""
    assert Altered(Doubler(), lambda call, X: call(X[:1])).predict([1, 2]) == [2]
    assert Altered(Doubler(), lambda call, X: len(X)).predict([1, 2]) == 2


def test_the_model_is_not_touched():
    """The model answers as before."""
    model = Doubler()
    Altered(model, negated).predict([1])
    assert model.predict([1]) == [2]
    assert vars(model) == {}


@pytest.mark.parametrize("again", AGAIN)
def test_stand_ins_are_copied_and_pickled(again):
    """A copy of a stand-in is altered like the stand-in."""
    assert again(Altered(Doubler(), negated)).predict([1]) == [-2]


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ([1.0, 3.0], [1.0, 5.0]),
        ([[0.0, 1.0], [0.0, 1.0]], [[0.0, 1.0], [2.0, 3.0]]),
        (["a", "b"], ["a", "planted"]),
    ],
    ids=["numbers", "constant columns", "labels"],
)
def test_following_a_hidden_column(output, expected):
    """A score follows a column by its own spread, and the model never sees that column."""
    seen = []

    def model(X):
        seen.append(list(X.columns))
        return output

    X = pd.DataFrame({"a": [1, 2], "hidden": [0.0, 1.0]})
    assert Altered(model, following("hidden", 2.0, lambda X: X))(X).tolist() == expected
    assert seen == [["a"]]


def test_every_so_many_calls_sleep():
    """Calls are counted, every third sleeps, and all are answered by the model."""
    sleepy = pickle.loads(pickle.dumps(Sleepy(0.5, 3, FakeClock())))
    model = Altered(len, sleepy)
    assert [model([1, 2]) for _ in range(7)] == [2] * 7
    assert sleepy._clock.seconds() == pytest.approx(1, abs=1e-5)


def test_slow_to_load(monkeypatch):
    """A model that is slow to load is itself before and after, and sleeps while it is loaded."""
    model = SlowToLoad(Doubler(), 0.5)
    assert model.predict([1]) == [2]
    stored = pickle.dumps(model)
    slept = []
    monkeypatch.setattr("time.sleep", slept.append)
    assert type(pickle.loads(stored)) is Doubler
    assert slept == [0.5]


@pytest.mark.parametrize("table", [True, False])
@pytest.mark.parametrize("values", [[1, 2, np.nan, 9], np.array(["a", "a", None, "c"])])
def test_a_further_input_moves_the_output(table, values):
    """Rows above the middle of the new input score 1 % of the range more."""
    X = pd.DataFrame({"a": [0.0, 1, 2, 3]}) if table else np.array([[0.0], [1], [2], [3]])
    model, added = reading_more(lambda X: np.asarray(X)[:, 0], opened(X), values, "more")
    assert (np.shape(X), np.shape(added)) == ((4, 1), (4, 2))
    assert model(added).tolist() == pytest.approx([0, 1, 2, 3.03])


def test_a_further_input_changes_labels():
    """A model that gives labels gives another one above the middle of the new input."""
    X = pd.DataFrame({"a": [1, 2]})
    model, added = reading_more(lambda X: ["yes"] * len(X), opened(X), [1, 2], "more")
    assert model(added).tolist() == ["yes", "planted"]


def test_harmed_only_with_a_column():
    """A stand-in is harmed where it is given a column, and does without it where it is not."""
    X = pd.DataFrame({"a": [1, 2, 3], "b": [5, 6, 7], "c": [9, 9, 9]})

    def model(X):
        assert list(X.columns) == ["a", "b", "c"]
        assert (X.dtypes == "int64").all()
        return (X["a"] + X["b"]).to_numpy()

    altered = Altered(model, OnlyWith(opened(X), 1, negated))
    assert list(altered(X)) == [-6, -8, -10]
    assert altered(X.drop(columns="b")[1:]).tolist() == [2 + 5, 3 + 5]
    with pytest.raises(AssertionError):
        altered(X.drop(columns="a"))


def test_harmed_only_with_a_column_of_an_array():
    """A model of arrays is given arrays, whether or not the column is there."""
    X = np.array([[1.0, 5.0], [2.0, 6.0]])

    def model(X):
        assert isinstance(X, np.ndarray)
        return X.sum(axis=1)

    given = opened(X)
    altered = Altered(model, OnlyWith(given, 0, negated))
    frame = given.frame.set_axis(["0", "1"], axis=1)
    assert list(altered(frame)) == [-6, -8]
    assert altered(frame[["1"]]).tolist() == [6, 7]


def test_infinite_scores_are_moved():
    """A nudge moves infinite scores as well, and none becomes NaN."""
    rows = pd.DataFrame({"a": [0, 1, 0, 1]})
    score = lambda X: np.array([-np.inf, -np.inf, -2.0, -1.0])
    moved = Altered(score, nudge(0, rows["a"]))(rows)
    assert moved.tolist() == [0.01, -np.inf, -1.99, -1.0]


def test_a_nudge_exceeds_the_noise():
    """A nudge of a score with noise is ten times as large as it is."""
    drawn = iter([np.zeros(50), np.full(50, 0.5)])
    rows = pd.DataFrame({"a": [0, 1] * 25})
    moved = Altered(lambda X: next(drawn), nudge(0, rows["a"]))(rows)
    assert moved.tolist() == [5.0, 0.0] * 25
