"""Tests of pytest_mlreqs.core.histogram."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mlreqs.core.histogram import histogram


def test_known_lines():
    """Equal classes on a scale of factors, a bar for each that is not empty, the limit between."""
    assert histogram([1.5] * 4 + [3] * 2 + [900], 10, "ms") == [
        "1.47 - 2.78 ms  4 ########################################",
        "2.78 - 5.27 ms  2 ####################",
        "--- limit 10 ms ---",
        "880 - 1,669 ms  1 ##########",
    ]


@pytest.mark.parametrize(("value", "place"), [(5.0, -1), (4.999, -1), (5.001, 0)])
def test_the_limit_is_kept_by_what_equals_it(value, place):
    """A value at the limit stands above its line, a larger one below."""
    lines = histogram([value], 5.0)
    assert len(lines) == 2
    assert lines[place] == "--- limit 5 ms ---"


@given(st.lists(st.floats(1e-6, 1e7), min_size=1, max_size=50), st.floats(1e-6, 1e7))
def test_all_are_counted(values, limit):
    """Every value is in one class, on its side of the limit, and there are few lines."""
    lines = histogram(sorted(values), limit)
    at = next(i for i, line in enumerate(lines) if line.startswith("--- limit"))
    counts = [int(re.search(r" ms +([\d,]+) #", line)[1]) for line in lines[:at]]
    assert sum(counts) == pytest.approx(sum(v <= limit for v in values), abs=0)
    assert len(lines) <= 13
    rest = [int(re.search(r" ms +([\d,]+) #", line)[1]) for line in lines[at + 1 :]]
    assert sum(counts) + sum(rest) == len(values)
