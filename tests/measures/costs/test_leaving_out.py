"""Tests of pytest_mlreqs.measures.costs.leaving_out."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pytest_mlreqs.core.measurement import MIB, Fault
from pytest_mlreqs.measures.costs.leaving_out import Rows, Way, as_it_is, memory, retrained
from pytest_mlreqs.measures.memory import peak
from pytest_mlreqs.models.branches import Branch
from pytest_mlreqs.models.frames import opened
from pytest_mlreqs.models.scoring import method

X = pd.DataFrame({"a": [0.0, 1, 2, 3], "b": [1.0, 0, 1, 0], "c": [5.0, 6, 5, 6], "d": [0.0] * 4})
Y = pd.Series([0, 1, 0, 1])
ROWS = Rows(opened(X))


def pipeline():
    """A pipeline that takes `a` and `b` together, `c` alone, and drops `d`."""
    scalers = make_column_transformer((StandardScaler(), ["a", "b"]), (StandardScaler(), ["c"]))
    return make_pipeline(scalers, LogisticRegression())


def test_rows():
    """Rows have all columns or all but one, and are copies of their own."""
    assert ROWS.whole(X[:2]).equals(X[:2])
    assert list(ROWS.less(X[:2], 1).columns) == ["a", "c", "d"]
    given = ROWS.whole(X)
    given["a"] = 7.0
    assert X["a"].tolist() == [0, 1, 2, 3]
    array = X.to_numpy()
    assert Rows(opened(array)).less(array, 1).tolist() == X[["a", "c", "d"]].to_numpy().tolist()


def test_a_pipeline_as_it_is():
    """A column is left out of the rows where that can be, else its transformers tell."""
    model = pipeline().fit(X, Y)
    a, c, d = as_it_is(model, method(model), ROWS, X[:1], [0, 2, 3])
    assert (a.call, [one.columns for one in a.parts], a.shared) == (None, [(0, 1)], 1)
    assert a.bound == (
        "that is its cost together with another column: only training without it can tell"
    )
    assert (c.how, c.shared, c.bound) == ("the time of 'standardscaler-2' alone", 0, "")
    assert (d.how, d.parts) == ("called without it", ())
    assert d.call(X[["a", "b", "c"]]).tolist() == model.predict(X).tolist()


def test_a_function_as_it_is():
    """A function that answers without a column is called without, another one is not known."""

    def model(X):
        return X["a"] + X.get("b", 0)

    a, b = as_it_is(model, method(model), ROWS, X, [0, 1])
    assert (a.call, a.why) == (None, "the model does not answer without it")
    assert b.call(X[["a"]]).tolist() == [0, 1, 2, 3]


def test_polars():
    """A model of Polars frames is given them without the column too."""
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(X.to_dict("list"))
    rows = Rows(opened(frame))
    a, b = as_it_is(None, method(lambda X: X["a"].to_numpy()), rows, frame, [0, 1])
    assert (a.call, b.how) == (None, "called without it")
    assert rows.less(frame[:2], 1).equals(frame[:2].drop("b"))
    assert rows.whole(frame[:2]).equals(frame[:2])


def test_an_array_as_it_is():
    """Columns without names are never left out: the next one would be taken for them."""
    array = X.to_numpy()
    rows = Rows(opened(array))
    (way,) = as_it_is(None, method(lambda X: X[:, 0]), rows, array, [1])
    assert way.why == "the model does not answer without it"
    scalers = make_column_transformer((StandardScaler(), [0]))
    scalers.fit(array)
    dropped, taken = as_it_is(scalers, method(scalers, "transform"), rows, array, [1, 0])
    assert (dropped.how, dropped.parts, dropped.why) == ("no transformer takes it", (), "")
    assert [one.columns for one in taken.parts] == [(0,)]


def as_estimator():
    """What is fitted itself."""
    return pipeline()


def as_function():
    """What names its columns."""

    def train(X, y):
        return pipeline().fit(X, y)

    return train


def willing():
    """What takes whatever columns there are."""

    def train(X, y):
        return LogisticRegression().fit(X, y)

    return train


@pytest.mark.parametrize("trains", [as_estimator, as_function, willing])
def test_retrained(trains):
    """A model is trained without each column, also by what names its columns."""
    call, ways = retrained(trains(), "predict", ROWS, Y, X[:1], [0, 2])
    assert call(X).tolist() == Y.tolist()
    assert [way.how for way in ways] == ["trained without it"] * 2
    assert ways[0].call(X.drop(columns="a")).shape == (4,)
    with pytest.raises(Fault, match=r"feature names|columns are missing"):
        ways[0].call(X[["b", "d"]])


def test_what_is_trained_on_is_a_copy():
    """A training that changes its rows changes none of the user's."""

    def train(X, y):
        X.iloc[:, 0] = 9.0
        return LogisticRegression().fit(X, y)

    retrained(train, "predict", ROWS, Y, X[:1], [0])
    assert X["a"].tolist() == [0, 1, 2, 3]


def test_no_model_without_it():
    """Where no model can be trained without a column, it is said why."""

    def train(X, y):
        mean = X["a"].mean()
        return lambda X: np.full(len(X), mean)

    _, (a, b) = retrained(train, "predict", ROWS, Y, X, [0, 1])
    assert a.why.startswith("no model can be trained without it: train raised KeyError: 'a'")
    assert b.how == "trained without it"


def test_no_model_at_all():
    """What cannot be trained with all columns is at fault."""

    def train(X, y):
        raise RuntimeError("no data")

    with pytest.raises(Fault, match="no data"):
        retrained(train, "predict", ROWS, Y, X, [0])


def taking(mib):
    """A function that has so many MiB in use, and 2 more where it is given `a`."""

    def call(X):
        np.ones(int((mib + 2 * ("a" in X)) * MIB / 8))
        return np.zeros(len(X))

    return call


needs_linux = pytest.mark.skipif(not peak.resettable(), reason="needs Linux")


@pytest.mark.parametrize("limit", [0.5, pytest.param(1.5, marks=needs_linux)])
def test_memory(limit):
    """The memory of a column is what a call saves without it, however much that takes."""
    way = Way(0, call=taking(20))
    size = memory(taking(20), way, ROWS, [X, X[:2]], limit * MIB)
    assert size / MIB == pytest.approx(2, abs=0.3)


def test_memory_that_is_taken_once():
    """What only the first call builds is no memory that a column takes."""
    once = [np.ones(MIB)]

    def call(X):
        kept = list(once and once.pop())[:1] if "a" in X else []
        return np.full(len(X), len(kept))

    assert memory(call, Way(0, call=call), ROWS, [X], 0.5 * MIB) < 0.5 * MIB


def test_memory_of_parts():
    """The memory of a pipeline's transformers is their own."""
    parts = tuple(Branch(f"t{n}", lambda rows: np.ones(MIB // 8), (0,)) for n in range(2))
    size = memory(taking(20), Way(0, parts=parts), ROWS, [X], 0.5 * MIB)
    assert size / MIB == pytest.approx(2, abs=0.05)
