"""The most continuous output of a model is its score."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from pytest_mlreqs.measurement import Fault
from pytest_mlreqs.models.scoring import method, scorer

X = np.array([[1.0], [2.0]])


def model(**methods):
    """An object with the given methods."""
    return type("Model", (), {name: staticmethod(call) for name, call in methods.items()})()


def answers(value):
    """A method that answers the same for each row."""
    return lambda given: np.full(len(given), value)


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (("predict", "decision_function", "predict_proba"), "predict_proba"),
        (("predict", "decision_function"), "decision_function"),
        (("predict", "transform"), "predict"),
    ],
)
def test_the_most_continuous_output_is_taken(names, name):
    """Probabilities come before decisions and decisions before labels."""
    numbers = {"predict": 1, "decision_function": 2, "predict_proba": 3, "transform": 4}
    taken = scorer(model(**{known: answers(numbers[known]) for known in names}))
    assert taken.name == name
    assert taken(X).tolist() == taken.probed(X).tolist() == [numbers[name]] * 2


def test_a_method_that_is_none_is_not_taken():
    """An attribute that cannot be called is no method."""
    thing = model(predict=answers(1))
    thing.predict_proba = None
    assert scorer(thing).name == "predict"


def score(given):
    """The first column."""
    return given[:, 0]


class Called:
    """A model that is called, as those of PyTorch are."""

    def __call__(self, given):
        return given[:, 0] * 2


@pytest.mark.parametrize(
    ("function", "name", "output"),
    [
        (score, "score", [1.0, 2.0]),
        (functools.partial(score), "partial", [1.0, 2.0]),
        (Called(), "Called", [2.0, 4.0]),
    ],
)
def test_functions_are_their_own_score(function, name, output):
    """A plain function is called itself, under its own name."""
    for taken in (scorer(function), method(function, "predict"), method(function, "transform")):
        assert taken.name == name
        assert taken(X).tolist() == output


def test_a_named_method_is_taken():
    """The method that is asked for comes before every other, and before calling the model."""
    thing = model(predict=answers(1), predict_proba=answers(3), __call__=answers(9))
    assert method(thing, "predict")(X).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("thing", "name", "told"),
    [
        (3, "predict", "the model (int) has no predict: it has no method that predicts"),
        (
            model(transform=answers(1)),
            "predict",
            "the model (Model) has no predict: it has transform",
        ),
        (
            model(predict=answers(1), predict_proba=answers(1)),
            "transform",
            "the model (Model) has no transform: it has predict_proba, predict",
        ),
        (Called, "predict", "the model (type) has no predict: it has no method that predicts"),
    ],
)
def test_a_model_without_the_method(thing, name, told):
    """What does not predict is told by its type and by what it has instead."""
    with pytest.raises(Fault) as error:
        method(thing, name)
    assert str(error.value) == told


def test_a_thing_that_scores_nothing():
    """What neither predicts nor can be called has no score."""
    with pytest.raises(Fault, match=r"^the model \(Model\) has no predict: it has transform$"):
        scorer(model(transform=answers(1)))


def test_several_targets_are_columns():
    """The probabilities of several targets stand side by side."""
    thing = model(predict_proba=lambda given: [np.zeros((2, 2)), np.ones((2, 3))])
    assert scorer(thing)(X).shape == scorer(thing).probed(X).shape == (2, 5)


def test_labels_are_scores_where_there_is_nothing_better():
    """Labels come through as they are."""
    thing = model(predict=lambda given: ["yes", "no"])
    assert scorer(thing)(X).tolist() == ["yes", "no"]


@pytest.mark.parametrize("call", ["__call__", "probed"])
@pytest.mark.parametrize(
    ("predict", "told"),
    [
        (lambda given: given / "a", "predict raised "),
        (lambda given: [1], "predict returned 1 predictions for 2 rows"),
        (lambda given: None, "predict returned None"),
    ],
)
def test_every_call_is_checked(call, predict, told):
    """What comes out of a score is checked at every call, not at the first alone."""
    with pytest.raises(Fault) as error:
        getattr(scorer(model(predict=predict)), call)(X)
    assert str(error.value).startswith(told)


def test_the_first_call_holds_the_model_to_its_contract():
    """The probing call sees that the input was changed."""

    def predict(given):
        given[0] = 5
        return [0, 0]

    given = X.copy()
    with pytest.raises(Fault, match=r"^predict changed its input"):
        scorer(model(predict=predict)).probed(given)
