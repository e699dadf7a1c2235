"""Tests of pytest_mlreqs.measures.influence.reading."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.core import time_left
from pytest_mlreqs.core.measurement import Fault, Undecided
from pytest_mlreqs.measures.influence import reading
from pytest_mlreqs.measures.influence.reading import same_columns, upstream
from pytest_mlreqs.models import affordable
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows

X = pd.DataFrame({"a": np.arange(50.0), "b": np.arange(50) % 3})


def inputs(model, rows):
    """The inputs of a model in some rows."""
    return reading.inputs(Model(model), Rows(rows))


def test_read():
    """An input is read if the score moves with it alone."""
    seen = inputs(lambda X: X["a"].to_numpy(), X)
    assert (seen.read(0), seen.read(1), seen.labels) == (True, False, False)
    assert (seen.names, seen.how) == (["a", "b"], ", read if <lambda> of 50 rows moves")


def test_each_input_is_tried_once():
    """What is known is not tried again."""
    calls = []
    seen = inputs(lambda X: calls.append(1) or X["a"].to_numpy(), X)
    seen.read(0)
    before = len(calls)
    assert seen.read(0)
    assert len(calls) == before > 1


def test_arrays():
    """A model of arrays is given arrays, and its inputs are numbered."""

    def model(X):
        assert isinstance(X, np.ndarray)
        return X[:, 1]

    seen = inputs(model, X.to_numpy())
    assert (seen.names, seen.read(0), seen.read(1)) == (["input 0", "input 1"], False, True)


def test_doubt():
    """An input that the model lets nobody change is in doubt, and it is said why."""

    def model(given):
        if not given["b"].equals(X["b"]):
            raise ValueError("no")
        return given["a"].to_numpy()

    seen = inputs(model, X)
    assert seen.read(1) is None
    assert seen.doubt(1).startswith("whether the model reads 'b' cannot be told: the model refuses")


def test_at_most_a_thousand_rows_are_scored():
    """Many rows are sampled, and labels are told."""
    sizes = set()
    many = pd.concat([X] * 30)
    seen = inputs(lambda X: sizes.add(len(X)) or ["yes"] * len(X), many)
    assert (sizes, seen.labels) == ({1000}, True)
    assert seen.how == ", read if <lambda> of 1,000 rows moves, labels only"


@pytest.mark.parametrize("rows", [[1], X["a"], X.head(0), np.zeros(3), np.zeros((0, 2))])
def test_no_inputs(rows):
    """Of what is no table, or empty, nothing can be said."""
    with pytest.raises(Undecided, match=r"X has no rows|X is a .*, which has no columns"):
        inputs(len, rows)


def test_faults():
    """A model that breaks its contract is at fault."""
    with pytest.raises(Fault):
        inputs(lambda X: [1], X)


def test_same_columns():
    """Columns are found by name, or by position where all names are the same."""
    assert list(same_columns(Rows(X[["b", "a"]], "X_train"), X, [0])) == ["a"]
    twice = pd.DataFrame([[1, 2]], columns=["a", "a"])
    assert same_columns(Rows(twice, "X_train"), twice, [1]).to_numpy().tolist() == [[2]]
    assert same_columns(Rows(np.eye(2), "X_train"), pd.DataFrame(np.eye(2)), [1]).shape == (2, 1)


def test_same_columns_from_the_index_and_under_other_types_of_names():
    """A column may be a level of the index there, and the name 1 be the text "1"."""
    moved = X.set_index("a")
    assert list(same_columns(Rows(moved, "X_train"), X, [0, 1])) == ["a", "b"]
    assert moved.index.name == "a"
    digits = X.set_axis([0, 1], axis=1)
    texts = X.set_axis(["1", "0"], axis=1)
    assert list(same_columns(Rows(texts, "X_train"), digits, [0])) == ["0"]


@pytest.mark.parametrize(
    "others",
    [
        [1],
        X[["a"]],
        X[["a", "b", "b"]],
    ],
)
def test_no_same_columns(others):
    """Of what is no table, or has not just that column, nothing can be told."""
    with pytest.raises(Undecided, match="X_train"):
        same_columns(Rows(others, "X_train"), X, [1])


def test_upstream():
    """Inputs that are read need a source, and a source an input that is read."""
    frame = X.assign(c=1.0, d=X["a"] % 7)
    read = inputs(lambda X: (X["a"] + X["d"] + X["c"]).to_numpy(), frame)
    sources = {"a": "billing", "b": "weather"}
    found = upstream(read, lambda name: sources.get(name, ""))
    # `c` holds a single value, so nobody can tell whether it is read.
    assert (found.sourceless, found.doubtful, found.idle) == (["d"], [2], ["weather"])


def test_a_source_of_which_nobody_knows_is_not_idle():
    """A source is idle only if none of its inputs can be read."""
    frame = X.assign(c=1.0)
    read = inputs(lambda X: (X["a"] + X["c"]).to_numpy(), frame)
    assert upstream(read, lambda name: f"of {name}").idle == ["of b"]


@pytest.mark.parametrize(("row_s", "rows"), [(0.0, 1_000), (0.002, 293), (0.01, 100)])
def test_rows_that_there_is_time_for(monkeypatch, row_s, rows):
    """A slow model is tried on fewer rows, and on no fewer than a hundred."""
    clock = SimpleNamespace(now=100.0)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr(affordable, "time", clock)
    monkeypatch.setattr(time_left, "time", clock)
    monkeypatch.setattr(time_left, "_until", [np.inf])
    monkeypatch.setattr(time_left, "_allowed", [np.inf])
    time_left.start(30)
    many = pd.DataFrame({"a": np.arange(5_000.0), "b": np.arange(5_000) % 3})

    def model(X):
        clock.now += row_s * len(X)
        return X["a"].to_numpy()

    tried = int(inputs(model, many).how.split()[5].replace(",", ""))
    assert tried == pytest.approx(rows, rel=0.05)
