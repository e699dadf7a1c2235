"""Tests of pytest_mlreqs.measures.memory.work."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from pytest_mlreqs.core.measurement import Fault, Undecided
from pytest_mlreqs.measures.memory.work import copied, of_a_model, of_a_test, of_training
from pytest_mlreqs.models.harm.calls import Greedy
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows

X = pd.DataFrame({"a": range(10)})


def test_a_model():
    """A model is called with all rows, or with batches of its own."""
    assert len(of_a_model(Model(lambda X: X["a"]), Rows(X), None).given) == 1
    sizes = [len(rows) for _, rows in of_a_model(Model(lambda X: X["a"]), Rows(X), 4).given]
    assert sizes == [4, 4, 4]
    with pytest.raises(Undecided, match="X has 10 rows, and a call takes 11"):
        of_a_model(Model(lambda X: X["a"]), Rows(X), 11)


def test_a_model_is_held_to_its_contract():
    """A model that breaks it is found out before anything is measured."""
    with pytest.raises(Fault, match="3 predictions for 10 rows"):
        of_a_model(Model(lambda X: np.zeros(3)), Rows(X), None)


def test_what_is_wrong_is_a_fault():
    """A training and a test that raise are told as such."""

    def broken(*given):
        raise RuntimeError("no")

    for work in (of_training(broken, X, X["a"]), of_a_test(broken)):
        with pytest.raises(Fault, match="raised RuntimeError: no"):
            work.call(work.given[0][1])


def test_copied():
    """What is given away is a copy; what has none, itself."""
    given, y = copied((X, None))
    given["a"] = 0
    assert X["a"].tolist() == list(range(10))
    assert y is None


def test_harmed():
    """What stands in for a training can be pickled where it can, and that for a body takes none."""
    harm = Greedy(5)
    stand_in = of_training(LogisticRegression(), X, X["a"] > 4).harmed(harm)
    again = pickle.loads(pickle.dumps(stand_in))
    assert again(X, X["a"] > 4).predict(X).tolist() == [False] * 5 + [True] * 5
    assert of_a_test(lambda: 7).harmed(harm)() == 7
