"""Tests of pytest_mlreqs.models.training."""

import random

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.models.training import fit

X, Y = np.arange(20.0).reshape(10, 2), np.arange(10) % 2


def test_an_estimator_is_cloned():
    """What is fitted is a copy, whose open seeds are set."""
    train = DecisionTreeClassifier()
    model = fit(train, X, Y, seed=7)
    assert (model.predict(X) == Y).all()
    assert (model.random_state, train.random_state) == (7, None)
    assert not hasattr(train, "tree_")


def test_a_function():
    """A function gives the model itself."""
    assert fit(lambda X, y: LogisticRegression().fit(X, y), X, Y).n_features_in_ == 2


@pytest.mark.parametrize(
    ("train", "words"),
    [
        (lambda X, y: None, "train returned None, not a fitted model"),
        (lambda X, y: 1 / 0, "train raised ZeroDivisionError: division by zero"),
    ],
)
def test_what_gives_no_model(train, words):
    """Training that raises, or gives nothing, is at fault."""
    with pytest.raises(Fault, match=f"^{words}"):
        fit(train, X, Y)


def test_generators_are_put_back():
    """The global generators go on as if nothing had been fitted."""
    random.seed(1)
    np.random.seed(1)
    expected = random.random(), np.random.random()
    random.seed(1)
    np.random.seed(1)
    fit(DecisionTreeClassifier(), X, Y)
    assert (random.random(), np.random.random()) == expected
