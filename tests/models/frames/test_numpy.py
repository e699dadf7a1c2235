"""An array is judged as a frame whose columns are named by the model, or by their positions."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.models.family import opened_for
from pytest_mlreqs.models.frames import columns, opened, take
from pytest_mlreqs.models.scoring import scorer

X = np.array([[1.0, 5.0], [2.0, 6.0], [3.0, 7.0], [4.0, 9.0]])


@pytest.mark.parametrize(
    "given",
    [
        X,
        X.astype(np.float32),
        X.astype(np.int16),
        X > 2,
        X.astype("<U8"),
        X.astype("datetime64[D]"),
        np.asfortranarray(X),
        np.array([[1, "a", None], [2, None, float("inf")]], dtype=object),
        np.array([[np.nan, 1.0], [2.0, np.inf]]),
        X[:0],
        X[:, :0],
        X[::2, ::-1],
    ],
    ids=lambda given: f"{given.dtype}{given.shape}",
)
def test_there_and_back(given):
    """Every sort of array comes back with its values, its dtype and its order in memory."""
    before = given.copy()
    seen = opened(given)
    back = seen.back(seen.frame)
    assert (back.dtype, back.shape) == (given.dtype, given.shape)
    assert pd.DataFrame(back).equals(pd.DataFrame(before))
    if given.size and given.flags.forc:
        assert back.flags.c_contiguous == given.flags.c_contiguous
    back[...] = back[::-1]
    assert pd.DataFrame(given).equals(pd.DataFrame(before))
    assert seen.back(seen.frame.iloc[1:, :1]).shape == (
        max(len(given) - 1, 0),
        back[:, :1].shape[1],
    )


def test_objects_that_are_numbers():
    """A column of numbers among objects is one of numbers, and None stays None."""
    seen = opened(np.array([[1, None, "a"], [2.5, None, "b"]], dtype=object))
    assert [dtype.kind for dtype in seen.frame.dtypes] == ["f", "O", "O"]
    assert seen.back(seen.frame)[0].tolist() == [1.0, None, "a"]


class Named:
    """A model that knows the names of its inputs, and reads the first."""

    feature_names_in_ = np.array(["age", "income"], dtype=object)

    def predict(self, rows):
        assert type(rows) is np.ndarray
        return rows[:, 0]


@pytest.mark.parametrize(
    ("model", "given", "names", "named"),
    [
        (Named(), X, ["age", "income"], True),
        (Named(), X[:, :1], ["0"], False),
        (None, X, ["0", "1"], False),
        (LinearRegression().fit(X, [1, 2, 3, 4]), X, ["0", "1"], False),
        (LinearRegression().fit(pd.DataFrame(X, columns=["a", "b"]), X[:, 0]), X, ["a", "b"], True),
    ],
    ids=["named", "too few", "no model", "fitted on an array", "fitted on a frame"],
)
def test_names(model, given, names, named):
    """Columns are called as the model does where it knows all of them, else by position."""
    seen = opened_for(model, given)
    assert (list(seen.frame), seen.named) == (names, named)


def test_forbidden_columns(judged):
    """A name that the model knows is judged; without names, positions are, and names are not."""
    told = judged(Named(), np.tile(X, (10, 1)), "age", "income", "ssn")
    assert [m.ok for m in told] == [False, True, True]
    told = judged(lambda rows: rows[:, 0], np.tile(X, (10, 1)), "0", "1", "age")
    assert [m.ok for m in told] == [False, True, None]
    assert told[2].text.endswith("undecided because the columns of X have no names")


def test_nothing_is_copied():
    """An array is seen as a frame without a copy, however many rows it has."""
    assert np.shares_memory(opened(X).frame["0"].to_numpy(), X)


def test_a_model_that_changes_its_input():
    """An array that the model writes to is told, and the user's own stays."""

    def model(rows):
        rows[0, 0] = 9
        return rows[:, 0]

    before = X.copy()
    with pytest.raises(Fault, match="changed its input"):
        scorer(model).on(opened(X)).probed(opened(X).frame)
    assert (before == X).all()


@pytest.mark.parametrize(
    "given",
    [X[0], X[None], np.ma.array(X), np.zeros(3, [("a", int)]), [[1.0]], None, "text", {"a": [1]}],
    ids=["one dimension", "three", "masked", "records", "list", "nothing", "text", "dict"],
)
def test_what_has_no_columns(given):
    """Anything without columns is not guessed at."""
    assert opened(given) is None


def test_a_frame_of_pandas_is_itself():
    """A pandas frame goes both ways as it is."""
    frame = pd.DataFrame({"a": [1]})
    seen = opened(frame)
    assert seen.frame is frame
    assert seen.back(frame) is frame


def test_rows_and_names():
    """Rows are taken of arrays, frames and lists alike; an array has no names."""
    assert take(X, [2, 0]).tolist() == [[3.0, 7.0], [1.0, 5.0]]
    assert take([1, 2, 3], [2, 0]) == [3, 1]
    assert take(pd.DataFrame({"a": [1, 2]}, index=[7, 8]), [1])["a"].to_dict() == {8: 2}
    assert columns(X) is columns([1]) is None
    assert columns(pd.DataFrame({0: [1], "b": [2]})) == ("0", "b")


def test_nothing_is_imported_for_others():
    """Frames of libraries that are not in use cost nothing."""
    code = (
        "import sys, numpy; from pytest_mlreqs.models.frames import opened\n"
        "print({'pandas'} & set(sys.modules)); opened(numpy.zeros((1, 1)))\n"
        "print({'polars', 'pyarrow', 'narwhals'} & set(sys.modules) - {'pyarrow'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\nset()\n"
