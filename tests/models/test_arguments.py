"""Tests of pytest_mlreqs.models.arguments."""

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pytest_mlreqs.models.arguments import beside


class Reads(ClassifierMixin, BaseEstimator):
    """Predictions that may be handed a race."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X, race=None):
        return np.zeros(len(X))


def handed(X, *, sensitive_features):
    """Predictions that must be handed the attributes."""


def optional(X, *, sensitive_features=None):
    """Predictions that can do without them."""


@pytest.mark.parametrize(
    ("model", "found"),
    [
        (Reads(), {"race": "predict"}),
        (handed, {"sensitive_features": "handed"}),
        (optional, {}),
        (lambda race: race, {}),
        (LogisticRegression(), {}),
        (make_pipeline(StandardScaler(), Reads()), {}),
        (dict, {}),
        (object(), {}),
    ],
    ids=["named", "required", "optional", "rows", "plain", "not routed", "builtin", "nothing"],
)
def test_signatures(model, found):
    """Arguments count by their name, or when no prediction can be had without them."""
    assert beside(model, ["race"]) == found


def test_routed():
    """What metadata routing hands to a step of a pipeline is found, and nothing else."""
    with sklearn.config_context(enable_metadata_routing=True):
        model = make_pipeline(StandardScaler(), Reads().set_predict_request(race=True))
        assert beside(model, ["race", "age"]) == {"race": "predict"}
        assert beside(model, ["age"]) == {}
