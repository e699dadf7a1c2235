"""A model is called by the method that the requirement declares."""

import msgspec
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.models.model import Model

X = np.array([[0.0], [1.0], [2.0], [3.0]])
CLASSIFIER = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, [0, 0, 1, 1])


class Options(msgspec.Struct):
    """What a kind declares."""

    method: str | None = None


def test_what_is_called():
    """Without a method it is `predict`; with one that; the scores come first."""
    model = Model.of(CLASSIFIER, "model", Options(), {})
    assert (model.name, model.raw) == ("predict", CLASSIFIER)
    assert [one.name for one in model.offered] == ["predict_proba", "decision_function", "predict"]
    declared = Model.of(CLASSIFIER, "model", Options("decision_function"), {})
    assert [declared.name] == [one.name for one in declared.offered] == ["decision_function"]


def test_a_method_that_is_not_there():
    """A model without the method is no model for this requirement, once it is asked."""
    model = Model(CLASSIFIER, "forecast")
    with pytest.raises(DeclarationError, match="has no forecast"):
        _ = model.call


def test_steps():
    """A pipeline has its steps, a function none."""
    assert [name for name, _ in Model(CLASSIFIER).steps()] == [
        "standardscaler",
        "logisticregression",
    ]
    assert Model(lambda rows: rows[:, 0]).steps() == []
