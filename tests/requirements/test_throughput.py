"""Tests of pytest_mlreqs.requirements.throughput."""

import itertools

import numpy as np
import pandas as pd
import pytest
import threadpoolctl
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from pytest_mlreqs import testing
from pytest_mlreqs.report.evidence import lines
from pytest_mlreqs.requirements.throughput import Throughput
from pytest_mlreqs.testing import (
    FakeClock,
    assert_error,
    assert_planted_noticed,
    assert_refused,
    assert_satisfied,
    assert_undecided,
    assert_violated,
)

X = pd.DataFrame({"a": range(400)})
CLOCK = FakeClock()


def model(*seconds):
    """Takes so many seconds for one batch after the other, and begins anew."""
    each = itertools.cycle(seconds)

    def predict(X):
        CLOCK.sleep(next(each))
        return np.zeros(len(X))

    return predict


def check(requirement, model, X=X):
    """The verdict on a model."""
    return testing.check(requirement, model=model, X=X, clock=CLOCK)


def test_satisfied():
    """A model that is fast enough is satisfied, in rows a second."""
    (found,) = assert_satisfied(check(Throughput(rows=100, min_rows_per_s=100), model(0)))
    assert (found.name, found.limit, found.unit) == ("throughput of predict", 100, "rows/s")
    assert found.how.startswith("batches of 100 rows, ")
    assert found.how.endswith("wrong verdicts at most 1 %")


def test_violated():
    """A model that is too slow is violated, and shows the times of its batches."""
    verdict = check(Throughput(rows=100, min_rows_per_s=100_000), model(0.01))
    (found,) = assert_violated(verdict, " rows/s (95 % interval ", "at least 100,000 rows/s req")
    assert found.interval[0] <= found.value <= found.interval[1] <= 10_000
    assert found.value == pytest.approx(10_000, rel=0.001)
    assert lines(found)[0] == "--- limit 1 ms ---"
    assert found.hint == "profile predict on 100 rows"


def test_boundary():
    """Where batches are on both sides of the limit, it is undecided."""
    assert_undecided(check(Throughput(rows=100, min_rows_per_s=10_000), model(0, 0.02)))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"min_rows_per_s": 5}, "needs the option 'rows'"),
        ({"rows": 5}, "needs the option 'min_rows_per_s'"),
        ({"rows": 5, "min_rows_per_s": 0}, "a number above 0, got 0"),
    ],
)
def test_refused(options, words):
    """Missing and impossible values are refused."""
    assert_refused(Throughput, words, **options)


def test_planted():
    """Batches that take four times as long as they may are noticed."""
    requirement = Throughput(rows=100, min_rows_per_s=10_000)
    planted = assert_planted_noticed(requirement, model=model(0), X=X, clock=CLOCK)
    assert planted == ("predict sleeps 40 ms on every call",)


def test_the_step_that_takes_the_time():
    """A violation of a pipeline says what each step takes, and which one most of it."""
    slow = FunctionTransformer(lambda X: CLOCK.sleep(0.01) or X)
    pipeline = make_pipeline("passthrough", slow, DummyClassifier()).fit(X, X["a"] > 200)
    (found,) = assert_violated(check(Throughput(rows=100, min_rows_per_s=100_000), pipeline))
    assert [line.split()[0] for line in lines(found)[-3:]] == [
        "step",
        "functiontransformer",
        "dummyclassifier",
    ]
    assert found.hint == "profile predict on 100 rows, in step 'functiontransformer' first"


def test_threads():
    """The batches find pools of the size that is declared, and the answer says so."""
    threads = []

    def predict(X):
        pools = threadpoolctl.threadpool_info()
        threads.append(max((one["num_threads"] for one in pools), default=1))
        CLOCK.sleep(0.01)
        return np.zeros(len(X))

    verdict = check(Throughput(rows=100, min_rows_per_s=100, threads=1), predict)
    (found,) = assert_satisfied(verdict)
    assert found.how.endswith("; pools of BLAS and OpenMP limited to 1")
    assert set(threads[5:]) == {1}


def test_answers_that_are_kept():
    """A batch whose rows came before says nothing of a new one."""
    known = set()

    def predict(X):
        if not known.issuperset(X["a"]):
            CLOCK.sleep(0.05)
        known.update(X["a"])
        return np.zeros(len(X))

    verdict = check(Throughput(rows=len(X), min_rows_per_s=len(X) / 0.02), predict)
    (found,) = assert_undecided(verdict)
    assert found.hint == "give X more different rows"


def test_each_batch_is_another():
    """Batches have as many rows as declared, and not the same ones."""
    seen = []

    def predict(X):
        seen.append(tuple(X["a"]))
        return np.zeros(len(X))

    check(Throughput(rows=30, min_rows_per_s=30), predict)
    assert {len(batch) for batch in seen} == {30}
    assert len(set(seen)) > 10


def test_too_few_rows():
    """A smaller batch is not timed in place of the declared one."""
    verdict = check(Throughput(rows=500, min_rows_per_s=5_000), model(0))
    assert_undecided(verdict, "X has 400 rows, and a call takes 500")


def test_another_method():
    """A method that is missing is a mistake of the declaration."""
    verdict = check(Throughput(rows=5, min_rows_per_s=50, method="transform"), object())
    assert_error(verdict, "has no transform")
