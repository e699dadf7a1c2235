"""Tests of pytest_mlreqs.measures.statistics.histogram."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mlreqs.measures.statistics.histogram import histogram


def test_known_classes():
    """Classes grow by a constant factor, and the limit is the border of one."""
    found = histogram([1.5] * 4 + [3] * 2 + [900], 10, "ms")
    assert (found.limit, found.unit, found.of) == (10, "ms", "calls")
    assert 10 in found.edges
    factor = found.edges[1] / found.edges[0]
    assert factor == pytest.approx((900 / 1.5) ** 0.1)
    for low, high in pairwise(found.edges):
        assert high / low == pytest.approx(factor)
    counts = dict(zip([round(edge, 2) for edge in found.edges[1:]], found.counts, strict=True))
    assert {edge: count for edge, count in counts.items() if count} == {
        2.78: 4,
        5.27: 2,
        1669.25: 1,
    }


def beyond(found):
    """How many values are within the limit, and how many beyond it."""
    kept = [upper <= found.limit for upper in found.edges[1:]]
    within = sum(count for count, ok in zip(found.counts, kept, strict=True) if ok)
    return within, sum(found.counts) - within


@pytest.mark.parametrize(("value", "split"), [(5.0, (1, 0)), (4.999, (1, 0)), (5.001, (0, 1))])
def test_the_limit_is_kept_by_what_equals_it(value, split):
    """A value at the limit is in a class within it, a larger one beyond."""
    assert beyond(histogram([value], 5.0)) == split


@given(st.lists(st.floats(1e-6, 1e7), min_size=1, max_size=50), st.floats(1e-6, 1e7))
def test_all_are_counted(values, limit):
    """Every value is in one class, on its side of the limit, and there are few classes."""
    found = histogram(sorted(values), limit)
    within = sum(value <= limit for value in values)
    assert beyond(found) == (within, len(values) - within)
    assert len(found.counts) <= 12
    assert len(found.edges) == len(found.counts) + 1
