"""Allocations are named by the line that somebody can change."""

import pandas as pd
import pytest

import pytest_mlreqs
from pytest_mlreqs.measures.memory.origin import lines

LIBRARY = (pd.__file__, 7)
MINE = ("/home/me/service.py", 12)
ELSEWHERE = ("/home/me/.local/lib/python3.12/site-packages/lib.py", 5)
OURS = (pytest_mlreqs.__file__, 3)


@pytest.mark.parametrize(
    ("stack", "line"),
    [
        ([LIBRARY, MINE, OURS], "service.py:12"),
        ([MINE, LIBRARY, OURS], "service.py:12"),
        ([ELSEWHERE, MINE, OURS], "service.py:12"),
        ([LIBRARY, OURS], "__init__.py:7"),
        ([("<string>", 1), MINE], "service.py:12"),
    ],
    ids=[
        "by a library",
        "by itself",
        "by a package of the user's",
        "by a library alone",
        "in generated code",
    ],
)
def test_the_line(stack, line):
    """It is the innermost one outside libraries; else the one in the library."""
    assert lines([(stack, 100)]) == [(line, 100)]


@pytest.mark.parametrize("stack", [[OURS, MINE], []])
def test_nobody_elses(stack):
    """What this package allocates, and what has no stack, is nobody's."""
    assert lines([(stack, 100)]) == []


def test_the_largest_come_first():
    """Allocations of one line are added up; three lines are named, none that shrank."""
    seen = [([(f"/home/me/{n}.py", 1)], n * 10) for n in range(-2, 6)] + [([MINE], 30)] * 2
    assert lines(seen) == [("service.py:12", 60), ("5.py:1", 50), ("4.py:1", 40)]
