"""Tests of pytest_mlreqs.measures.single_input."""

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.measures.single_input import alone, classes, grouped

N = 2_000


def normal(seed, rows=N):
    """Standard normal numbers."""
    return np.random.default_rng(seed).normal(size=rows)


def shifted(seed, area, rows=N):
    """A target, and a number whose true AUC for it is `area`."""
    from statistics import NormalDist

    member = np.arange(rows) % 2 == 0
    return member, normal(seed, rows) + member * np.sqrt(2) * NormalDist().inv_cdf(area)


def test_innocent_columns_are_seldom_accused():
    """A column whose true AUC is 0.90 is hardly ever found to be beyond 0.95."""
    low = []
    for seed in range(100):
        member, values = shifted(seed, 0.90, 500)
        low.append(alone(pd.Series(values), [member]).interval[0])
    assert sum(value > 0.95 for value in low) == 0


@pytest.mark.parametrize(
    "leak",
    [
        lambda y, e: y,
        lambda y, e: np.where(y, "yes", "no"),
        lambda y, e: -y + 0.1 * e,
        lambda y, e: np.where(y, np.nan, e),
        lambda y, e: np.where(y, np.sign(e) * 3, 0) + 0.3 * e,
        lambda y, e: pd.to_datetime("2020-01-01") + pd.to_timedelta(y + 0.1 * e, unit="D"),
    ],
    ids=["copy", "words", "reversed", "gap", "both ends", "date"],
)
def test_leaks_of_any_form(leak):
    """A column that gives the target away is found, whatever form it takes."""
    y = np.arange(N) % 3 == 0
    found = alone(pd.Series(leak(y.astype(float), normal(0))), [y])
    assert found.interval[0] > 0.95


def test_unrelated():
    """A column that has nothing to do with the target is a guess, and so are thousands of names."""
    y = np.arange(N) % 2 == 0
    assert alone(pd.Series(normal(1)), [y]).auc < 0.55
    assert alone(pd.Series([f"name {row}" for row in range(N)]), [y]).auc < 0.55
    assert (
        alone(pd.Series(np.random.default_rng(0).integers(0, 300, N).astype(str)), [y]).auc < 0.55
    )


def test_constant_and_empty():
    """A single value and nothing but gaps tell nothing."""
    y = np.arange(N) % 2 == 0
    for column in ([1.0] * N, [np.nan] * N, [None] * N):
        assert alone(pd.Series(column), [y]).auc == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("y", "count", "rows"),
    [
        (["a", "b"] * 50, 1, 100),
        (["a", "b", "c", "d"] * 25, 4, 100),
        (list(range(100)), 1, 100),
        ([0.0, 1.0] * 50, 1, 100),
        ([True, False] * 50, 1, 100),
        ([1.0, np.nan, 0.0, np.nan] * 25, 1, 50),
        (["a"] * 100, 0, 100),
        (["a"] * 95 + ["b"] * 5, 0, 100),
    ],
    ids=["two", "four", "number", "zero or one", "bool", "gaps", "one", "rare"],
)
def test_classes(y, count, rows):
    """Two classes are told apart once, several each from the rest, numbers by their median."""
    known, members = classes(y)
    assert (len(known), len(members)) == (rows, count)
    assert [len(member) for member in members] == [rows] * count


def test_classes_of_any_container():
    """A list, an array, a series of any index and a frame of one column are the same target."""
    y = [0, 1] * 20
    frame = pd.DataFrame({"y": y}, index=range(5, 45))
    for given in (y, np.array(y), frame["y"], frame):
        assert classes(given)[1][0].tolist() == [value == 1 for value in y]


def test_groups():
    """Few values are groups, many numbers are twenty bins, and gaps are one of their own."""
    assert len(set(grouped(pd.Series(["a", "b", None, "a"])))) == 3
    assert len(set(grouped(pd.Series([*normal(0), np.nan])))) == 21
