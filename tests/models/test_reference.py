"""Tests of pytest_mlreqs.models.reference."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pytest_mlreqs.models import reference

X = np.array([[0.0, 1], [2, 3], [4, 8]])


@pytest.mark.parametrize("name", [None, "preprocessing", "previous", "champion", "preprocessor"])
def test_names(name):
    """The two words are known, and any other name may be that of a fixture."""
    assert reference.mistaken(name, ("model", "X", "previous")) == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("preprocesing", "is 'preprocesing'; did you mean 'preprocessing'?"),
        ("preprocess", "did you mean 'preprocessing'?"),
        (
            "pre-processing",
            "or names a fixture, got 'pre-processing'; did you mean 'preprocessing'",
        ),
        ("Previous!", "or names a fixture, got 'Previous!'; did you mean 'previous'?"),
        ("", "relative_to is 'preprocessing', or names a fixture, got ''"),
        ("model", "relative_to is 'model', which is examined itself; take 'previous'"),
    ],
)
def test_mistaken(name, words):
    """What can be no fixture, and what was meant to be a known word, is told with the nearest."""
    assert words in reference.mistaken(name, ("model", "X", "previous"))


@pytest.mark.parametrize(
    ("name", "supplied"),
    [(None, {}), ("preprocessing", {}), ("champion", {"previous": "champion"})],
)
def test_supplied(name, supplied):
    """A name that is no word of its own is the fixture that is the other model."""
    assert reference.supplied(name) == supplied


def test_what_is_called():
    """It is what comes before the last step, or the method of the other model."""
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, [0, 1, 1])
    before = reference.call("preprocessing", pipeline, None, "predict")
    assert before(X).tolist() == pipeline[0].transform(X).tolist()
    other = reference.call("champion", pipeline, pipeline[1], "predict_proba")
    assert other(X).tolist() == pipeline[1].predict_proba(X).tolist()
    assert reference.call("preprocessing", pipeline[1], None, "predict") is None


def test_words():
    """Messages name a fixture as the user does."""
    told = [reference.words(name) for name in ("preprocessing", "previous", "champion")]
    assert told == ["its preprocessing", "the previous model", "champion"]
