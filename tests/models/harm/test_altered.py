"""A harmed stand-in is the model itself in all but its predictions."""

from __future__ import annotations

import copy
import pickle

import pytest

from pytest_mlreqs.models.harm.altered import Altered
from pytest_mlreqs.models.scoring import scorer


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


AGAIN = [copy.copy, copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))]


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
