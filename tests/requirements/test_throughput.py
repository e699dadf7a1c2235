"""Tests of pytest_mlreqs.requirements.throughput."""

import time

import msgspec
import numpy as np
import pandas as pd
import pytest
import threadpoolctl
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from pytest_mlreqs.core.measurement import DeclarationError, Undecided
from pytest_mlreqs.requirements.throughput import Throughput

X = pd.DataFrame({"a": range(400)})
pytestmark = pytest.mark.usefixtures("simulated")


def model(seconds=0.0):
    """Takes so many seconds for a batch."""

    def predict(X):
        time.sleep(seconds)
        return np.zeros(len(X))

    return predict


def check(requirement, model, X=X):
    """The one measurement."""
    (measurement,) = requirement.check(model, X)
    return measurement


def test_satisfied():
    """A model that is fast enough is satisfied, in rows a second."""
    told = check(Throughput(rows=100, min_rows_per_s=100), model())
    assert told.ok is True
    assert (told.name, told.limit, told.unit) == ("throughput of predict", 100, "rows/s")
    assert told.how.startswith("batches of 100 rows, ")
    assert told.how.endswith("wrong verdicts at most 1 %")


def test_the_step_that_takes_the_time():
    """A violation of a pipeline says what each step takes, and which one most of it."""
    slow = FunctionTransformer(lambda X: time.sleep(0.01) or X)
    pipeline = make_pipeline("passthrough", slow, DummyClassifier()).fit(X, X["a"] > 200)
    told = check(Throughput(rows=100, min_rows_per_s=100_000), pipeline)
    assert told.ok is False
    assert [line.split()[0] for line in told.details[-3:]] == [
        "step",
        "functiontransformer",
        "dummyclassifier",
    ]
    assert told.hint == "profile predict on 100 rows, in step 'functiontransformer' first"


def test_threads():
    """The batches find pools of the size that is declared, and the answer says so."""
    threads = []

    def predict(X):
        pools = threadpoolctl.threadpool_info()
        threads.append(max((one["num_threads"] for one in pools), default=1))
        time.sleep(0.01)
        return np.zeros(len(X))

    told = check(Throughput(rows=100, min_rows_per_s=100, threads=1), predict)
    assert told.how.endswith("; pools of BLAS and OpenMP limited to 1")
    assert set(threads[5:]) == {1}


def test_violated():
    """A model that is too slow is violated, and shows the times of its batches."""
    told = check(Throughput(rows=100, min_rows_per_s=100_000), model(0.01))
    assert told.ok is False
    assert told.value <= 10_000
    assert told.interval[0] <= told.value <= told.interval[1] <= 10_000
    assert told.text.startswith("throughput of predict is ")
    assert told.text.endswith(
        " rows/s (95 % interval {} to {}), at least 100,000 rows/s required".format(
            *(f"{end:,.0f}" for end in told.interval)
        )
    )
    assert told.details[0] == "--- limit 1 ms ---"
    assert told.hint == "profile predict on 100 rows"


def test_boundary():
    """Where batches are on both sides of the limit, it is undecided."""
    slow = iter([0.0, 0.02] * 5_000)
    requirement = Throughput(rows=100, min_rows_per_s=10_000)
    told = check(requirement, lambda X: time.sleep(next(slow)) or np.zeros(len(X)))
    assert told.ok is None
    assert "undecided because " in told.text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"min_rows_per_s": 5}, "missing required field `rows`"),
        ({"rows": 5}, "missing required field `min_rows_per_s`"),
        ({"rows": 5, "min_rows_per_s": 0}, "> 0"),
    ],
)
def test_misconfigured(options, words):
    """Missing and impossible values are refused."""
    with pytest.raises(msgspec.ValidationError, match=words):
        msgspec.convert(options, Throughput)


def test_answers_that_are_kept():
    """A batch whose rows came before says nothing of a new one."""
    known = set()

    def predict(X):
        if not known.issuperset(X["a"]):
            time.sleep(0.05)
        known.update(X["a"])
        return np.zeros(len(X))

    held = check(Throughput(rows=len(X), min_rows_per_s=len(X) / 0.02), predict)
    assert (held.ok, held.hint) == (None, "give X more different rows")


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
    with pytest.raises(Undecided, match="X has 400 rows, and a call takes 500"):
        check(Throughput(rows=500, min_rows_per_s=5_000), model())


def test_another_method():
    """A method that is missing is a mistake of the declaration."""
    with pytest.raises(DeclarationError, match="has no transform"):
        check(Throughput(rows=5, min_rows_per_s=50, method="transform"), object())


def test_planted_violation_is_noticed():
    """Batches that take four times as long as they may are noticed."""
    requirement = Throughput(rows=100, min_rows_per_s=10_000)
    (planted,) = requirement.plant(model(), X)
    assert planted.what == "predict sleeps 40 ms on every call"
    assert check(requirement, planted.subjects["model"]).ok is False
