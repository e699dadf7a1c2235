"""Tests of pytest_mlreqs.measures.association.single_input."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from pytest_mlreqs.core.measurement import Undecided
from pytest_mlreqs.measures.association.single_input import kinds, strength, target

GENERATOR = np.random.default_rng(0)
SIGN = GENERATOR.integers(0, 2, 1000)
NORMAL = pd.Series(GENERATOR.normal(size=1000) + 1.5 * SIGN)


def told(values, y, *, classes=True):
    """How well the values tell the target."""
    goal = target(y, classes=classes)
    return strength(pd.Series(values).iloc[goal.rows], goal)


@pytest.mark.parametrize("sign", [1, -1])
def test_auc_of_a_ranking(sign):
    """A monotone input has the AUC of its own values, whichever way it goes."""
    assert told(sign * NORMAL, SIGN).value == pytest.approx(roc_auc_score(SIGN, NORMAL), abs=1e-9)


def test_interval_of_the_auc():
    """The interval is near that of the normal theory: AUC .86, standard error .0117."""
    seen = told(NORMAL, SIGN)
    assert seen.high - seen.low == pytest.approx(2 * 2.24 * 0.0117, rel=0.1)
    assert seen.low < seen.value < seen.high


@pytest.mark.parametrize(("rows", "low"), [(10, 0.5), (40, 0.85), (1000, 0.99)])
def test_a_perfect_ranking_is_not_certain(rows, low):
    """The lower end of a perfect AUC depends on the number of rows."""
    seen = told(np.arange(rows), [0] * (rows // 2) + [1] * (rows // 2))
    assert (seen.value, seen.high) == (1, 1)
    assert low < seen.low < 1


@pytest.mark.parametrize(
    "values",
    [
        NORMAL / 9 + np.where(SIGN, np.tile([-1, 1], 500), 0) * 9,
        pd.Series(np.where(SIGN, "yes", "no")),
        pd.Series(np.where(SIGN, "a", "x")) + GENERATOR.choice(list("123"), 1000),
        pd.Series(GENERATOR.integers(0, 40, 1000) * 2 + SIGN),
        pd.Series(np.where(SIGN, NORMAL, np.nan)),
        pd.Series(np.where(SIGN, "seen", None)),
        pd.Series(np.where(SIGN, "2.5", "3")),
        pd.Series(SIGN.astype(bool)),
        pd.Series(SIGN).map({0: "no", 1: "yes"}).astype("category"),
        pd.Timestamp("2020-01-01") + pd.to_timedelta(pd.Series(SIGN), "D"),
        pd.Series(SIGN) * 10**15 + 5 * 10**17,
        pd.Series(np.where(SIGN, np.inf, 1.0)),
        pd.Series(SIGN).astype("Int64").where(SIGN > 0),
        pd.Series([[one] for one in SIGN]),
        pd.Series(SIGN * 1j),
        pd.Series(SIGN * 3e307 - 1.5e307),
    ],
)  # fmt: skip
def test_whatever_holds_the_target(values):
    """A column of any type that holds the target tells it, by value, category or gap."""
    assert told(values, SIGN).low > 0.98


@pytest.mark.parametrize(
    "values",
    [
        GENERATOR.normal(size=1000),
        [f"name {n}" for n in range(1000)],
        ["same"] * 1000,
        [None] * 1000,
        GENERATOR.choice(list("abcdefgh"), 1000),
    ],
)
def test_what_tells_nothing(values):
    """Noise, names and constants tell nothing."""
    assert told(values, SIGN).high < 0.6


@pytest.mark.parametrize(("noise", "value"), [(0.0, 1.0), (0.5, 0.5)])
def test_classes(noise, value):
    """Of several classes the mean over one against the rest counts, strings as well as numbers."""
    y = GENERATOR.integers(0, 4, 2000)
    moved = np.where(GENERATOR.random(2000) < 2 * noise, GENERATOR.integers(0, 4, 2000), y)
    for labels in (y, np.array(list("dacb"))[y]):
        assert told(moved, labels).value == pytest.approx(value, abs=0.05)


def test_one_class_alone_does_not_give_all_away():
    """An input that tells one of three classes from the rest does not tell the target."""
    y = np.repeat([0, 1, 2], 200)
    assert 0.7 < told(y == 0, y).value < 0.9


def test_r2():
    """R2 of numbers is the squared correlation, of ranks where these agree better."""
    x = GENERATOR.normal(size=2000)
    y = x + GENERATOR.normal(size=2000) / 3
    assert told(x, y, classes=False).value == pytest.approx(0.9, abs=0.02)
    assert told(x, np.exp(3 * x), classes=False).low > 0.99
    assert told(-np.abs(x), x**2, classes=False).low > 0.99
    tails = GENERATOR.standard_t(2, 2000)
    assert told(tails, tails + x, classes=False).low > 0.7
    assert told(x**2, x, classes=False).high < 0.1
    assert told([1.0] * 2000, x, classes=False).high < 0.02


def test_r2_of_enormous_numbers():
    """Numbers whose squares no float holds are told like any."""
    x = 1e300 * GENERATOR.random(500)
    assert told(x, 7 * x, classes=False).low > 0.99


def test_interval_of_r2():
    """The interval of R2 agrees with Fisher's on normal data."""
    x = GENERATOR.normal(size=4000)
    seen = told(x, 2 * x + GENERATOR.normal(size=4000), classes=False)
    ends = np.tanh(np.arctanh(0.8**0.5) + np.array([-2.24, 2.24]) / 4000**0.5) ** 2
    assert seen.high - seen.low == pytest.approx(ends[1] - ends[0], rel=0.25)


def test_few_numbers_tell_nothing():
    """Below ten rows R2 may be anything."""
    goal = target(np.arange(11.0) / 7, classes=False)
    few = type(goal)(goal.rows[:8], goal.wanted[:8], classes=False)
    assert strength(pd.Series(np.arange(8.0)), few).high == 1


def test_rare_classes_are_left_out():
    """Classes of fewer than five rows are not looked at, and gaps are counted."""
    goal = target(["a"] * 9 + ["b"] * 6 + ["c"] * 4 + [None], classes=True)
    assert (len(goal.rows), goal.wanted.sum(), goal.missing) == (15, 6, 1)


@pytest.mark.parametrize(
    ("y", "classifies", "one_number", "expected"),
    [
        (range(50), False, False, ("numbers",)),
        ([n / 7 for n in range(50)], False, True, ("numbers",)),
        ([0.5, 1.5] * 20, False, True, ("classes", "numbers")),
        ([1, 2, 3, 4, 5] * 20, False, True, ("numbers", "classes")),
        ([1, 2, 3, 4, 5] * 20, False, False, ("classes", "numbers")),
        ([1, 2, 3, 4, 5] * 20, True, True, ("classes",)),
        ([7] * 20, False, True, ("classes",)),
        (["x", "y"] * 20, False, True, ("classes",)),
        ([True, False] * 20, False, True, ("classes",)),
        ([n // 5 for n in range(100)], True, False, ("classes",)),
    ],
)
def test_classes_or_numbers(y, classifies, one_number, expected):
    """Many different numbers are numbers unless the model classifies, few are either."""
    assert kinds(list(y), classifies=classifies, one_number=one_number) == expected


@pytest.mark.parametrize("y", [[], [None] * 9, [1] * 30, [1, 2, 3], np.zeros((9, 2))])
def test_no_target(y):
    """Without two classes, or with two targets, nothing can be told."""
    with pytest.raises(Undecided, match="y has"):
        target(y, classes=True)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.floats(), st.booleans(), st.text()), min_size=40, max_size=40)
)
def test_odd_values(values):
    """Whatever a column holds, there is an AUC within its interval."""
    seen = told(pd.Series(values, dtype=object), [0, 1] * 20)
    assert 0 <= seen.low <= seen.value <= seen.high <= 1


def test_an_input_at_the_limit_is_rarely_above_it():
    """The lower end exceeds an AUC of .95 in few samples of an input that has just that.

    In few of them; `benchmarks/area_verdicts.py` draws many.
    """
    above = 0
    for seed in range(50):
        generator = np.random.default_rng(seed)
        y = generator.integers(0, 2, 400)
        above += told(generator.normal(size=400) + 2.3262 * y, y).low > 0.95
    assert above <= 3
