"""Tests of pytest_mlreqs.measures.influence.contrasts."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mlreqs.measures.influence.contrasts import contrasts, replaced, varied

COLUMNS = {
    "floats": pd.Series(np.arange(50) / 7),
    "floats with gaps": pd.Series([1.5, None] * 25),
    "whole numbers": pd.Series(range(50)),
    "few numbers": pd.Series([1, 2, 3] * 10),
    "truths": pd.Series([True, False] * 10),
    "strings": pd.Series(list("abc") * 10),
    "many strings": pd.Series([f"s{n}" for n in range(40)]),
    "strings with gaps": pd.Series(["a", None, "b"] * 9),
    "categories": pd.Series(list("abca")).astype("category"),
    "ordered": pd.Series(pd.Categorical(list("abca"), ["c", "b", "a"], ordered=True)),
    "nullable": pd.Series([1, None, 3] * 9, dtype="Int64"),
    "nullable string": pd.Series(["a", None] * 9, dtype="string"),
    "times": pd.Series(pd.date_range("2020-01-01", periods=30)),
    "times in a zone": pd.Series(pd.date_range("2020-01-01", periods=30, tz="Europe/Berlin")),
    "spans": pd.Series(pd.to_timedelta(range(30), unit="h")),
    "lists": pd.Series([[1], [2], [1]] * 5),
    "mixed": pd.Series([1, "a", 2.5] * 10, dtype=object),
    "odd index": pd.Series([1.0, 2.0, 3.0] * 9, index=list("xyz") * 9),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_contrasts_are_other_values(name):
    """Every column has values to try, and replaced they keep its dtype and length."""
    values = COLUMNS[name]
    where = np.arange(len(values))
    others = contrasts(values, where)
    X = values.to_frame("a")
    for other in others:
        changed = replaced(X, 0, values.array.take(other))["a"]
        assert changed.dtype == values.dtype
        assert changed.index.equals(values.index)
    assert any(
        not values.iloc[other].reset_index(drop=True).equals(values.reset_index(drop=True))
        for other in others
    )


@given(
    st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), min_size=2, max_size=60),
    st.integers(1, 9),
)
def test_positions(numbers, rows):
    """Contrasts are positions in all of the data, one for each row."""
    values = pd.Series(numbers, dtype=float)
    for other in contrasts(values, np.arange(min(rows, len(values)))):
        assert other.shape == (min(rows, len(values)),)
        assert set(other) <= set(range(len(values)))


def test_few_values_are_all_tried():
    """Each of a few categories is given to every row once, a gap as well."""
    values = COLUMNS["strings with gaps"]
    filled = [
        values.iloc[other[0]] for other in contrasts(values, np.arange(5)) if len(set(other)) == 1
    ]
    assert sorted(map(str, filled)) == ["None", "a", "b"] or len(filled) == 3


@pytest.mark.parametrize(("rows", "sets"), [(40, 18), (400, 9), (3, 18)])
def test_few_rows_take_more_sets(rows, sets):
    """Mixtures are more where rows are few, and reach evenly over all values, ends included."""
    values = pd.Series(np.random.default_rng(0).permutation(20_000))
    where = np.sort(np.random.default_rng(1).choice(20_000, rows, replace=False))
    others = contrasts(values, where)
    assert len(others) == sets
    tried = np.unique(values.iloc[np.concatenate(others)])
    assert (tried[0], tried[-1]) == (0, 19_999)
    if rows >= 40:
        assert np.diff(tried).max() < 0.005 * 20_000


def test_mixtures_come_from_far_away():
    """The first contrast changes nearly every row, and by much."""
    values = pd.Series(np.arange(1_000.0))
    first = contrasts(values, np.arange(1_000))[0]
    assert (np.abs(first - np.arange(1_000)) > 100).mean() > 0.9


def test_rare_categories_are_among_the_mixtures():
    """Of 300 categories, each is given to some row, however rare it is."""
    values = pd.Series([f"c{min(n, 299)}" for n in range(20_000)])
    others = contrasts(values, np.arange(15_000, 15_400))
    assert values.iloc[np.concatenate(others)].nunique() == 300


def test_nothing_to_try():
    """Without values or rows there is nothing."""
    assert contrasts(pd.Series([], dtype=float), np.arange(0)) == []


@pytest.mark.parametrize(
    ("values", "more"),
    [([1, 1], False), ([1, None], True), ([[1], [1]], False), ([[1], [2]], True)],
)
def test_varied(values, more):
    """Two different values are enough, and a gap is one."""
    assert varied(pd.Series(values)) is more
