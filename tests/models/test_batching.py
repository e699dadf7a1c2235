"""Tests of pytest_mlreqs.models.batching."""

import os
import sys
import time

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs import time_left
from pytest_mlreqs.measurement import Fault, Undecided
from pytest_mlreqs.models import affordable
from pytest_mlreqs.models.batching import sample as sampled
from pytest_mlreqs.models.copies import Copies
from pytest_mlreqs.models.scoring import Scorer

X = pd.DataFrame({"a": np.arange(10.0)})


def sample(scorer, X, where, **options):
    """The sample of one output."""
    return sampled([scorer], X, where, Copies(forks=False), **options)


def takes(*sizes):
    """A model for batches of these sizes only."""

    def predict(X):
        if len(X) not in sizes:
            raise ValueError(f"batches of {sizes} only")
        return X["a"].to_numpy()

    return Scorer("predict", predict)


@pytest.mark.parametrize(
    ("sizes", "rows", "note"),
    [
        ((3,), [1, 4, 7], ""),
        ((10,), list(range(10)), "all 10 rows in a call"),
        ((1,), [1, 4, 7], "one row per call, as it takes no more"),
        ((2,), [1, 4, 7], "2 rows per call, as it takes no other number of them"),
        ((32,), [1, 4, 7], "32 rows per call, as it takes no other number of them"),
    ],
)
def test_sizes(sizes, rows, note):
    """The wanted rows in one call, else all rows, else each by itself or so many as will do."""
    taken = sample(takes(*sizes), X, np.array([1, 4, 7]))
    assert taken.where.tolist() == rows
    assert taken.baseline[0].tolist() == [float(row) for row in rows]
    assert taken.answers(taken.rows)[0].tolist() == taken.baseline[0].tolist()
    assert taken.note == note


def test_many_rows_in_batches():
    """At most 200 calls are made for one score, whatever the size of a batch."""
    many = pd.DataFrame({"a": np.arange(1_000.0)})
    taken = sample(takes(4), many, np.arange(0, 1_000, 1))
    assert taken.where.tolist() == list(range(800))
    assert taken.answers(taken.rows)[0].tolist() == taken.baseline[0].tolist() == list(range(800))


@pytest.mark.usefixtures("forkable")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can fork safely")
def test_a_first_call_that_builds_something_is_made_once():
    """Copies do not build anew what the first call of a model builds, when that takes its time."""
    built = []

    def slow_once(X):
        if not built:
            time.sleep(0.15)
            built.append(os.getpid())
        return X["a"].to_numpy()

    scorer = Scorer("predict", slow_once)
    taken = sampled([scorer], X, np.arange(10), Copies(forks=True))
    assert built == [os.getpid()]
    assert taken.baseline[0].tolist() == X["a"].tolist()


def test_no_size_will_do():
    """A model that raises on all of them is told by what it said of the wanted rows."""
    with pytest.raises(Fault, match=r"predict raised ValueError: batches of \(5,\) only"):
        sample(takes(5), X, np.array([1, 4, 7]))


def test_a_row_that_will_not_do():
    """A model that raises on one of the rows is told by what it said of all of them."""
    calls = []

    def predict(X):
        calls.append(len(X))
        if (X["a"] == 7).any():
            raise ValueError(f"a 7 among {len(X)}")
        return X["a"].to_numpy()

    with pytest.raises(Fault, match="a 7 among 3"):
        sample(Scorer("predict", predict), X, np.array([1, 4, 7]))
    assert calls == [3, 10, 1, 1, 1, 1]


def test_wrong_answers_are_not_tried_again():
    """A model that answers, but wrongly, is faulty at once."""
    calls = []

    def short(X):
        calls.append(len(X))
        return [0.0]

    with pytest.raises(Fault, match="returned 1 predictions for 3 rows"):
        sample(Scorer("predict", short), X, np.array([1, 4, 7]))
    assert calls == [3]


MANY = pd.DataFrame({"a": np.arange(60_000.0)})
ALL = np.arange(len(MANY))


class Slow:
    """A model on a fake clock: seconds of one row, of one call, and of the first."""

    def __init__(self, row, call=0.0, first=0.0, sizes=None, waits=None):
        self.row, self.call, self.first, self.sizes = row, call, first, sizes
        self.waits = waits or {}  # for a core, by the number of the call
        self.now, self.rows = 100.0, []

    def monotonic(self):
        """Seconds."""
        return self.now

    def __call__(self, X):
        if self.sizes and len(X) not in self.sizes:
            raise ValueError("no")
        self.now += self.row * len(X) + self.call + (0 if self.rows else self.first)
        self.now += self.waits.get(len(self.rows), 0)
        self.rows.append(len(X))
        return X["a"].to_numpy()


@pytest.fixture
def slow(monkeypatch):
    """A slow model in a check that may take 60 s."""

    def make(*args, **options):
        model = Slow(*args, **options)
        monkeypatch.setattr(affordable, "time", model)
        monkeypatch.setattr(time_left, "time", model)
        monkeypatch.setattr(time_left, "_until", [np.inf])
        monkeypatch.setattr(time_left, "_allowed", [np.inf])
        time_left.start(60)
        return model

    return make


def test_what_there_is_no_time_for_is_said_at_once(slow):
    """60,000 rows at 15 ms are not begun in a check of 60 s; it says what would do."""
    model = slow(0.015)
    told = r"60,000 rows need about 900 s, and the check has 59 s left: rows = 3100 or timeout_s = "
    with pytest.raises(Undecided, match=told + "1126$"):
        sample(Scorer("predict", model), MANY, ALL)
    assert model.now - 100 < 0.5


def test_fewer_rows_where_fewer_will_do(slow):
    """As many rows as there is time for are taken, all over the data, and it is said."""
    model = slow(0.015)
    taken = sample(Scorer("predict", model), MANY, ALL, scorings=10, least=100)
    assert 100 <= len(taken.rows) < 400
    assert (taken.where[0], taken.where[-1]) == (0, len(MANY) - 1)
    assert taken.note == "as many as there is time for"
    assert model.now + 9 * 0.015 * len(taken.rows) < 160


@pytest.mark.parametrize("options", [{"call": 0.8}, {"first": 5.0}, {"call": 0.7, "first": 3.0}])
def test_what_calls_cost_is_no_cost_of_rows(slow, options):
    """Neither what each call costs nor what the first one loads is taken for a cost of rows."""
    model = slow(0.00001, **options)
    taken = sample(Scorer("predict", model), MANY, ALL, scorings=30)
    assert len(taken.rows) == len(MANY)


@pytest.mark.parametrize("waits", [dict.fromkeys(range(2, 5), 0.01), {2: 0.1}, {2: 0.1, 3: 0.1}])
def test_what_waits_for_a_core_is_no_cost_of_rows(slow, waits):
    """A model that is quick gets all rows, though some of its first calls had to wait."""
    model = slow(0.00001, call=0.001, waits=waits)
    taken = sample(Scorer("predict", model), MANY, ALL, scorings=20)
    assert len(taken.rows) == len(MANY)


def test_calls_that_cost_and_little_time(slow):
    """A cost of each call is not taken for one of rows where there is hardly time to try."""
    model = slow(0.00001, call=0.3)
    time_left.start(5)
    taken = sample(Scorer("predict", model), MANY[:600], ALL[:600], scorings=20, least=100)
    assert len(taken.rows) > 300


def test_too_few_rows(slow):
    """Where not even the fewest that are worth it fit, nothing is decided."""
    told = r"100 rows need about 3,000 s, and the check has 4\d s left: timeout_s = 37\d\d$"
    with pytest.raises(Undecided, match=told):
        sample(Scorer("predict", slow(1.0)), MANY, ALL, scorings=30, least=100)


def test_batches_of_one_size_in_time(slow):
    """A model for batches of one size gets as many as there is time for, too."""
    model = slow(0.5, sizes=(1,))
    taken = sample(Scorer("predict", model), MANY, ALL, scorings=2, least=10)
    assert 40 <= len(taken.rows) <= 48
    with pytest.raises(
        Undecided, match=r"200 rows need about 200 s, .*: rows = 4. or timeout_s = "
    ):
        sample(Scorer("predict", slow(0.5, sizes=(1,))), MANY, ALL, scorings=2)


def test_without_a_limit_nothing_is_timed(slow):
    """Where nothing limits the time, the rows are scored for the contract and as they are."""
    model = slow(0.015)
    time_left.start(np.inf)
    assert len(sample(Scorer("predict", model), MANY, ALL).rows) == len(MANY)
    assert model.rows == [len(MANY)] * 2
