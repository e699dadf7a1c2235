"""Tests of pytest_mlreqs.requirements.skeleton."""

import pandas as pd

from pytest_mlreqs.requirements.skeleton import Skeleton
from pytest_mlreqs.testing import (
    assert_planted_noticed,
    assert_refused,
    assert_satisfied,
    assert_violated,
    check,
)

X = pd.DataFrame({"a": [1.0, 2.0, 3.0]})


def test_satisfied():
    """As many rows as the limit are within it."""
    (rows,) = assert_satisfied(check(Skeleton(max_rows=3), X=X))
    assert rows.value == 3


def test_violated():
    """One row more is beyond it."""
    assert_violated(check(Skeleton(max_rows=2), X=X), "is 3 rows, limit 2 rows")


def test_refused():
    """A limit that nothing could keep is refused."""
    assert_refused(Skeleton, "a whole number of at least 1, got 0", max_rows=0)


def test_planted():
    """The row that is planted is noticed."""
    assert assert_planted_noticed(Skeleton(max_rows=4), X=X) == ("X has 5 rows",)
