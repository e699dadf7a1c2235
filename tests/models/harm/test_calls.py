"""Harm done by calls is done in each that is meant, and answers stay."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.models.frames import opened
from pytest_mlreqs.models.harm.altered import Altered
from pytest_mlreqs.models.harm.calls import OnlyWith, Sleepy
from pytest_mlreqs.testing import FakeClock


def negated(call, X):
    """Turn the sign of each prediction."""
    return [-y for y in call(X)]


def test_every_so_many_calls_sleep():
    """Calls are counted, every third sleeps, and all are answered by the model."""
    sleepy = pickle.loads(pickle.dumps(Sleepy(0.5, 3, FakeClock())))
    model = Altered(len, sleepy)
    assert [model([1, 2]) for _ in range(7)] == [2] * 7
    assert sleepy._clock.seconds() == pytest.approx(1, abs=1e-5)


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
