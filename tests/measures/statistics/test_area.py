"""Tests of pytest_mlreqs.measures.statistics.area."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from pytest_mlreqs.measures.statistics.area import Area, area, extreme, mean_area


def drawn(n, shift, seed=0, share=0.4):
    """Members and scores that are normal and `shift` apart."""
    generator = np.random.default_rng(seed)
    member = generator.random(n) < share
    return member, generator.normal(size=n) + shift * member


@pytest.mark.parametrize("digits", [None, 1, 0])
def test_area(digits):
    """The area is scikit-learn's, ties included."""
    member, score = drawn(500, 0.7)
    score = score if digits is None else score.round(digits)
    assert area(member, score).value == pytest.approx(roc_auc_score(member, score), abs=1e-12)


@pytest.mark.parametrize("digits", [None, 0])
def test_delong_by_brute_force(digits):
    """The standard error is DeLong's, from all pairs."""
    member, score = drawn(120, 0.7)
    score = score if digits is None else score.round(digits)
    inside, outside = score[member], score[~member]
    pairs = (inside[:, None] > outside) + 0.5 * (inside[:, None] == outside)
    expected = np.sqrt(
        pairs.mean(axis=1).var(ddof=1) / len(inside) + pairs.mean(axis=0).var(ddof=1) / len(outside)
    )
    assert area(member, score).error == pytest.approx(expected, abs=1e-12)


def test_parts():
    """Rows of two parts are not compared, and a part of one kind does not count."""
    member = np.array([True, False, True, False, False])
    score = np.array([2.0, 1.0, 20.0, 10.0, 99.0])
    found = area(member, score, np.array([0, 0, 1, 1, 2]))
    assert (found.value, found.fewer) == (1.0, (2,))
    assert area(member, score).value == pytest.approx(3 / 6)
    assert area(member, score, np.arange(5)).interval() == (0.0, 1.0)


@pytest.mark.parametrize(
    ("rows", "low"), [(1, 0.0), (28, 0.9493), (29, 0.9509), (34, 0.9578), (1000, 0.9985)]
)
def test_a_perfect_sample(rows, low):
    """A perfect area is as sure as a share of 1 in so many trials allows: .05 ** (1 / m)."""
    member = np.arange(2100) < rows
    found = area(member, -np.arange(2100))
    assert found.value == 1.0
    assert found.interval() == pytest.approx((low, 1.0), abs=1e-4)
    assert area(member, np.arange(2100)).interval() == pytest.approx((0.0, 1 - low), abs=1e-4)


def test_nearly_perfect():
    """One pair out of order does not make an area surer than none does."""
    member = np.arange(130) < 34
    score = -np.arange(130.0)
    score[33] = -34.5
    low, high = area(member, score).interval()
    assert 0.9 < low < area(member, -np.arange(130)).interval()[0]
    assert high == pytest.approx(1, abs=1e-3)


def test_against_clopper_and_pearson():
    """An area that is due to a share of members has the exact interval of that share at least."""
    member = np.arange(130) < 20
    low, high = area(member, (np.arange(130) < 18) * 1.0).interval()  # a share of 18 of 20
    assert low <= (1 + 0.683) / 2
    assert high >= (1 + 0.9876) / 2


def test_the_other_way_round():
    """The interval of the opposite order is the mirror image."""
    member, score = drawn(200, 0.7)
    low, high = area(member, score).interval()
    assert area(member, -score).interval() == pytest.approx((1 - high, 1 - low))


def test_mean():
    """Copies of many small classes are sure together, though each alone is not."""
    y = np.repeat(np.arange(10), 5)
    each = [area(y == one, (y == one) * 1.0) for one in range(10)]
    assert each[0].interval()[0] < 0.8
    assert mean_area(each).interval()[0] > 0.95
    assert mean_area(each[:3]).interval()[0] < 0.95
    assert mean_area([Area(0.6, 0.1, (9,)), Area(0.8, 0.3, (7,))]).error == pytest.approx(0.2)


def test_extreme():
    """The largest of several areas has an interval that holds for all of them at once."""
    one, other = area(*drawn(300, 0.7)), area(*drawn(300, 0.5, 1))
    assert extreme([one]) == one.interval()
    low, high = extreme([one, other])
    assert low == max(one.interval(0.025)[0], other.interval(0.025)[0])
    assert high == max(one.interval(0.025)[1], other.interval(0.025)[1])


def test_it_covers():
    """The 95 % interval holds the true area in about 95 of 100 draws, on either side."""
    true = 0.6896  # Phi(0.7 / sqrt 2)
    ends = np.array([area(*drawn(200, 0.7, seed)).interval() for seed in range(400)])
    assert (ends[:, 0] > true).mean() < 0.04
    assert (ends[:, 1] < true).mean() < 0.04
    assert ((ends[:, 0] > true) | (ends[:, 1] < true)).mean() > 0.02
