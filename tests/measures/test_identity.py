"""Tests of pytest_mlreqs.measures.identity."""

import uuid

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.measures.identity import identifier, shared

GENERATOR = np.random.default_rng(0)
N = 400


@pytest.mark.parametrize(
    "values",
    [
        np.arange(N),
        GENERATOR.permutation(N) + 1_000,
        np.arange(N) * 1.0,
        GENERATOR.choice(10**9, N, replace=False) + 10**9 * 5,
        [str(uuid.UUID(int=i + 2**100)) for i in range(N)],
        [f"A-{row:05}" for row in range(N)],
        [f"user{row}@example.org" for row in range(N)],
        [*range(N - 1), None],
    ],
    ids=["rows", "shuffled", "floats", "accounts", "uuid", "codes", "mail", "gap"],
)
def test_identifiers(values):
    """Row numbers, long numbers of one length and short codes name a row."""
    assert identifier(pd.Series(values)) is not None


@pytest.mark.parametrize(
    "values",
    [
        GENERATOR.normal(size=N),
        GENERATOR.lognormal(10, 1, N).round(),
        GENERATOR.integers(18, 90, N),
        GENERATOR.choice(50_000, N, replace=False),
        1_600_000_000 + GENERATOR.choice(10**7, N, replace=False),
        pd.date_range("2020-01-01", periods=N),
        [f"Mr. Smith the {row}th" for row in range(N)],
        [["red", "green"][row % 2] for row in range(N)],
        [f"word{row % 50}" for row in range(N)],
        np.arange(50),
        [True] * N,
        [None] * N,
    ],
    ids=[
        "measured", "income", "age", "population", "epoch", "dates", "names", "colours", "words",
        "few rows", "bool", "gaps",
    ],
)  # fmt: skip
def test_no_identifiers(values):
    """Measurements, times, names, texts and repeated values describe a row."""
    assert identifier(pd.Series(values)) is None


def frames(seed, overlap=0, values=None):
    """Two frames, the first of which takes its first `overlap` rows from the second."""
    generator = np.random.default_rng(seed)

    def frame(rows):
        draw = (
            (lambda: generator.integers(values, size=rows))
            if values
            else (lambda: generator.normal(size=rows))
        )
        return pd.DataFrame({"a": draw(), "b": draw(), "c": generator.choice(["x", "y"], rows)})

    rows, others = frame(N), frame(2 * N)
    return pd.concat([others.iloc[:overlap], rows.iloc[overlap:]], ignore_index=True), others


def test_rows_in_both():
    """Rows that were copied are found by position, and chance does not explain them."""
    found = shared(*frames(0, overlap=10))
    assert found.where == tuple(range(10))
    assert (found.columns, found.rows, found.chance) == (3, N, 0)
    assert found.p < 1e-3


def test_nothing_shared():
    """Frames of measurements that were drawn apart share nothing."""
    found = shared(*frames(0))
    assert (found.where, found.p) == ((), 1)


def test_rounding_makes_no_other_row():
    """A row that went through single precision or a CSV file is the same row."""
    rows, others = frames(0, overlap=10)
    rows = rows.astype({"a": "float32", "b": "float32"})
    assert len(shared(rows, others).where) == 10


def test_whole_numbers_of_another_type():
    """A number is the same as an integer and as a float, and a gap is like a gap."""
    left = pd.DataFrame({"a": [1, 2, 3], "b": ["x", None, "z"]})
    right = pd.DataFrame({"b": ["x", None, "q"], "a": [1.0, 2.0, 3.0], "c": 0})
    assert shared(left, right).where == (0, 1)


def test_few_values_share_by_chance():
    """Frames of few values are accused in at most 1 of 100 samples."""
    accused = [shared(*frames(seed, values=8)).p < 0.01 for seed in range(200)]
    assert sum(accused) <= 2


def test_few_values_and_copies():
    """Where rows are seldom alike by chance, copies show beyond it."""
    assert shared(*frames(0, overlap=100, values=30)).p < 0.01
