"""Tests of pytest_mlreqs.measures.association.carriers."""

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.measures.association.carriers import alone, carriers

N = 2000
GENERATOR = np.random.default_rng(0)
MEMBER = GENERATOR.random(N) < 0.4
X = pd.DataFrame(
    {
        "used": GENERATOR.normal(size=N) + MEMBER,
        "idle": GENERATOR.normal(size=N) + MEMBER,
        "noise": GENERATOR.normal(size=N),
        "role": np.where(MEMBER, GENERATOR.choice(["a", "b"], N), GENERATOR.choice(["b", "c"], N)),
    }
)


def score(X):
    """Takes `used`, `noise` and a little of `role`."""
    return (X["used"] + X["noise"] + 0.5 * (X["role"] == "a")).to_numpy()


def test_both():
    """Named are columns that both tell the group and move the score, the strongest first."""
    found = carriers(score, X, MEMBER)
    assert [one.name for one in found] == ["used", "role"]
    assert found[0].auc == pytest.approx(0.75, abs=0.04)
    assert 0.1 < found[0].share < 0.4


def test_skipped():
    """Legitimate columns are not named."""
    assert [one.name for one in carriers(score, X, MEMBER, skip=[0])] == ["role"]


def test_refused():
    """A column whose other values the model refuses is passed over."""

    def picky(rows):
        if not rows["role"].equals(X["role"]):
            raise Fault("no")
        return score(rows)

    assert [one.name for one in carriers(picky, X, MEMBER)] == ["used"]


def test_a_constant_score():
    """A score that never moves has no carriers."""
    assert carriers(lambda X: np.zeros(len(X)), X, MEMBER) == []


def test_data_stay_as_they_are():
    """The rows are not changed."""
    before = X.copy()
    carriers(score, X, MEMBER)
    pd.testing.assert_frame_equal(X, before)


@pytest.mark.parametrize(
    ("values", "area"),
    [
        (np.where(MEMBER, 1.0, 0.0), 1.0),
        (np.where(MEMBER, "x", "y"), 1.0),
        (np.where(MEMBER, np.nan, 1.0), 1.0),
        (np.where(MEMBER, 0.0, GENERATOR.choice([-1.0, 1.0], N)), 1.0),
        (GENERATOR.normal(size=N), 0.5),
        (np.array([f"id{n}" for n in range(N)]), 0.5),
        (np.zeros(N), 0.5),
    ],
    ids=["number", "text", "gap", "middle", "noise", "identity", "constant"],
)
def test_alone(values, area):
    """One column tells a group by its values, gaps and the middle of its range, not by rarity."""
    assert alone(pd.DataFrame({"a": values}), MEMBER) == pytest.approx(area, abs=0.04)
