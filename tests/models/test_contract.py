"""A model that breaks what it owes its caller is told in one sentence."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.models.contract import checked, guarded, probe

NAN = float("nan")


def frame():
    """Three rows with numbers, texts and missing values."""
    return pd.DataFrame({"a": [1.0, NAN, 3.0], "b": ["x", None, "z"]}, index=[7, 8, 9])


def fault(call, X):
    """The sentence about a call that breaks the contract."""
    with pytest.raises(Fault) as told:
        probe(call, "predict", X)
    return str(told.value)


def harming(harm, output=(0, 0, 0)):
    """A model that harms its input and answers rightly."""

    def predict(X):
        harm(X)
        return list(output)

    return predict


# --- exceptions ----------------------------------------------------------------------------------


def test_an_exception_is_told_with_type_message_and_place():
    """What a model raises is told with its type, its message on one line and its place."""

    def predict(X):
        raise ValueError("cannot take\n   column 'a'")

    line = predict.__code__.co_firstlineno + 1
    assert fault(predict, frame()) == (
        f"predict raised ValueError: cannot take column 'a' (test_contract.py:{line}, in predict)"
    )


def test_leaving_is_an_exception_like_any_other():
    """A model that exits the program has broken its contract."""
    told = fault(lambda X: sys.exit("bye"), frame())
    assert told.startswith("predict raised SystemExit: bye (test_contract.py:")


@pytest.mark.parametrize("error", [pytest.skip.Exception("no GPU"), asyncio.CancelledError()])
def test_what_is_no_exception_to_python_is_the_models_doing_too(error):
    """A model that skips the test, or cancels a task, has broken its contract."""

    def predict(X):
        raise error

    assert fault(predict, frame()).startswith(f"predict raised {type(error).__name__}")


def test_an_interrupt_in_another_thread_is_the_models_doing():
    """Ctrl-C reaches the first thread only: a model that raises it elsewhere does so by itself."""

    def predict(X):
        raise KeyboardInterrupt

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(fault, predict, frame()).result().startswith("predict raised Keyboard")


def test_an_interrupt_is_none_of_the_models_doing():
    """An interrupt from the keyboard goes through."""

    def predict(X):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guarded(predict, "predict")(frame())


def test_the_cause_is_kept():
    """The exception that the model raised is the cause of the fault."""
    with pytest.raises(Fault) as told:
        guarded(lambda X: X / 0, "predict")(1)
    assert isinstance(told.value.__cause__, ZeroDivisionError)


def test_guarded_returns_what_the_model_does():
    """A call that raises nothing is passed through as it is."""
    assert guarded(lambda X: X + 1, "predict")(1) == 2


# --- outputs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (None, "predict returned None"),
        (0.5, "predict returned one float for 3 rows"),
        (np.float64(0.5), "predict returned one float64 for 3 rows"),
        ("yes", "predict returned one str for 3 rows"),
        ({"a": 1}, "predict returned one dict for 3 rows"),
        ([], "predict returned 0 predictions for 3 rows"),
        ([1, 2], "predict returned 2 predictions for 3 rows"),
        (np.zeros((4, 2)), "predict returned 4 predictions for 3 rows"),
        ([1, NAN, 3], "predict returned NaN for 1 of 3 rows (row 1)"),
        ([None, "a", "b"], "predict returned NaN for 1 of 3 rows (row 0)"),
        (pd.array([1, 2, None]), "predict returned NaN for 1 of 3 rows (row 2)"),
        ([[0, 1], [NAN, 1], [NAN, NAN]], "predict returned NaN for 2 of 3 rows (row 1, 2)"),
    ],
)
def test_outputs_that_are_none(output, told):
    """An output that is not one prediction per row is told by what it is instead."""
    assert fault(lambda X: output, frame()) == told


def test_only_the_first_rows_are_told():
    """Of many rows with NaN, the first five are named."""
    told = fault(lambda X: np.full(len(X), NAN), np.zeros((100, 1)))
    assert told == "predict returned NaN for 100 of 100 rows (row 0, 1, 2, 3, 4, ...)"


class Tensor:
    """Like a tensor that still has its gradient."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")


@pytest.mark.parametrize(
    "output",
    [
        Tensor(),
        [np.zeros((3, 2)), np.zeros((4, 2))],
        [[[1], [2, 3]], [[1], [2]], [[1], [2]]],
    ],
    ids=["tensor", "targets of different lengths", "ragged"],
)
def test_whatever_is_no_array_is_a_fault(output):
    """An output that NumPy cannot take is the model's fault and no other error."""
    with pytest.raises(Fault, match=r"^predict returned "):
        checked(output, "predict", 3)


@pytest.mark.parametrize(
    ("output", "shape"),
    [
        ([1, 2, 3], (3,)),
        (("yes", "no", "no"), (3,)),
        (np.zeros((3, 2)), (3, 2)),
        (np.zeros((3, 2, 4)), (3, 2, 4)),
        (pd.Series([1, 2, 3], index=[7, 8, 9]), (3,)),
        (pd.DataFrame({"a": [1, 2, 3]}), (3, 1)),
        ([np.zeros((3, 2)), np.ones((3, 3))], (3, 5)),
        ([np.zeros((2, 2)), np.zeros((2, 2)), np.zeros((2, 2))], (3, 2, 2)),
        ([np.inf, 0, 0], (3,)),
    ],
)
def test_outputs_that_keep_the_contract(output, shape):
    """One number or label per row is right, in one column, in several or per target."""
    assert probe(lambda X: output, "predict", frame()).shape == shape


def test_targets_become_columns_in_order():
    """The outputs for several targets stand side by side."""
    output = [np.array([[1, 2], [3, 4]]), np.array([[5, 6], [7, 8]])]
    assert checked(output, "predict_proba", 2).tolist() == [[1, 2, 5, 6], [3, 4, 7, 8]]


def test_no_rows_are_rows():
    """For no rows the right output is none."""
    assert checked([], "predict", 0).shape == (0,)


OBJECTS = arrays.arrays(object, st.integers(0, 5), elements=st.text(max_size=3))


@given(OBJECTS | arrays.arrays(st.sampled_from([float, int, "U3"]), st.integers(0, 5)))
def test_whatever_is_right_comes_back_as_it_is(output):
    """An output of the right length comes back unchanged unless something in it is missing."""
    if pd.isna(output).any():
        with pytest.raises(Fault, match="NaN"):
            checked(output, "predict", len(output))
    else:
        assert checked(output, "predict", len(output)).tolist() == output.tolist()


# --- inputs --------------------------------------------------------------------------------------


def set_cell(X):
    """Write into a cell."""
    X.iloc[0, 0] = 5.0


def fill(X):
    """Fill what is missing."""
    X["a"] = X["a"].fillna(0)


def encode(X):
    """Encode a column in place."""
    X["b"] = X["b"].map({"x": 1})


def add(X):
    """Add a column."""
    X["c"] = 1


def rename(X):
    """Rename a column."""
    X.columns = ["A", "b"]


def drop(X):
    """Remove a column."""
    del X["a"]


def reorder(X):
    """Turn the index around."""
    X.index = X.index[::-1]


def append(X):
    """Add a row."""
    X.loc[10] = [0.0, "y"]


@pytest.mark.parametrize(
    ("harm", "changed"),
    [
        (set_cell, "column 'a' is not the same afterwards"),
        (fill, "column 'a' is not the same afterwards"),
        (encode, "column 'b' is not the same afterwards"),
        (add, "its columns are not the same afterwards"),
        (rename, "its columns are not the same afterwards"),
        (drop, "its columns are not the same afterwards"),
        (reorder, "its rows are not the same afterwards"),
        (append, "its rows are not the same afterwards"),
    ],
)
def test_a_changed_frame_is_told(harm, changed):
    """A model that changes values, columns or rows of its input is told what it changed."""
    told = f"predict changed its input: {changed}; let it work on a copy"
    assert fault(harming(harm), frame()) == told


def test_a_change_far_down_in_a_large_array_is_told():
    """The last entry of a large array is looked at as the first one is."""

    def negate(given):
        given[-1, -1] = 7
        return np.zeros(len(given))

    with pytest.raises(Fault, match="its values are not the same afterwards"):
        probe(negate, "predict", np.zeros((2**15, 5)))


@pytest.mark.parametrize(
    "X",
    [
        np.array([[1.0], [NAN], [3.0]]),
        np.array([[1], [2], [3]]),
        np.array([["a"], [1], [None]], dtype=object),
    ],
)
def test_a_changed_array_is_told(X):
    """A model that writes into its array is told."""

    def negate(given):
        given[0] = 7

    told = "predict changed its input: its values are not the same afterwards; let it work"
    assert fault(harming(negate), X).startswith(told)


def test_a_changed_shape_is_told():
    """A model that gives its array another shape has changed it."""

    def flatten(given):
        given.resize((6,), refcheck=False)

    assert "its values are not the same" in fault(harming(flatten), np.zeros((3, 2)))


@pytest.mark.parametrize(
    "X",
    [
        frame(),
        pd.DataFrame([[1.0, 2.0]] * 3, columns=[0.5, NAN]),
        pd.DataFrame([[1, 2]] * 3, columns=["a", "a"]),
        pd.DataFrame({"a": [1, 2, 3]}, index=[NAN, 1, 1]),
        pd.DataFrame({"a": pd.array([1, None, 3]), "b": pd.Categorical(["x", None, "y"])}),
        pd.DataFrame({"a": [[1], None, {"b": 2}]}),
        np.array([[NAN], [1], [2]]),
        np.array([[None], ["a"], [NAN]], dtype=object),
        ["a text", "another", "a third"],
    ],
    ids=["frame", "NaN name", "same names", "index", "types", "objects", "NaN", "None", "list"],
)
def test_an_input_that_was_left_alone_is_not_told(X):
    """A model that only reads is right, whatever stands in its input."""
    assert probe(lambda given: [0, 0, 0], "predict", X).tolist() == [0, 0, 0]


# --- output on the screen ------------------------------------------------------------------------


def print_much(X):
    """Print a megabyte."""
    print("x" * 1_000_000)
    return [0, 0, 0]


def write_much(X):
    """Write past Python."""
    os.write(1, b"x" * 1_100_000)
    return [0, 0, 0]


def complain_much(X):
    """Write to standard error."""
    sys.stderr.write("x" * 1_000_000)
    return [0, 0, 0]


@pytest.mark.parametrize(
    ("predict", "size"), [(print_much, "1.0"), (write_much, "1.1"), (complain_much, "1.0")]
)
def test_a_megabyte_of_output_is_told(predict, size, capfd):
    """A model that writes a megabyte in one call floods every log, by whichever way it writes."""
    told = f"predict wrote {size} MB of output in one call on 3 rows"
    assert fault(predict, frame()) == told


def test_what_was_written_before_does_not_count(capfd):
    """Only what the call itself writes is the model's."""
    print("x" * 2_000_000)

    def predict(X):
        print("fitting")
        return [0, 0, 0]

    assert probe(predict, "predict", frame()).tolist() == [0, 0, 0]


def test_messages_name_the_method():
    """The method is called in messages as the caller calls it."""
    with pytest.raises(Fault, match=re.escape("transform returned None")):
        probe(lambda X: None, "transform", frame())


def test_answers_of_different_lengths():
    """Lists of different lengths are one object for each row, equal where the lists are."""
    for answer in ([["a"], ["a", "b"]], [np.arange(1), np.arange(2)]):
        array = probe(lambda X: answer, "predict", np.zeros((2, 1)))  # noqa: B023
        assert array.shape == (2,)
        assert array.dtype == object
        assert (array == probe(lambda X: answer, "predict", np.zeros((2, 1)))).all()  # noqa: B023
        assert array[0] != array[1]
