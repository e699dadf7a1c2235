"""Tests of pytest_mlreqs.measures.timing.visits."""

import itertools
import random

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.measures.statistics.sequential import decide
from pytest_mlreqs.measures.timing.visits import Stopwatch, Visits, with_new_rows
from pytest_mlreqs.testing import FakeClock


def frame(rows, different=None):
    """Rows of which so many differ."""
    return pd.DataFrame({"a": np.arange(rows) % (different or rows), "b": "text"})


@pytest.mark.parametrize(
    "X",
    [
        frame(8),
        frame(80, 8),
        frame(8).set_axis(range(7, 15)),
        np.arange(16.0).reshape(8, 2),
        [f"text {at}" for at in range(8)],
        [{"a": at % 8} for at in range(40)],
    ],
    ids=["frame", "equal rows", "index", "array", "texts", "dictionaries"],
)
def test_different_rows(X):
    """Equal rows are one, whatever they are in; each is new once."""
    visits = Visits(X, 1)
    assert visits.different == 8
    for _ in range(3 * len(X)):
        next(visits)
    assert sum(visits.fresh) == 8
    assert not any(visits.fresh[len(X) :])


@pytest.mark.parametrize("X", [pd.DataFrame({"a": [[1], [2]] * 4}), [lambda: 1] * 8])
def test_rows_that_cannot_be_compared(X):
    """They are taken to be different."""
    assert Visits(X, 1).different == 8


def test_batches():
    """A batch is new where most of its rows are."""
    visits = Visits(frame(10), 4)
    drawn = list(itertools.islice(visits, 6))
    assert [len(given) for _, given in drawn] == [4] * 6
    assert visits.fresh == [True, True, False, False, False, False]


@pytest.mark.parametrize(("rows", "left"), [(100, 94), (20, 14), (8, 6), (3, 2), (1, 0)])
def test_warming_leaves_rows_that_are_new(rows, left):
    """Calls that do not count are made with few rows where there are not many."""
    visits = Visits(frame(rows), 1)
    first = visits.first()
    assert first["a"].tolist() == [0]
    assert len(list(visits.warming(5))) == 5
    before = len(visits.fresh)
    for _ in range(2 * rows):
        next(visits)
    assert sum(visits.fresh[before:]) in (left, left + 1)


def told(new_ms, again_ms, new=6, again=96, **options):
    """What is said of calls, new rows first, that keep 20 ms at p95."""
    times = [next(new_ms) for _ in range(new)] + [next(again_ms) for _ in range(again)]
    settings = {"limit": 20.0, "q": 0.95, "alpha": 0.01, "different": new + 1, **options}
    return with_new_rows(times, [True] * new + [False] * again, **settings)


def test_kept_answers_are_not_quick_ones():
    """Where new rows take longer, what is known of few of them decides nothing."""
    ok, why = told(itertools.repeat(60.0), itertools.repeat(0.1))
    assert ok is None
    assert why == (
        "answers seem to be kept: with new rows it is 60 ms at the median, with others "
        "0.1 ms; 6 of 6 with new ones were over it, to pass takes 376, and X has 7 different rows"
    )
    assert told(itertools.repeat(9.0), itertools.repeat(0.1))[0] is None
    assert told(itertools.repeat(60.0), itertools.repeat(0.1), new=2)[0] is None
    assert told(itertools.repeat(60.0), itertools.repeat(50.0), limit=55.0)[0] is None


def test_enough_new_rows_that_are_quick_pass():
    """A model that keeps answers, and is quick without, is quick."""
    assert told(itertools.repeat(9.0), itertools.repeat(0.1), new=102) == (True, "")
    assert told(itertools.repeat(9.0), itertools.repeat(0.1), new=8, q=0.5) == (True, "")


def test_what_keeps_nothing_is_left_alone():
    """Rows that take as long when they come again say nothing of kept answers: 1 in 1,000."""
    generator = random.Random(0)
    times = (generator.lognormvariate(0, 1) for _ in itertools.count())
    wrong = sum(told(times, times, limit=7.0)[0] is not True for _ in range(1_000))
    assert wrong <= 4
    assert told(itertools.repeat(12.0), itertools.repeat(10.0)) == (True, "")


@pytest.mark.parametrize(("cold", "ok"), [([19.0, 0.1], True), ([0.1, 60.0], None), ([], True)])
def test_too_few_new_rows(cold, ok):
    """Where none is left, the first calls tell: within the limit they hide nothing."""
    known, why = told(iter([]), itertools.repeat(0.1), new=0, different=1, cold_ms=cold)
    assert known is ok
    if ok is None:
        assert why.startswith("X has 1 different row, and one of the first calls took 60")


def test_known_answers():
    """To pass takes as many new rows as the sequential test does."""
    assert decide(376, 6, 0.95, 0.01) is True
    assert decide(375, 6, 0.95, 0.01) is None


def test_a_stopwatch():
    """It answers as the call, and has the milliseconds of each."""
    clock = FakeClock()
    watch = Stopwatch(lambda seconds: clock.sleep(seconds) or seconds, clock)
    assert [watch(0.5), watch(0.25)] == [0.5, 0.25]
    assert watch.ms == pytest.approx([500, 250], abs=0.01)
