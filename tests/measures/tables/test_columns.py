"""Tests of pytest_mlreqs.measures.tables.columns."""

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.measures.tables.columns import coded, numbers


def test_numbers_stay_numbers():
    """Numbers, booleans and times are numbers, with gaps and infinities as gaps."""
    frame = pd.DataFrame(
        {
            "number": [1.5, np.nan, np.inf],
            "whole": pd.array([1, None, 3], dtype="Int64"),
            "flag": [True, False, True],
            "day": pd.to_datetime(["2020-01-02", None, "2020-01-01"]),
        }
    )
    made = coded(frame)
    assert not made.category.any()
    np.testing.assert_array_equal(
        made.matrix, [[1.5, 1, 1, 86_400], [np.nan, np.nan, 0, np.nan], [np.nan, 3, 1, 0]]
    )


@pytest.mark.parametrize("dtype", [object, "category", "string"])
def test_texts_are_codes(dtype):
    """Texts of any type are codes by frequency, with gaps as gaps."""
    made = coded(pd.DataFrame({"a": pd.Series(["x", "y", "y", None], dtype=dtype)}))
    assert made.category.tolist() == [True]
    np.testing.assert_array_equal(made.matrix[:, 0], [1, 0, 0, np.nan])


def test_rare_values_are_one():
    """Beyond the 200 most frequent values of a category the rest are one."""
    values = [*(f"v{n}" for n in range(200)), *(f"v{n}" for n in range(200)), "a", "b", "c"]
    made = coded(pd.DataFrame({"a": values}))
    assert made.matrix.max() == 200
    assert made.matrix[-3:, 0].tolist() == [200, 200, 200]


def test_odd_values():
    """Lists, mixed types and complex numbers are categories."""
    frame = pd.DataFrame({"a": [[1], [2], [1]], "b": [1, "x", None], "c": [1j, 2j, 1j]})
    made = coded(frame)
    assert made.category.all()
    assert made.matrix.shape == (3, 3)


def test_constant_columns_are_left_out():
    """What is the same in all rows tells nothing; a gap beside one value does."""
    frame = pd.DataFrame({"one": [1, 1], "gap": [1, None], "none": [None, None], "two": ["a", "b"]})
    assert coded(frame).matrix.shape == (2, 2)
    assert coded(frame[["one"]]).matrix.shape == (2, 0)
    assert coded(frame[[]]).matrix.shape == (2, 0)


def test_repeated_names():
    """Columns of one name are two columns."""
    frame = pd.DataFrame([[1, "a"], [2, "b"]], columns=["x", "x"])
    assert coded(frame).category.tolist() == [False, True]


def test_take():
    """Rows are taken by position."""
    assert coded(pd.DataFrame({"a": [5, 6, 7]})).take(np.array([2, 0])).matrix.tolist() == [
        [7],
        [5],
    ]


def test_times_in_seconds():
    """Times count from the earliest of them."""
    times = pd.Series(pd.to_datetime(["2020-01-01 00:01", "2020-01-01 00:00"]))
    assert numbers(times).tolist() == [60, 0]
