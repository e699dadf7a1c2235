"""Tests of pytest_mlreqs.measures.traces.databases.cells."""

import datetime
import decimal
import subprocess
import sys

import numpy as np
import pytest

from pytest_mlreqs.measures.traces.databases.cells import hashed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (True, 1),
        (0.0, -0.0),
        (decimal.Decimal("1.50"), 1.5),
        (decimal.Decimal("2.00"), 2),
        (0.1 + 0.2, 0.3),
        (float("nan"), float("nan")),
        (b"x", memoryview(b"x")),
        ({"a": 1, "b": [2]}, {"b": [2], "a": 1}),
        ([b"x"], (b"x",)),
        (2**80, 2**80),
    ],
)
def test_equal(one, other):
    """Cells are equal by what they say, whatever type a driver makes of them."""
    first, second = hashed([one, other])
    assert first == second


def test_different():
    """All else is different, so that no change goes unseen."""
    day = datetime.date(2026, 1, 1)
    cells = [None, "", "None", "1", 1, 2**53, 2**53 + 1, 0.3, 0.3001, b"1", b"", "x", "X", day]
    cells += [day.replace(day=2), datetime.time(1), [], [1], {}, float("nan"), float("inf"), "-"]
    found = hashed(cells)
    assert found.dtype == np.uint64
    assert len(set(found)) == len(cells)


def test_in_every_process():
    """A cell is the same number in another process."""
    module = "pytest_mlreqs.measures.traces.databases.cells"
    code = f"from {module} import hashed; print(*hashed(['a', b'a', 1]))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == [str(one) for one in hashed(["a", b"a", 1])]


def test_no_cells():
    """Of no cells there are no numbers."""
    assert hashed([]).shape == (0,)
