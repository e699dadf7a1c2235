"""Tests of pytest_mlreqs.models.computed."""

import collections
import concurrent.futures
import pickle

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.models.computed import computed, computing, settling
from pytest_mlreqs.models.scoring import method, scorer


class Promise:
    """Notes when it is looked at."""

    def __init__(self):
        self.kept = 0

    def __array__(self, dtype=None, copy=None):
        """Three zeros, by and by."""
        self.kept += 1
        return np.zeros(3)


class Foreign:
    """An object of some library, which notes what it is asked for."""

    def __init__(self):
        self.asked = []

    def _answer(self):
        self.asked.append(1)
        return self

    block_until_ready = compute = persist = cpu = numpy = get = toPandas = execute = _answer  # noqa: N815


def of(library, name):
    """An object of a class that a library calls so."""
    return type(name, (Foreign,), {"__module__": library})()


@pytest.mark.parametrize(
    "answer",
    [
        np.zeros(3),
        np.float64(1),
        np.array(["a", "b"], dtype=object),
        [0.5, "a", None],
        [[0.1, 0.9], [0.5, 0.5]],
        ({"label": 1},),
        pd.Series([1.0]),
        pd.DataFrame({"a": [1]}),
        pl.Series([1]),
        pl.DataFrame({"a": [1]}),
        pa.table({"a": [1]}),
        7,
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_what_is_there_is_left_alone(answer):
    """An answer that leaves nothing to compute is neither copied nor converted."""
    assert computed(answer) is answer


def test_an_array_that_computes_when_it_is_looked_at():
    """It is looked at, alone and in what holds it."""
    for wrap in (
        lambda one: one,
        lambda one: [one],
        lambda one: (0, [one]),
        lambda one: collections.OrderedDict(a=one),
        lambda one: np.array([one, None], dtype=object)[:1],
    ):
        promise = Promise()
        computed(wrap(promise))
        assert promise.kept > 0


@pytest.mark.parametrize(
    ("library", "name"),
    [
        ("dask.array.core", "Array"),
        ("dask.delayed", "Delayed"),
        ("jaxlib._jax", "ArrayImpl"),
        ("torch", "Tensor"),
        ("tensorflow.python.framework.ops", "EagerTensor"),
        ("cupy", "ndarray"),
        ("pyspark.sql.dataframe", "DataFrame"),
        ("ibis.expr.types", "Table"),
    ],
)
def test_libraries_that_answer_before_they_have_worked(library, name):
    """Each is asked in its own way for what is to be computed, also of a class of the user's."""
    given = of(library, name)
    computed(given)
    assert given.asked == [1]
    inherited = type("Own", (type(given),), {"__module__": "project"})()
    computed([inherited])
    assert inherited.asked == [1]


def test_plans_of_frames():
    """A plan is carried out."""
    frame = pl.DataFrame({"a": [1, 2]})
    assert computed(frame.lazy()).equals(frame)
    assert computed(duckdb.sql("select 1 as a"))["a"].tolist() == [1]
    assert computed(frame.to_arrow().to_reader()).num_rows == 2


def test_a_future():
    """What another thread works at is waited for."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert computed(pool.submit(sum, [1, 2])) == 3


@pytest.mark.parametrize("found", [lambda one: method(one, "predict"), scorer])
def test_calls_of_a_model(found):
    """Whichever way the method of a model is found, its answer is there when it returns."""

    class Lazy:
        promise = Promise()

        def predict(self, X):
            return self.promise

    answer = found(Lazy()).call([1, 2, 3])
    assert type(answer) is np.ndarray
    assert Lazy.promise.kept == 1


def test_a_call_can_be_pickled():
    """It goes to another process where the call itself does."""
    assert pickle.loads(pickle.dumps(computing(len, "len")))([1, 2]) == 2


def test_steps_hand_on_what_the_next_one_takes():
    """The answer of a step is computed, and stays of its sort."""
    frame = pl.DataFrame({"a": [1, 2]})
    work = []
    lazy = frame.lazy().map_batches(lambda given: work.append(1) or given)
    settled = settling(lambda given: given, "step")(lazy)
    assert (type(settled), work) == (pl.LazyFrame, [1])
    assert settled.collect().equals(frame)
    assert work == [1]
    for library, name in (("dask.array", "Array"), ("jaxlib", "ArrayImpl"), ("torch", "Tensor")):
        given = of(library, name)
        assert settling(lambda given: given, "step")(given) is given
        assert given.asked == [1]
    promise = Promise()
    assert settling(lambda given: given, "step")(promise) is promise
    assert promise.kept == 0


@pytest.mark.parametrize("made", [computing, settling])
def test_what_a_call_raises_is_blamed_on_it(made):
    """What a model or a step raises is a fault by its name, and so is what its answer raises."""
    with pytest.raises(Fault, match="score raised ZeroDivisionError"):
        made(lambda given: given / 0, "score")(1)
    lazy = pl.LazyFrame({"a": [1]}).select("b")
    with pytest.raises(Fault, match="score raised ColumnNotFoundError"):
        made(lambda given: given, "score")(lazy)


def test_what_is_said_already_is_not_said_again():
    """A fault that an adapter has told goes through as it is."""

    def call(given):
        raise Fault("the server is gone")

    with pytest.raises(Fault, match=r"^the server is gone$"):
        computing(call, "predict")(1)
