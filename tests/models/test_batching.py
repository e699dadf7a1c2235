"""Tests of pytest_mlreqs.models.batching."""

import os
import sys
import time

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.core.measurement import Fault
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

    with pytest.raises(Fault, match="returned 1 prediction for 3 rows"):
        sample(Scorer("predict", short), X, np.array([1, 4, 7]))
    assert calls == [3]
