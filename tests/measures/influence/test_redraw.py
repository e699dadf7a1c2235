"""Tests of pytest_mlreqs.measures.influence.redraw."""

import datetime

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.measures.influence.redraw import reasons, spread, upper_half
from tests.entropy import entropy


def frame(rows=300, columns=6, seed=0):
    """Independent normal columns a, b, c, ..."""
    values = np.random.default_rng(seed).normal(size=(rows, columns))
    return pd.DataFrame(values, columns=list("abcdefghij")[:columns])


def standing(score, X, column="a", *, top=2, redraws=50):
    """How one column stands in all rows."""
    where = np.arange(len(X))
    at = list(X.columns).index(column)
    return reasons(score, X, where, [at], top=top, redraws=redraws).standings[0]


def test_effect_is_known():
    """The effect of a column in a linear score is its coefficient times a mean distance."""
    X = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0], "b": [5.0, 5.0, 6.0, 6.0]})
    told = standing(lambda Z: (2 * Z["a"] + Z["b"]).to_numpy(), X)
    assert told.effect.tolist() == [3.0, 2.0, 2.0, 3.0]  # 2 x mean of |x - 0|, ..., |x - 3|


def test_ranks():
    """A column among the strongest is a reason, one behind them is none, with certainty."""
    X = frame()
    score = lambda Z: (9 * Z["a"] + 9 * Z["b"] + 9 * Z["c"] + 0.01 * Z["d"]).to_numpy()
    strong, weak = standing(score, X, top=3), standing(score, X, "d", top=3)
    assert strong.ranked.mean() == 1.0
    assert strong.certain.mean() > 0.9
    assert not weak.possible.any()


def test_what_is_not_read_is_no_reason():
    """A column without effect is no reason, though fewer columns than there are places have one."""
    told = standing(lambda Z: Z["b"].to_numpy(), frame(), top=6)
    assert not told.possible.any()
    assert not told.effect.any()


def test_others_are_not_asked_for_nothing():
    """Where no watched column has an effect, the model is not asked about the others."""
    X, where = frame(), np.arange(300)
    idle = reasons(lambda Z: Z["b"].to_numpy(), X, where, [0], top=3, redraws=50)
    busy = reasons(lambda Z: Z["a"].to_numpy(), X, where, [0], top=3, redraws=50)
    assert busy.calls - idle.calls == 5 + 2  # the other columns, and the confirmation


def test_ties_are_no_reasons():
    """Two columns of the same effect both count as ahead of the other."""
    X = frame().assign(b=lambda X: X["a"])
    told = standing(lambda Z: (Z["a"] + Z["b"]).to_numpy(), X, top=1)
    assert not told.ranked.any()
    assert not told.certain.any()
    assert told.possible.all()


def test_many_values_confirm_what_few_call_certain():
    """What is certain with 50 values is so with 1,500, and what is impossible is not."""
    X = frame(1_500).assign(b=lambda X: np.exp(X["b"]), c=lambda X: (X["c"] > 1).astype(int))
    weights = np.array([1.0, 0.5, 1.5, 0.9, 0.8, 0.3])
    score = lambda Z: 1 / (1 + np.exp(1 - Z.to_numpy() @ weights))
    where = np.arange(0, 1_500, 15)
    few = reasons(score, X, where, range(6), top=3, redraws=50).standings
    many = reasons(score, X, where, range(6), top=3, redraws=1_500).standings
    unclear = np.concatenate([a.possible & ~a.certain for a in few])
    assert 0 < unclear.mean() < 0.1
    for a, b in zip(few, many, strict=True):
        assert not (a.certain & ~b.ranked).any()
        assert not (b.ranked & ~a.possible).any()


NOISE = {
    "uniform": lambda g, Z: g.random(len(Z)),
    "normal": lambda g, Z: g.normal(size=len(Z)),
    "heavy tails": lambda g, Z: g.standard_cauchy(len(Z)),
    "labels": lambda g, Z: g.choice(["yes", "no"], len(Z)),
    "rare flips": lambda g, Z: Z["b"].to_numpy() + (g.random(len(Z)) < 1e-4),
    "slight": lambda g, Z: Z["b"].to_numpy() + 1e-3 * g.normal(size=len(Z)),
}


@pytest.mark.parametrize("noise", NOISE)
def test_random_scores_are_never_accused(noise):
    """In 20 runs of a model that answers at random, no row has the column as a certain reason."""
    X = frame(1_000)
    for seed in range(20):
        generator = np.random.default_rng(seed)
        score = lambda Z, g=generator: NOISE[noise](g, Z)
        where = np.arange(0, 1_000, 20)
        told = reasons(score, X, where, [0], top=3, redraws=50).standings[0]
        assert not told.certain.any()


def test_noise_hides_what_it_may():
    """An effect that drowns in noise is possible, not excluded."""
    generator = np.random.default_rng(0)
    told = standing(lambda Z: 0.1 * Z["a"].to_numpy() + generator.random(len(Z)), frame())
    assert told.possible.all()
    assert not told.ranked.any()


@pytest.mark.parametrize("weight", [1.0, 0.0], ids=["of a column", "of nothing"])
def test_the_noise_of_threads_hides_nothing(weight):
    """Differences in the last digit leave a column that is not read out of question."""
    generator = np.random.default_rng(0)
    noise = lambda Z: 1e-16 * generator.normal(size=len(Z))
    score = lambda Z: 1 / (1 + np.exp(weight * Z["b"].to_numpy())) + noise(Z)
    assert not standing(score, frame()).possible.any()


def test_drift_is_no_effect():
    """A score that creeps up from call to call has no column as its reason."""
    calls = iter(range(10_000))
    told = standing(lambda Z: Z["b"].to_numpy() + 1e-3 * next(calls), frame())
    assert not told.ranked.any()


def test_batches():
    """A score that depends on the other rows of a call shows no effect of what is not read."""
    told = standing(lambda Z: Z["b"].rank(pct=True).to_numpy(), frame())
    assert not told.effect.any()


def test_calls_are_bounded():
    """No call has more than 50,000 rows, and every row gets every draw."""
    sizes = []

    def score(Z):
        sizes.append(len(Z))
        return Z["a"].to_numpy()

    X = frame(1_500)
    reasons(score, X, np.arange(1_500), [0], top=1, redraws=50)
    assert sizes[:2] == [50_000, 25_000]
    assert max(sizes) == 50_000


def test_classes():
    """Of several classes the largest change counts."""
    X = pd.DataFrame({"a": [0.0, 1.0]})
    told = standing(lambda Z: np.column_stack([Z["a"], 3 * Z["a"], -Z["a"]]), X)
    assert told.effect.tolist() == [1.5, 1.5]


def test_labels():
    """The effect on a label is the share of values that change it."""
    X = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0]})
    told = standing(lambda Z: np.where(Z["a"] > 2, "high", "low"), X)
    assert told.effect.tolist() == [0.25, 0.25, 0.25, 0.75]


def test_refused_values():
    """Of a column that the model refuses to see changed nothing is said but why."""
    X = frame()

    def score(Z):
        if len(Z) != len(X) and not Z["a"].isin(X["a"][:10]).all():
            raise Fault("predict raised ValueError: unknown a")
        return Z["a"].to_numpy()

    told = reasons(score, X, np.arange(10), [0], top=1, redraws=50).standings[0]
    assert told.why == "predict raised ValueError: unknown a"


def test_another_column_is_refused():
    """A column that cannot be asked about may be ahead, so nothing behind it is certain."""
    X = frame()
    first = X["b"][:10]

    def score(Z):
        if not Z["b"].isin(first).all():
            raise Fault("predict raised ValueError: unknown b")
        return Z["a"].to_numpy()

    found = reasons(score, X, np.arange(10), [0], top=1, redraws=50)
    assert found.refused == 1
    assert not found.standings[0].certain.any()
    assert found.standings[0].possible.all()


TIMES = pd.date_range("2020-01-01", periods=40, freq="D")
ODD = {
    "text with gaps": ["x", None, "y", "x"] * 10,
    "categories": pd.Categorical(["x", None, "y", "x"] * 10),
    "truth": [True, False] * 20,
    "numbers with gaps": [1.5, np.nan] * 20,
    "whole numbers with gaps": pd.array([1, None] * 20, dtype="Int64"),
    "times": [*TIMES[:-1], pd.NaT],
    "dates": [datetime.date(2020, 1, 1 + day % 9) for day in range(40)],
    "mixed": [1, "x", None, 2.5] * 10,
    "lists": [[1], [2]] * 20,
}


@pytest.mark.parametrize("kind", ODD)
def test_any_column(kind):
    """A column of any type is redrawn as it is, whatever the index, and its effect seen."""
    X = pd.DataFrame({"a": ODD[kind]}, index=[7] * 40)
    kept = X.copy(deep=True)
    text = next(repr(value) for value in X["a"])

    def score(Z):
        assert Z["a"].dtype == X["a"].dtype
        return np.array([repr(value) == text for value in Z["a"]], dtype=float)

    told = standing(score, X, top=1)
    assert told.certain.any()
    pd.testing.assert_frame_equal(X, kept)


def test_columns_of_one_name():
    """Columns of one name are told apart by their position."""
    X = pd.DataFrame(np.arange(40.0).reshape(20, 2) % 7, columns=["a", "a"])
    found = reasons(lambda Z: Z.iloc[:, 1].to_numpy(), X, np.arange(20), [0, 1], top=1, redraws=50)
    assert [one.ranked.any() for one in found.standings] == [False, True]


def test_spread():
    """The drawn values have the same shares as all, gaps included."""
    values = pd.Series([3.0, np.nan, 1.0, 1.0, np.nan] * 20)
    drawn = values.iloc[spread(values, 10)]
    assert sorted(drawn.fillna(-1.0)) == [-1.0] * 4 + [1.0] * 4 + [3.0] * 2


def test_one_noisy_row_hides_no_other():
    """A row that is drawn anew hides no reason of the rows that repeat exactly."""
    generator = entropy()

    def score(Z):
        said = Z["a"].to_numpy().copy()
        said[:: len(X)] = generator.normal(size=len(said[:: len(X)])) * 100
        return said

    X = frame()
    told = standing(score, X, top=1)
    assert told.certain[1:].mean() > 0.9
    assert not told.certain[0]


def test_infinite_scores():
    """An effect that is infinite is the largest, and one of a column that is not read is none."""
    score = lambda Z: np.where(Z["a"] > 0, -np.inf, Z["b"].to_numpy())
    X = frame()
    assert standing(score, X, top=1).certain.all()
    assert not standing(score, X, "c").possible.any()


@pytest.mark.parametrize(
    ("values", "upper"),
    [
        ([1, 2, 3, 4] * 5, [False, False, True, True] * 5),
        (["b", "a"] * 10, [True, False] * 10),
        ([7] * 20, None),
        ([1] * 19 + [2], None),
    ],
)
def test_upper_half(values, upper):
    """Values are halved where redraws would give a row one of the other half."""
    column = pd.Series(values)
    above = upper_half(column, 50)
    assert (above if above is None else above(column).tolist()) == upper
