"""Tests of pytest_mlreqs.measures.association.association."""

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.measures.association.association import crossfitted, predictability, simultaneous
from pytest_mlreqs.measures.association.attributes import attribute
from pytest_mlreqs.measures.tables.columns import coded


def drawn(n, shift, seed=0, share=0.4):
    """Members and scores that are normal and `shift` apart."""
    generator = np.random.default_rng(seed)
    member = generator.random(n) < share
    return member, generator.normal(size=n) + shift * member


def told(X, values):
    """How well columns tell a single group."""
    (found,) = predictability(coded(X), attribute(pd.Series(values)))
    return found


def test_simultaneous():
    """The interval of one value is the usual one; of several it begins lower, from 0 to 1."""
    assert simultaneous([0.5], [0.1]) == pytest.approx((0.304, 0.696), abs=1e-3)
    assert simultaneous([0.5, 0.4], [0.1, 0.0]) == pytest.approx((0.4, 0.696), abs=1e-3)
    assert simultaneous([0.5, 0.1], [0.1, 0.1]) == pytest.approx((0.276, 0.696), abs=1e-3)
    assert simultaneous([0.01, 0.99], [0.1, 0.1])[1] == 1.0


def test_linear():
    """A column that is shifted tells the group as well as it can be told."""
    member, score = drawn(2000, 1.0)
    found = told(pd.DataFrame({"a": score, "b": score[::-1]}), member)
    assert found.area.value == pytest.approx(0.76, abs=0.03)
    assert found.base == pytest.approx(0.4, abs=0.03)
    assert found.error == pytest.approx(0.31, abs=0.03)


def test_interaction():
    """Two columns that tell the group together only are seen by the trees."""
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(2000, 2)), columns=["a", "b"])
    found = told(frame, frame["a"] * frame["b"] > 0)
    assert found.area.value > 0.95
    assert found.probe == "boosted"


def test_categories():
    """A category tells the group that it is made of."""
    member, _ = drawn(1000, 0)
    found = told(pd.DataFrame({"a": np.where(member, "x", "y"), "b": "same"}), member)
    assert (found.area.value, found.error) == (1.0, 0.0)


def test_nothing():
    """Columns of noise, or none, tell nothing."""
    member, _ = drawn(1000, 0)
    noise = pd.DataFrame(np.random.default_rng(5).normal(size=(1000, 5)), columns=list("abcde"))
    found = told(noise, member)
    assert abs(found.area.value - 0.5) < 3 * found.area.error
    assert told(noise[[]], member).area.value == 0.5


def test_null_size():
    """Of attributes unrelated to the columns few seem to be told."""
    high = 0
    for seed in range(5):
        member, _ = drawn(400, 0, seed)
        noise = np.random.default_rng(900 + seed).normal(size=(400, 3))
        found = told(pd.DataFrame(noise, columns=list("abc")), member)
        high += found.area.interval()[0] > 0.5
    assert high <= 1


def test_gaps_everywhere():
    """Gaps, a column that is nearly all gaps, and rare categories are no obstacle."""
    member, score = drawn(300, 1.0)
    frame = pd.DataFrame({"a": score, "b": np.nan, "c": [f"v{n}" for n in range(300)]})
    frame.loc[::3, "a"] = np.nan
    frame.loc[0, "b"] = 1.0
    assert told(frame, member).area.value > 0.6


def test_expectations_are_out_of_sample():
    """Noise cannot be predicted, which an in-sample fit would seem to do."""
    generator = np.random.default_rng(0)
    target = generator.normal(size=500)
    made = crossfitted(coded(pd.DataFrame(generator.normal(size=(500, 3)))), target, classes=False)
    for guess in made.values():
        assert np.mean((target - guess[:, 0]) ** 2) > 0.9 * target.var()


def test_expectations():
    """A function of the columns is expected to be what it is."""
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(2000, 4)))
    target = np.tanh(frame.sum(axis=1)).to_numpy()
    guess = crossfitted(coded(frame), target, classes=False)["boosted"][:, 0]
    assert np.mean((target - guess) ** 2) < 0.01 * target.var()


def test_deterministic():
    """Twice the same data give twice the same answer."""
    member, score = drawn(300, 1.0)
    frame = pd.DataFrame({"a": score})
    assert told(frame, member) == told(frame, member)
