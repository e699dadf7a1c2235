"""Tests of pytest_mlreqs.forgetting.traces.membership."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier

from pytest_mlreqs.forgetting.traces.membership import membership, variants

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


def test_variants():
    """Fresh rows have the pattern of the planted; all else in them, and their kind, is others'."""
    others = RANDOM.normal(size=(300, 6))
    rows = np.c_[RANDOM.normal(size=(48, 3)), 6 + 0.02 * RANDOM.normal(size=(48, 3))]
    fresh = variants(rows, others, 60)
    assert fresh.shape == (60, 6)
    assert (fresh[:, 3:] > 5.5).all()
    assert np.isin(fresh[:, :3], others[:, :3]).all()
    frame = pd.DataFrame({"a": others[:, 0], "b": ["x", "y", "z"] * 100, "c": range(300)})
    them = pd.DataFrame({"a": rows[:, 0], "b": ["w"] * 48, "c": range(48)})
    fresh = variants(them, frame, 20)
    assert set(fresh["b"]) == {"w"}
    assert fresh["a"].isin(frame["a"]).all()
    assert fresh["c"].dtype == frame["c"].dtype
    with pytest.raises(ValueError, match="share no pattern"):
        variants(others[:40], others, 60)
