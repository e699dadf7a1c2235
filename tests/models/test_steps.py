"""Tests of pytest_mlreqs.models.steps."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pytest_mlreqs.models.harm.altered import Altered
from pytest_mlreqs.models.steps import preparation

X = np.array([[0.0, 1], [2, 3], [4, 8]])


@pytest.mark.parametrize("dress", [lambda m: m, lambda m: Altered(m, lambda call, X: call(X))])
def test_what_comes_before_the_last_step(dress):
    """The first steps of a fitted pipeline are a function of its rows, for a stand-in too."""
    scaler = StandardScaler()
    pipeline = make_pipeline(scaler, "passthrough", LogisticRegression()).fit(X, [0, 1, 1])
    assert preparation(dress(pipeline))(X).tolist() == scaler.transform(X).tolist()


@pytest.mark.parametrize("model", [len, LogisticRegression(), make_pipeline(LogisticRegression())])
def test_no_preparation(model):
    """What is no pipeline, or one of a single step, prepares nothing."""
    assert preparation(model) is None
