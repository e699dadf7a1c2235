"""Harm that shows on loading leaves the model itself as it is."""

from __future__ import annotations

import pickle

from pytest_mlreqs.models.harm.loading import SlowToLoad
from tests.models.harm.test_altered import Doubler


def test_slow_to_load(monkeypatch):
    """A model that is slow to load is itself before and after, and sleeps while it is loaded."""
    model = SlowToLoad(Doubler(), 0.5)
    assert model.predict([1]) == [2]
    stored = pickle.dumps(model)
    slept = []
    monkeypatch.setattr("time.sleep", slept.append)
    assert type(pickle.loads(stored)) is Doubler
    assert slept == [0.5]
