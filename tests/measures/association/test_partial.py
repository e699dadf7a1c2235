"""Tests of pytest_mlreqs.measures.association.partial."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pytest_mlreqs.measures.association.attributes import attribute
from pytest_mlreqs.measures.association.partial import correlation, partial, unexplained
from pytest_mlreqs.measures.tables.columns import coded


def normal(n, seed=0, k=1):
    """Normal numbers, shape (n, k), or (n,)."""
    made = np.random.default_rng(seed).normal(size=(n, k))
    return made[:, 0] if k == 1 else made


def related(score, values, given):
    """All the partial correlations."""
    scores, columns = (
        score.reshape(len(score), -1),
        coded(pd.DataFrame(given, index=range(len(score)))),
    )
    of = attribute(pd.Series(values))
    rest = unexplained(scores, columns)
    return partial(scores[of.rows], rest[of.rows], of, columns.take(of.rows))


def test_correlation():
    """It is Pearson's, and for normal numbers its error is the textbook's."""
    a = normal(20_000)
    b = 0.5 * a + normal(20_000, 1)
    r, se = correlation(a, b)
    assert r == pytest.approx(stats.pearsonr(a, b)[0])
    assert se == pytest.approx((1 - r**2) / np.sqrt(20_000), rel=0.05)


def test_correlation_of_odd_numbers():
    """For other numbers the error is that of the bootstrap."""
    generator = np.random.default_rng(0)
    a = np.exp(normal(3000))
    b = (a > 1) + normal(3000, 1)
    picks = [generator.integers(0, 3000, 3000) for _ in range(400)]
    spread = np.std([np.corrcoef(a[pick], b[pick])[0, 1] for pick in picks])
    assert correlation(a, b)[1] == pytest.approx(spread, rel=0.15)


def test_constants():
    """What does not vary is related to nothing."""
    assert correlation(np.ones(10), normal(10)) == (0.0, 0.0)
    (one,) = related(np.ones(200), normal(200, 1) > 0, {"a": normal(200, 2)})
    assert (one.r, one.se, one.plain) == (0.0, 0.0, 0.0)


def test_nothing_given():
    """Without columns it is the plain correlation."""
    member = normal(500) > 0
    score = normal(500, 1) + member
    (one,) = related(score, member, {})
    assert one.r == pytest.approx(np.corrcoef(score, member)[0, 1])
    assert one.r == pytest.approx(one.plain)


def test_explained():
    """A relation that a column explains goes away, and the plain one is still told."""
    cause = normal(3000)
    member = cause + normal(3000, 1) > 0
    (one,) = related(np.sin(2 * cause) + cause + normal(3000, 2), member, {"cause": cause})
    assert one.plain > 0.3
    assert abs(one.r) < 4 * one.se


def test_known_partial_correlation():
    """For normal numbers it is the partial correlation of the textbook."""
    cause, own = normal(6000), normal(6000, 1)
    number = cause + own
    score = cause + 0.5 * own + normal(6000, 2)
    (one,) = related(score, number, {"cause": cause})
    assert one.r == pytest.approx(0.5 / np.sqrt(1.25), abs=0.03)


def test_all_explained():
    """Of a score that is a function of the columns nothing is left but the error of the probes."""
    cause = normal(2000)
    member = cause + normal(2000, 1) > 0
    (one,) = related(2 * cause, member, {"cause": cause})
    assert (one.r, one.se) == (0.0, 0.0)


def test_blind():
    """A group that the columns tell leaves nothing to correlate with, and that is said."""
    member = normal(1000) > 0
    (one,) = related(member + normal(1000, 1), member, {"copy": member})
    assert one.blind
    assert one.r == 0.0


def test_groups_and_outputs():
    """Every output is correlated with every group."""
    group = np.arange(900) % 3
    scores = np.column_stack([normal(900), normal(900, 1) + (group == 2)])
    found = related(scores, group.astype(str), {"noise": normal(900, 3)})
    assert [(one.output, one.group) for one in found] == [(o, g) for o in (0, 1) for g in (0, 1, 2)]
    assert max(found, key=lambda one: abs(one.r)).r == found[5].r > 0.3


def test_null_size():
    """Where the columns explain everything, |T| > 1.96 in about one draw of twenty.

    In few draws; `benchmarks/presence_verdicts.py` makes many.
    """
    high = 0
    for seed in range(4):
        cause = normal(400, seed)
        member = cause + normal(400, 1000 + seed) > 0
        score = cause + normal(400, 2000 + seed)
        (one,) = related(score, member, {"cause": cause})
        high += abs(one.r) > 1.96 * one.se
    assert high <= 1
