"""Tests of pytest_mlreqs.models.comparing."""

import numpy as np
import pytest

from pytest_mlreqs.models.comparing import apart, finite, labels_only, size, span

INF = np.inf


@pytest.mark.parametrize(
    ("a", "b", "far"),
    [
        ([1.0, 2.0], [1.0, 2.5], [0, 0.5]),
        ([-INF, INF, INF], [-INF, INF, -INF], [0, 0, INF]),
        ([-INF, 1.0], [0.0, INF], [INF, INF]),
        ([1e308], [-1e308], [INF]),
        (["a", "b"], ["a", "c"], [0, 1]),
        ([True, False], [True, True], [0, 1]),
        ([2**53], [2**53 + 1], [1]),
        ([[1.0, 2.0], [3.0, -INF]], [[1.0, 4.0], [3.0, -INF]], [2, 0]),
        ([1.0, 2.0], [[1.0], [2.0]], [1, 1]),
    ],
)
def test_apart(a, b, far):
    """Rows are as far apart as their entries, equal infinities not at all, and never NaN."""
    assert apart(np.array(a), np.array(b)).tolist() == far


@pytest.mark.parametrize(
    ("output", "wide", "large"),
    [
        ([1.0, 4.0, -INF], 3.0, 4.0),
        ([2.0, 2.0], 1.0, 2.0),
        ([INF, -INF], 1.0, 0.0),
        ([], 1.0, 0.0),
        (["a", "b"], 1.0, 1.0),
        ([1e308, -1e308], np.finfo(float).max, 1e308),
    ],
)
def test_span_and_size(output, wide, large):
    """Ranges and sizes are those of the finite scores."""
    assert (span(np.array(output)), size(np.array(output))) == (wide, large)


def test_finite():
    """Infinite scores lie beyond the finite ones, on their side."""
    assert finite(np.array([1.0, 3.0, INF, -INF])).tolist() == [1, 3, 5, -1]
    assert finite(np.array([INF, -INF])).tolist() == [1, -1]
    assert np.isfinite(finite(np.array([1e308, -1e308, INF]))).all()


def test_numbers_beside_words():
    """Columns of objects that are numbers are compared as numbers, others as labels."""
    before = np.array([[0.5, "no"], [0.5, "no"], [0.5, "no"]], dtype=object)
    after = np.array([[0.5, "no"], [0.75, "no"], [0.5, "yes"]], dtype=object)
    assert apart(before, after).tolist() == [0, 0.25, 1]
    assert not labels_only(before)
    assert labels_only(before[:, 1:])
    assert labels_only(np.array([1, 2]))
    assert not labels_only(np.array([0.5]))
