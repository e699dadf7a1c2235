"""Harm that shows on loading leaves the model itself as it is."""

from __future__ import annotations

import pickle

from pytest_mlreqs.models.harm.loading import SlowToLoad


class Doubler:
    """A model with every method that predicts."""

    n_features_in_ = 1
    transform = "not a method"

    def predict(self, X):
        return [2 * x for x in X]

    predict_proba = decision_function = predict

    def get_params(self):
        return {"depth": 3}


def test_slow_to_load(monkeypatch):
    """A model that is slow to load is itself before and after, and sleeps while it is loaded."""
    model = SlowToLoad(Doubler(), 0.5)
    assert model.predict([1]) == [2]
    stored = pickle.dumps(model)
    slept = []
    monkeypatch.setattr("time.sleep", slept.append)
    assert type(pickle.loads(stored)) is Doubler
    assert slept == [0.5]
