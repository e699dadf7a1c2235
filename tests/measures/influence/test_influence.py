"""Tests of pytest_mlreqs.measures.influence.influence."""

import random
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.measures.influence.influence import Asked, positions
from pytest_mlreqs.measures.influence.other_paths import everywhere
from pytest_mlreqs.models.batching import sample
from pytest_mlreqs.models.copies import Copies
from pytest_mlreqs.models.scoring import scorers
from tests.entropy import entropy

pytestmark = pytest.mark.usefixtures("forkable")
FORKS = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can fork safely")


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


def asked(model, X, where=None, *, columns=(0,), forks=False):
    """A model that can be asked about columns of some rows."""
    where = np.arange(len(X)) if where is None else where
    return Asked(sample(scorers(model), X, where, Copies(forks)), columns)


def seen(model, X, column="age", where=None, *, forks=False):
    """The influence of one column on a model."""
    at = list(X.columns).index(column)
    return asked(model, X, where, columns=[at], forks=forks).influence(at)


def hours(X):
    """A score that reads the hours alone."""
    return 1 / (1 + np.exp(-(X["hours"].to_numpy() - 40) / 9))


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


class Warm:
    """A model whose first answer is another one."""

    def __init__(self):
        self.calls = 0

    def __call__(self, X):
        self.calls += 1
        return 0.5 * X["sex"].to_numpy() + 100 * (self.calls == 1)


class Counts(Warm):
    """A model that adds up its calls, beside a column."""

    def __init__(self, column):
        super().__init__()
        self.column = column

    def __call__(self, X):
        self.calls += 1
        return X[self.column].to_numpy() + 0.01 * self.calls


def coin(X):
    """A score of which every 200th row is a coin tossed anew."""
    tossed = np.arange(len(X)) % 200 == 7
    return np.where(tossed, entropy().integers(0, 2, len(X)), X["hours"] > 40)


def one_wild_row(X):
    """A score that follows the age in all rows but the first."""
    score = X["age"].to_numpy() / 100
    score[0] = 5 * random.random()
    return score


def drawn(X):
    """Labels drawn by a chance that moves with the sex."""
    return (entropy().random(len(X)) < 0.2 + 0.45 * X["sex"].to_numpy()).astype(int)


def flipping(share):
    """Labels that follow the sex but for a few."""
    return lambda X: np.where(entropy().random(len(X)) < share, 1 - X["sex"], X["sex"])


NOISY = {
    "few flipped": (flipping(0.005), "sex"),
    "one flipped in 3,000": (flipping(1 / 3_000), "sex"),
    "one wild row": (one_wild_row, "age"),
    "a first call that differs": (Warm(), "sex"),
    "drawn labels": (drawn, "sex"),
    "counts calls": (Counts("sex"), "sex"),
}


def with_sex(rows=600, seed=0):
    """People with a sex."""
    return people(rows, seed).assign(sex=np.random.default_rng(seed).integers(0, 2, rows))


@pytest.mark.parametrize("forks", [False, pytest.param(True, marks=FORKS)])
@pytest.mark.parametrize("name", NOISY)
def test_noise_hides_no_column(name, forks):
    """A column that is read is found however the model disturbs its answers itself."""
    model, column = NOISY[name]
    told = seen(model, with_sex(), column, forks=forks)
    assert told.moved > 0


@pytest.mark.parametrize("name", [*NOISY, "coin"])
def test_noise_is_not_influence(name):
    """A column that is not read accuses nobody, and is cleared only with a bound that holds."""
    model, column = NOISY.get(name, (coin, ""))
    told = seen(model, with_sex(), "age" if column == "sex" else "sex")
    assert told.moved == 0
    cleared = name not in ("drawn labels", "counts calls")
    assert (told.why == "") is cleared, told.why


def test_coins_accuse_nobody():
    """With one coin in 200 rows, 15 checks of a column that is not read accuse none."""
    runs = [seen(coin, with_sex(200, seed), "sex") for seed in range(15)]
    assert not any(one.moved for one in runs)
    assert not any(one.why for one in runs)
    assert {one.unseen for one in runs} <= {0, 1}


def test_what_noise_leaves_open_says_so():
    """Labels drawn anew each time leave a column that is not read undecided, with the bound."""
    told = seen(drawn, with_sex(), "age")
    assert told.why.startswith("the model does not repeat itself, and its own noise in 16 calls ")


@pytest.mark.parametrize("value", [-np.inf, np.inf, np.float32(np.inf)])
def test_infinite_scores(value):
    """Infinite scores are compared by equality: they hide no column and accuse none."""
    reads = lambda X: np.where(X["age"] > 50, value, -1.0)
    told = seen(reads, people())
    assert (told.moved, told.largest, told.exact) == (2000, np.inf, True)
    told = seen(lambda X: np.where(X["hours"] > 40, value, X["hours"]), people())
    assert (told.moved, told.exact, told.why) == (0, True, "")


def test_infinite_scores_with_noise():
    """Infinite scores beside noise hide no column and accuse none."""
    noisy = lambda X: np.where(X["age"] > 50, -np.inf, entropy().normal(0, 0.01, len(X)))
    assert seen(noisy, people()).moved > 0
    noisy = lambda X: np.where(X["hours"] > 40, -np.inf, entropy().normal(0, 0.01, len(X)))
    assert seen(noisy, people()).moved == 0


def test_influence_through_noise():
    """What exceeds the noise is found, and it is said that chance would not do it."""
    noisy = lambda X: hours(X) + 0.001 * X["age"].to_numpy() + entropy().normal(0, 0.01, len(X))
    told = seen(noisy, people())
    assert told.moved > 0
    assert not told.exact
    assert told.p < 1e-4


class Thresholds:
    """A model whose probabilities read the hours alone, and its labels a limit by age."""

    def predict_proba(self, X):
        return np.column_stack([1 - hours(X), hours(X)])

    def predict(self, X):
        return hours(X) > np.where(X["age"] > 60, 0.5, 0.52)


def test_every_output_counts():
    """A decision threshold by group moves the labels and not the probabilities."""
    told = seen(Thresholds(), people())
    assert told.outputs == ("predict",)
    assert 0 < told.moved < 200


def test_an_output_that_raises_is_left_out():
    """Of what a model offers, only what answers is compared."""

    class Raising(Thresholds):
        def predict_proba(self, X):
            raise AttributeError("hard voting")

    assert asked(Raising(), people()).sample.names == ("predict",)


def test_values_come_from_all_rows():
    """A group of 0.5 % of 20,000 rows is tried, though only 40 are scored."""
    X = people(20_000).assign(country=lambda X: X["country"] + (X.index % 30).astype(str))
    X.loc[100:199, "country"] = "Nowhere"
    X["age"] = np.random.default_rng(0).normal(50, 10, len(X))
    where = positions(len(X), 40)
    assert not (X["country"].iloc[where] == "Nowhere").any()  # nobody of it is scored
    told = seen(lambda X: (X["country"] == "Nowhere") * 0.1, X, "country", where)
    assert told.moved > 0
    low, high = X["age"].quantile([0.6, 0.605])
    assert seen(lambda X: X["age"].between(low, high) * 0.1, X, "age", where).moved > 0


def test_bound():
    """The bound is exact at any number of rows: 5 % chance of no row moving."""
    for rows in (1, 2, 40, 400):
        told = seen(hours, people(rows).assign(age=np.arange(rows) % 2), where=np.arange(rows))
        assert (1 - told.bound) ** rows == pytest.approx(0.05)


class Remembers:
    """A model that answers by the hours what it has answered before."""

    def __init__(self):
        self.known = {}

    def __call__(self, X):
        pairs = zip(X["hours"], X["age"], strict=True)
        return np.array([self.known.setdefault(hours, age) for hours, age in pairs])


class Later(Warm):
    """A model that reads the age from its 41st call on."""

    def __call__(self, X):
        self.calls += 1
        return hours(X) + 0.1 * X["age"].to_numpy() * (self.calls > 40)


@FORKS
def test_answers_that_are_remembered():
    """A model that remembers its answers is asked on a copy that has none."""
    told = seen(Remembers(), people(), forks=True)
    assert (told.moved > 1900, told.exact) == (True, True)


@pytest.mark.parametrize("forks", [False, pytest.param(True, marks=FORKS)])
def test_later_calls(forks):
    """A model that reads the column only after many calls is found."""
    told = dict(everywhere(asked(Later(), people(300), columns=[0, 1], forks=forks), [0, 1]))
    assert told[0].moved > 0
    assert told[0].where == "after 64 calls"
    assert not told[1].where


def test_a_model_that_changes_while_it_is_asked():
    """What was cleared while the model repeated itself is asked again once it does not."""
    model = Later()
    model.calls = 36
    told = dict(everywhere(asked(model, people(300), columns=[0, 1]), [0, 1]))
    assert told[0].moved > 0


def test_rows_alone():
    """A model that reads the column of single rows only is found."""
    single = lambda X: hours(X) + 0.1 * X["age"].to_numpy() * (len(X) == 1)
    told = dict(everywhere(asked(single, people(300), columns=[0]), [0]))[0]
    assert 0 < told.moved <= 8
    assert told.where == "in rows that are scored alone"


def test_frames_are_made_alike():
    """A sum of many columns comes to the same bits whether a column was given other values."""
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(500, 40)))
    weights = np.random.default_rng(1).normal(size=40) * (np.arange(40) != 3)
    assert seen(lambda X: X.to_numpy() @ weights, X, 3).moved == 0


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
    told = asked(lambda X: X.iloc[:, 0].to_numpy(), X, columns=[2]).influence(2)
    assert told.moved == 0
    pd.testing.assert_frame_equal(X, before)


@given(st.integers(0, 50), st.integers(1, 60))
def test_positions(length, rows):
    """A sample has the rows asked for, once each, in order."""
    drawn = positions(length, rows)
    assert len(drawn) == min(length, rows)
    assert (np.diff(drawn) > 0).all()
