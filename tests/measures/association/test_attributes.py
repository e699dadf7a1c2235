"""Tests of pytest_mlreqs.measures.association.attributes."""

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.measures.association.attributes import attribute


@pytest.mark.parametrize("dtype", [object, "category", "string"])
def test_two_groups(dtype):
    """Of two groups the smaller one is judged, and people without a value are counted."""
    of = attribute(pd.Series(["m"] * 60 + ["f"] * 40 + [None] * 5, dtype=dtype))
    assert of.labels == ("m", "f")
    assert of.judged == (1,)
    assert of.targets()[:, 0].tolist() == [0] * 60 + [1] * 40
    assert (of.unknown, of.small, of.why) == (5, 0, "")
    assert of.left_out() == ("5 rows without a value",)


@pytest.mark.parametrize("values", [[True] * 40 + [False] * 60, [1] * 40 + [0] * 60])
def test_flags_are_groups(values):
    """Booleans and few numbers are groups."""
    of = attribute(pd.Series(values))
    assert of.numbers is None
    assert of.members(1).sum() == 40


def test_many_groups():
    """Of several groups each is judged, small ones together where they have 30 rows."""
    of = attribute(pd.Series(["a"] * 100 + ["b"] * 50 + ["c"] * 20 + ["d"] * 10 + ["e"]))
    assert of.labels == ("a", "b", "others")
    assert of.judged == (0, 1, 2)
    assert of.pooled == 3
    assert of.members(2).sum() == 31


def test_small_groups():
    """Small groups that do not have 30 rows together are left out and counted."""
    of = attribute(pd.Series(["a"] * 30 + ["b"] * 30 + ["c"] * 29))
    assert of.labels == ("a", "b")
    assert of.rows.tolist() == list(range(60))
    assert of.left_out() == ("29 rows of groups too small to judge",)


def test_the_twelve_largest():
    """Beyond the twelve largest groups the rest are judged together."""
    of = attribute(pd.Series([f"g{n}" for n in range(20) for _ in range(30 + n)]))
    assert len(of.labels) == 13
    assert of.labels[0] == "g19"
    assert of.pooled == 8


@pytest.mark.parametrize("values", [[], ["a"] * 100, ["a"] * 100 + ["b"] * 29, [None] * 50])
def test_one_group(values):
    """One group cannot be compared."""
    assert attribute(pd.Series(values, dtype=object)).why.startswith("fewer than two")


def test_numbers():
    """Many numbers stay numbers; told apart are those above the median."""
    of = attribute(pd.Series([*range(100), None], dtype="Int64"))
    assert of.numbers.tolist() == list(range(100))
    assert of.targets().shape == (100, 1)
    assert of.members(1).tolist() == [False] * 50 + [True] * 50
    assert of.unknown == 1
    assert of.called(1, by_name=True) == "the upper half"


def test_times():
    """Dates of birth are numbers."""
    of = attribute(pd.Series(pd.date_range("1950-01-01", periods=100)))
    np.testing.assert_allclose(np.diff(of.numbers), 86_400)


def test_skewed_numbers():
    """Numbers of which hardly any lies above the median are not judged."""
    assert attribute(pd.Series([0] * 500 + list(range(1, 21)))).why.startswith("fewer than 30")


def test_infinite_numbers():
    """Infinite numbers are none that could be correlated."""
    of = attribute(pd.Series([*range(100), np.inf], dtype=float))
    assert len(of.rows) == 100
    assert of.unknown == 1


def test_names_of_groups():
    """A group is called by rank and size, and by its name only on demand."""
    of = attribute(pd.Series(["secret"] * 1500 + ["b"] * 50 + [f"x{n}" for n in range(40)]))
    assert of.called(0, by_name=False) == "group 1 of 3 by size (1,500 rows)"
    assert of.called(0, by_name=True) == "'secret'"
    assert of.called(2, by_name=True) == "its 40 smallest groups together"
