"""Rows say themselves what keeps them from being examined."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.linear_model import LinearRegression

from pytest_mlreqs.core.measurement import DeclarationError, Undecided
from pytest_mlreqs.models.rows import Rows

FRAME = pd.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6]})


@pytest.mark.parametrize("empty", [FRAME[:0], [], np.empty((0, 2))])
def test_no_rows(empty):
    """Nothing can be told of no rows, whatever they are."""
    with pytest.raises(Undecided, match=r"^X has no rows; give it some$"):
        Rows(empty)


def test_what_is_no_rows():
    """What has no length is not declared right."""
    with pytest.raises(DeclarationError, match="X_train is a int, which has no rows; give a frame"):
        Rows(3, "X_train")


@pytest.mark.parametrize(
    ("value", "engine"),
    [
        (FRAME, "pandas"),
        (FRAME.to_numpy(), "numpy"),
        (sparse.eye(3).tocsr(), "scipy"),
        ([1, 2, 3], "builtins"),
    ],
)
def test_rows_of_any_sort(value, engine):
    """All have a length, a library and first rows of their own sort."""
    rows = Rows(value)
    assert (len(rows), rows.engine, rows.raw is value) == (3, engine, True)
    first = rows.first(2)
    assert type(first) is type(value)
    assert len(Rows(first)) == 2


def test_fewer_rows_than_a_call_takes():
    """Fewer rows than were asked for are no batch, at first or later."""
    for ask in (Rows(FRAME).first, Rows(FRAME).batches):
        with pytest.raises(Undecided, match=r"^X has 3 rows, and a call takes 4; give it more, or"):
            ask(4)


def test_batches():
    """Each batch comes with the position of its first row."""
    position, batch = next(Rows(FRAME).batches(2))
    assert batch.equals(FRAME.loc[batch.index])
    assert batch.index[0] == position


def test_columns():
    """A frame names its columns; an array has those that the model knows."""
    assert Rows(FRAME).names == ["a", "b"]
    model = LinearRegression().fit(FRAME, [1, 2, 3])
    rows = Rows.of(FRAME.to_numpy(), "X", None, {"model": model})
    assert rows.names == ["a", "b"]
    assert rows.frame.equals(FRAME)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([1, 2], r"^X is a list, which has no columns; give a frame or an array$"),
        (FRAME[[]], r"^X has no columns; give it some$"),
    ],
)
def test_no_columns(value, words):
    """What has no columns says so where they are asked for, and not before."""
    rows = Rows(value)
    with pytest.raises(Undecided, match=words):
        _ = rows.frame


def test_columns_without_names():
    """An array has a frame, and no names unless a model knows them."""
    rows = Rows(FRAME.to_numpy())
    assert rows.frame.shape == (3, 2)
    with pytest.raises(Undecided, match="the columns of X have no names") as gap:
        _ = rows.names
    assert gap.value.hint.startswith("give a frame")
