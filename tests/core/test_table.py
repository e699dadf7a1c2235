"""Tests of pytest_mlreqs.core.table."""

from pytest_mlreqs.core.table import table


def test_aligned():
    """Words stand to the left, numbers to the right, below each other."""
    assert table([("rows", "MiB"), ("1,000", "9.5"), ("50", "10.25")]) == [
        "rows     MiB",
        "1,000    9.5",
        "50     10.25",
    ]


def test_nothing():
    """No rows are no lines."""
    assert table([]) == []
