"""Tests of pytest_mlreqs.measures.influence."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mlreqs.measurement import Fault
from pytest_mlreqs.measures.influence import contrasts, influence, positions

NAMES = ("age", "hours", "country")


def people(rows=2000, seed=0):
    """People of whom one in 300 comes from ZZ."""
    generator = np.random.default_rng(seed)
    rare = generator.random(rows) < 1 / 300
    return pd.DataFrame(
        {
            "age": generator.integers(18, 90, rows).astype(float),
            "hours": generator.normal(40, 8, rows),
            "country": np.where(rare, "ZZ", generator.choice(["US", "MX"], rows)),
        }
    )


def seen(score, X, column="age"):
    """The influence of one column on a score."""
    where = np.arange(len(X))
    return influence(score, X, list(X.columns).index(column), score(X), where)


def hours(X):
    """A score that reads the hours alone."""
    return 1 / (1 + np.exp(-(X["hours"].to_numpy() - 40) / 9))


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
def test_contrasts_are_of_a_kind(name):
    """Other values have the dtype, index and length of the column, and all occur in it."""
    values = COLUMNS[name]
    known = set(values.map(repr))
    others = list(contrasts(values))
    assert others
    for other in others:
        assert other.dtype == values.dtype
        assert other.index.equals(values.index)
        assert set(other.map(repr)) <= known
    assert any(not other.equals(values) for other in others)


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), min_size=2, max_size=60))
def test_shifts_keep_the_distribution(numbers):
    """Shifts and permutations hand the same values out again, gaps included."""
    values = pd.Series(numbers, dtype=float)
    ordered = values.sort_values().to_list()
    for other in list(contrasts(values))[2:] if values.nunique() > 9 else ():
        assert pd.Series(other.sort_values().to_list()).equals(pd.Series(ordered))


def test_few_values_are_all_tried():
    """Each of a few categories is given to every row once."""
    filled = [other.iloc[0] for other in contrasts(COLUMNS["strings"]) if other.nunique() == 1]
    assert sorted(filled) == ["a", "b", "c"]


def test_read_column():
    """A column that the score reads moves it, by how much, and where most."""
    X = people()
    told = seen(lambda X: hours(X) + 0.001 * X["age"].to_numpy(), X)
    assert told.moved == len(X)
    assert told.largest == pytest.approx(0.001 * (X["age"].max() - X["age"].min()))
    assert len(told.worst) == 5
    assert told.worst[0][1] == pytest.approx(told.largest)


def test_unread_column():
    """A column that the score does not read moves nothing."""
    told = seen(hours, people())
    assert (told.moved, told.largest, told.worst, told.why) == (0, 0.0, (), "")


def test_rare_combination():
    """A rule for one in 300 rows is found in 2,000 rows."""
    rule = lambda X: np.where((X["country"] == "ZZ") & (X["age"] > 60), 0.9, hours(X))
    for seed in range(10):
        X = people(seed=seed)
        told = seen(rule, X)
        assert told.moved == (X["country"] == "ZZ").sum()
        assert all(X["country"].iloc[row] == "ZZ" for row, _ in told.worst)


def test_extreme_value():
    """A rule that fires above the 98th percentile only is found."""
    assert seen(lambda X: np.where(X["age"] > 88, 0.9, hours(X)), people()).moved > 0


def test_missing_values_are_read():
    """A model that reads only whether a value is missing is found."""
    X = people()
    X.loc[::10, "age"] = np.nan
    assert seen(lambda X: hours(X) + 0.1 * X["age"].isna().to_numpy(), X).moved > 0


def test_labels_are_compared():
    """Scores that are no numbers are compared as they are."""
    told = seen(lambda X: np.where(X["age"] > 50, "old", "young"), people())
    assert (told.moved, told.largest) == (2000, 1.0)


@pytest.mark.parametrize("seed", range(100))
def test_noise_is_not_influence(seed):
    """Noise, rare flips and slow drift of a model that does not read the column accuse nobody."""
    generator = np.random.default_rng(seed)
    X = people(300, seed)
    calls = iter(range(10**6))
    models = {
        "noisy": lambda X: hours(X) + generator.normal(0, 0.01, len(X)),
        "flips": lambda X: np.where(generator.random(len(X)) < 0.002, 1.0, hours(X)),
        "drifts": lambda X: hours(X) + 0.001 * next(calls),
        "labels": lambda X: np.where(
            generator.random(len(X)) < 0.002, "a", np.where(hours(X) > 0.5, "a", "b")
        ),
    }
    assert {name: seen(model, X).moved for name, model in models.items()} == dict.fromkeys(
        models, 0
    )


def test_influence_through_noise():
    """What exceeds the noise is found."""
    generator = np.random.default_rng(0)
    noisy = lambda X: hours(X) + 0.01 * X["age"].to_numpy() + generator.normal(0, 0.01, len(X))
    told = seen(noisy, people())
    assert told.moved > 0
    assert told.tolerance > 0.03


def test_refused_values():
    """A model that refuses one value for all rows is judged by the other values."""

    def picky(X):
        if X["age"].nunique() == 1:
            raise Fault("constant column")
        return hours(X) + X["age"].to_numpy()

    told = seen(picky, people())
    assert (told.moved, told.refused) == (2000, 2)


def test_all_values_refused():
    """A model that refuses every other value leaves it open."""
    X = people()
    original = X.copy()

    def strict(X):
        if "age" not in X or not X["age"].equals(original["age"]):
            raise Fault("unknown person")
        return hours(X)

    assert seen(strict, X).why == "the model refuses every other value of it: unknown person"


def test_single_value_not_needed():
    """A column of one value has no other to try; a model that runs without it does not read it."""
    assert seen(hours, people().assign(age=1.0)).why == ""


def test_single_value_needed():
    """A column of one value that the model needs leaves it open."""

    def needy(X):
        if "age" not in X:
            raise Fault("no age")
        return hours(X)

    assert seen(needy, people().assign(age=1.0)).why == "it holds a single value in all 2000 rows"


def test_frames_stay_as_they_are():
    """The frame is not touched, and one column may bear the name of another."""
    X = people()
    X.columns = ["age", "hours", "age"]
    before = X.copy()
    told = influence(
        lambda X: X.iloc[:, 0].to_numpy(), X, 2, X.iloc[:, 0].to_numpy(), np.arange(2000)
    )
    assert told.moved == 0
    pd.testing.assert_frame_equal(X, before)


@given(st.integers(0, 50), st.integers(1, 60))
def test_positions(length, rows):
    """A sample has the rows asked for, once each, in order."""
    drawn = positions(length, rows)
    assert len(drawn) == min(length, rows)
    assert (np.diff(drawn) > 0).all()
