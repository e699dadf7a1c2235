"""Tests of pytest_mlreqs.measures.statistics.proportion."""

import numpy as np
import pytest
from scipy.stats import binom

from pytest_mlreqs.measures.statistics.proportion import bounds, rows_needed


def test_all_rows_are_no_sample():
    """The ends for all rows are the shares themselves."""
    assert bounds(3, 5, 10, sampled=False) == (0.3, 0.5)


@pytest.mark.parametrize(
    ("hits", "rows", "ends"),
    [(0, 200, (0.0, 0.018275)), (5, 10, (0.187086, 0.812914)), (10, 10, (0.691503, 1.0))],
)
def test_known_intervals(hits, rows, ends):
    """The ends of a sample are those of Clopper and Pearson's published intervals."""
    assert bounds(hits, hits, rows, sampled=True) == pytest.approx(ends, abs=1e-6)


def test_each_end_has_its_own_count():
    """The lower end comes from what is certain, the upper from what is possible."""
    both = bounds(10, 30, 200, sampled=True)
    assert both[0] == bounds(10, 10, 200, sampled=True)[0]
    assert both[1] == bounds(30, 30, 200, sampled=True)[1]


@pytest.mark.parametrize(("rows", "limit"), [(50, 0.05), (200, 0.05), (200, 0.3)])
def test_error_rates(rows, limit):
    """At the limit itself at most 2.5 % of samples accuse, and at most 2.5 % acquit."""
    ends = np.array([bounds(hits, hits, rows, sampled=True) for hits in range(rows + 1)])
    chance = binom.pmf(np.arange(rows + 1), rows, limit)
    assert chance[ends[:, 0] > limit].sum() <= 0.025
    assert chance[ends[:, 1] <= limit].sum() <= 0.025


@pytest.mark.parametrize(("share", "limit"), [(0.08, 0.05), (0.02, 0.05), (0.5, 0.1)])
def test_rows_needed(share, limit):
    """As many rows as are named decide, if the share stays, and half as many do not."""

    def decides(rows):
        hits = round(share * rows)
        low, high = bounds(hits, hits, rows, sampled=True)
        return low > limit or high <= limit

    rows = rows_needed(share, limit, 100_000)
    assert decides(rows)
    assert rows == 30 or not decides(rows // 2)


def test_rows_needed_are_no_more_than_there_are():
    """A share at the limit is settled by all rows only."""
    assert rows_needed(0.05, 0.05, 1_309) == 1_309
    assert rows_needed(0.0, 0.0, 500) == 500
