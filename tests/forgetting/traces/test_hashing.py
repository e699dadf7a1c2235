"""Tests of pytest_mlreqs.forgetting.traces.hashing."""

import contextlib
import datetime
import decimal
import math
import subprocess
import sys

import numpy as np
import pytest

from pytest_mlreqs.forgetting.traces import hashing
from pytest_mlreqs.forgetting.traces.hashing import hashed, hashed_objects, hashed_texts
from pytest_mlreqs.forgetting.traces.texts import Texts


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
    first, second = hashed_objects([one, other])
    assert first == second


def test_different():
    """All else is different, so that no change goes unseen."""
    day = datetime.date(2026, 1, 1)
    cells = [None, "", "None", "1", 1, 2**53, 2**53 + 1, 0.3, 0.3001, b"1", b"", "x", "X", day]
    cells += [day.replace(day=2), datetime.time(1), [], [1], {}, float("inf"), "-", "bytes:1"]
    found = hashed_objects(cells)
    assert found.dtype == np.uint64
    assert len(set(found)) == len(cells)


def test_in_every_process():
    """A cell is the same number in another process."""
    module = "pytest_mlreqs.forgetting.traces.hashing"
    code = f"from {module} import hashed_objects as h; print(*h(['a', b'a', 1]))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == [str(one) for one in hashed_objects(["a", b"a", 1])]


def test_no_cells():
    """Of no cells there are no numbers."""
    assert hashed_objects([]).shape == (0,)


@pytest.mark.parametrize(
    "missing", [float("nan"), None, np.datetime64("NaT", "us"), np.float32("nan")]
)
def test_missing(missing):
    """Whatever is missing is equal, and equal to no cell with a value."""
    cells = hashed_objects([None, missing, 0, "", "nan"])
    assert cells[0] == cells[1]
    assert len(set(cells.tolist())) == 4


def test_texts_that_write_numbers():
    """A number written with many digits is rounded as a number is; any other text is itself."""
    first, second, third = hashed_texts(["0.30000000000000004", "0.3", "0.30000001"])
    assert first == second != third
    assert hashed_texts(["0.3"]) == hashed_objects(["0.3"])


TEXTS = ["0.30000000000000004", "0.3", "1e5", "100000000000000.5", "-0.12345678901234", "inf"]
TEXTS += ["1234567890123456", "12345678901.5e1", "-inf.0.0.0.0.0", "2026-01-01 10:00:00.123456"]
TEXTS += ["0." + "1" * 31, "0." + "1" * 30, "nan.nan.nan.nan", "1_000.000_000_5", "", "x" * 20]
TEXTS += [
    "\u0661.\u0662",
    "\u0661.\u0662" * 6,
    "\u0661.0000000000001",
    "9" * 12 + ".9e400",
    "-1e-400" * 2,
]


@pytest.mark.parametrize("texts", [TEXTS, TEXTS[:1], TEXTS[3:5], TEXTS[:4] * 9])
def test_which_texts_write_floats(texts):
    """Those of 13 to 32 letters with a point or an exponent, if they are finite; one by one."""

    def rounded(text):
        if 12 < len(text) <= 32 and ("." in text or "e" in text) and not text[0].isalpha():
            with contextlib.suppress(ValueError):
                return f"{float(text):.12g}" if math.isfinite(float(text)) else text
        return text

    expected = hashed_objects([rounded(text) for text in texts])
    assert hashed_texts(texts).tolist() == expected.tolist()


def test_any_array():
    """Arrays of any shape and type have a number for each cell."""
    for array in (np.eye(2), np.array([["a", "b"]]), np.array([b"a"]), np.array([1j, 2j])):
        assert hashed(array).shape == (array.size,)


@pytest.mark.parametrize(
    "cells",
    [
        ["a", "0.10000000000000001", ""] * 2,
        ["a", None, "b"],
        [1, 2, -(2**63)],
        [1, 2**70, None],
        [1, None, True],
        [0.5, float("nan"), 3.0, None, float("inf")],
        [None, None],
    ],
    ids=repr,
)
def test_neighbours_do_not_matter(cells):
    """A cell has one hash, whatever else its column holds."""
    alone = np.fromiter(cells, dtype=object)
    mixed = np.fromiter([*cells, b"x", (1,)], dtype=object)
    assert hashed(alone).tolist() == hashed(mixed)[:-2].tolist()


def test_texts_that_repeat():
    """A text has one hash, whether it stands there once or often."""
    often = hashed_texts(["a", "0.30000000000000004"] * 600)
    assert often[:2].tolist() == hashed_texts(["a", "0.3000000000000000"]).tolist()
    assert len(set(often.tolist())) == 2


@pytest.mark.parametrize(
    "cells",
    [[0.1, 2.0, 3.5] * 3, ["a", None, "b"] * 3, [1, 2, 3] * 3],
    ids=["real", "text", "whole"],
)
def test_many_cells(monkeypatch, cells):
    """Many cells are hashed some at a time, which changes nothing."""
    values = np.array(cells, dtype=object if None in cells else None)
    whole = hashed(values).tolist()
    monkeypatch.setattr(hashing, "_AT_ONCE", 2)
    assert hashed(values).tolist() == whole
    assert hashed(Texts.of(["a", "b", "a"])).tolist() == hashed_objects(["a", "b", "a"]).tolist()
