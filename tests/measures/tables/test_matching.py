"""Tests of pytest_mlreqs.measures.tables.matching."""

import pandas as pd
import pytest

from pytest_mlreqs.core.measurement import Undecided
from pytest_mlreqs.measures.tables.matching import matched


def frame(values, index=None, name="id"):
    """One column."""
    return pd.DataFrame({name: values}, index=index)


def told(found):
    """Pairs of positions."""
    return list(zip(found.left.tolist(), found.right.tolist(), strict=True))


def test_by_key():
    """Rows with the same value of the key belong together, wherever they stand."""
    found = matched(frame([3, 1, 2]), frame([1, 2, 3, 4]), "id")
    assert told(found) == [(0, 2), (1, 0), (2, 1)]
    assert (found.how, found.alone) == ("matched by 'id'", 0)


def test_rows_without_a_partner():
    """Rows whose key is missing, or missing there, are left out and counted."""
    found = matched(frame([1, None, 9, 2, 3]), frame([None, 1, 2, 3]), "id")
    assert told(found) == [(0, 1), (3, 2), (4, 3)]
    assert found.alone == 2
    assert found.left_out() == ("matched by 'id'", "2 rows of X without a partner")


def test_one_person_in_several_rows():
    """The key may repeat in X."""
    assert told(matched(frame([1, 1, 2]), frame([2, 1]), "id")) == [(0, 1), (1, 1), (2, 0)]


@pytest.mark.parametrize(
    ("left", "right", "why"),
    [
        ([1, 2], [1, 1, 2], "1 row of protected repeat a value of the key 'id'"),
        ([1, 2, 3, 4], [1, 2, 5], "only 2 of 4 rows of X have a value of 'id' that is also in pr"),
        ([1, 2], ["1", "2"], "only 0 of 2 rows of X"),
    ],
)
def test_bad_keys(left, right, why):
    """A key that names two rows, or half of the rows or fewer, matches nothing."""
    with pytest.raises(Undecided, match=why):
        matched(frame(left), frame(right), "id")


def test_types_of_keys_are_told():
    """Keys that look the same but are of two types match nothing, and the types are told."""
    with pytest.raises(Undecided, match=r"\(int64 there, float64 here\)$"):
        matched(frame([1, 2]), frame([1.5, 2.5]), "id")


def test_no_key():
    """A key that either table lacks, or has twice, matches nothing."""
    two = pd.DataFrame([[1, 1]], columns=["id", "id"])
    one, other = frame([1]), frame([1], name="x")
    for left, right, why in (
        (other, one, "X has no columns called 'id'"),
        (one, other, "protected has no"),
        (two, one, "X has 2 columns called 'id'"),
    ):
        with pytest.raises(Undecided, match=why):
            matched(left, right, "id")


def test_by_index():
    """Two indexes that name the rows decide, whatever the order and the lengths."""
    found = matched(frame([0, 0], index=["b", "a"]), frame([0, 0, 0], index=["a", "b", "c"]), None)
    assert told(found) == [(0, 1), (1, 0)]
    assert found.how == "matched by index"


def test_indexes_that_contradict():
    """Indexes that name different rows are not overruled by equal lengths."""
    why = "^1 of the 2 index values of X are not in that of protected; declare `key`"
    with pytest.raises(Undecided, match=why):
        matched(frame([0, 0], index=[7, 9]), frame([0, 0], index=[7, 8]), None)


@pytest.mark.parametrize("index", [None, [5, 6], ["a", "a"]])
def test_by_position(index):
    """Rows of equal number belong together in their order unless both have names."""
    found = matched(frame([0, 0], index=index), frame([0, 0]), None)
    assert told(found) == [(0, 0), (1, 1)]
    assert found.how == "matched by position"


def test_different_lengths():
    """Tables of different lengths need a key."""
    with pytest.raises(Undecided, match=r"^X has 3 rows and protected 1; declare `key`"):
        matched(frame([1, 2, 3]), frame([1]), None)
