"""Tests of pytest_mlreqs.measures.traces.membership."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from pytest_mlreqs.measures.traces.membership import membership

RANDOM = np.random.default_rng(0)
MEMBERS, FRESH = RANDOM.normal(size=(60, 5)), RANDOM.normal(size=(50, 5))
LABELS, OTHER = RANDOM.integers(0, 2, 60), RANDOM.integers(0, 2, 50)


def test_whoever_was_learned_by_heart():
    """The losses of a model that learned its rows by heart tell them from others."""
    forest = RandomForestClassifier(30, random_state=0).fit(MEMBERS, LABELS)
    assert membership(forest.predict_proba, MEMBERS, LABELS, FRESH, OTHER) > 0.8


def test_numbers_as_targets():
    """A score for targets that are numbers is told by its distance from them."""
    known = {tuple(row): label for row, label in zip(MEMBERS, LABELS, strict=True)}

    def score(rows):
        return np.array([known.get(tuple(row), 0.5) for row in rows])

    assert membership(score, MEMBERS, LABELS, FRESH, OTHER) == 1


def test_nothing_to_tell():
    """A model that says the same of everybody tells nothing."""
    auc = membership(lambda rows: np.full(len(rows), 0.5), MEMBERS, LABELS, FRESH, OTHER)
    assert auc == pytest.approx(0.5)
