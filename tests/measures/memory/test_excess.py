"""Tests of pytest_mlreqs.measures.memory.excess."""

import sys

import pytest

from pytest_mlreqs.measures.memory import excess, sites
from pytest_mlreqs.measures.memory.work import Work


@pytest.fixture(autouse=True)
def no_memray(monkeypatch):
    """Lines are told by `sites`, on a system that memray is made for."""
    monkeypatch.setattr(sites, "available", lambda: False)
    monkeypatch.setattr(sys, "platform", "darwin")


@pytest.fixture
def lines(monkeypatch):
    """Lines that are told: two that count, and one that does not."""
    told = [("a.py:3", 60 << 20), ("b.py:7", 10 << 20), ("c.py:9", 1 << 20)]
    monkeypatch.setattr(sites, "available", lambda: True)
    monkeypatch.setattr(sites, "at_peak", lambda call, given: told)


@pytest.mark.parametrize(
    ("seen", "hint"),
    [
        ([(40, 80 << 20), (20, 40 << 20)], "predict in batches of 20 rows"),
        ([(40, 80 << 20), (20, 79 << 20)], "call takes it for few rows too: look at what it"),
        ([(40, 80 << 20)], "predict in smaller batches"),
        ([], "call takes it for few rows too"),
    ],
)
def test_what_to_try_first(seen, hint):
    """Smaller batches where they help, or where nobody knows better."""
    rows = list(range(40))
    work = Work("call", len, [(0, rows)], rows)
    told, (peaks, note) = excess.told(work, rows, lambda: seen, 40 << 20)
    assert told.startswith(hint)
    assert (peaks.x_unit, peaks.unit, peaks.limit) == ("rows", "MiB", 40)
    assert list(zip(peaks.x, peaks.y, strict=True)) == [(n, size >> 20) for n, size in seen]
    assert note.text == sites.EXTRA


def test_a_training():
    """What takes no rows is not tried with fewer of them."""
    told, (note,) = excess.told(Work("train", len, []), (1, 2), pytest.fail, 40 << 20)
    assert told == "look for copies of data in train"
    assert note.text == sites.EXTRA


@pytest.mark.parametrize(
    ("seen", "hint"),
    [
        ([(40, 80 << 20), (20, 40 << 20)], "predict in batches of 20 rows, or look at a.py:3"),
        (
            [(40, 80 << 20), (20, 79 << 20)],
            ": look at what it builds on every call, at a.py:3 first",
        ),
        ([(40, 80 << 20)], "predict in smaller batches, or look at a.py:3"),
    ],
)
def test_the_line_that_allocates_most(lines, seen, hint):
    """It is what to look at, where it is known; those that took little are not shown."""
    rows = list(range(40))
    work = Work("call", len, [(0, rows)], rows)
    told, (_, table) = excess.told(work, rows, lambda: seen, 40 << 20)
    assert told.endswith(hint)
    assert [line for line, _ in table.rows] == ["a.py:3", "b.py:7"]


def test_the_line_of_a_training(lines):
    """A training's is named too."""
    told, _ = excess.told(Work("train", len, []), (1, 2), pytest.fail, 40 << 20)
    assert told == "look for copies of data in train, at a.py:3 first"


def test_no_line_that_allocates_most(lines):
    """Where no line takes half of the peak, none is singled out."""
    work = Work("call", len, [(0, [0] * 40)], [0] * 40)
    told, (_, table) = excess.told(work, [0] * 40, lambda: [(40, 130 << 20)], 40 << 20)
    assert told == "predict in smaller batches"
    assert table.rows[0] == ("a.py:3", 60)


def test_no_advice_that_cannot_be_followed(monkeypatch):
    """On Windows, where memray is not to be had, it is not asked for."""
    monkeypatch.setattr(sys, "platform", "win32")
    _, details = excess.told(Work("train", len, []), (1, 2), pytest.fail, 40 << 20)
    assert details == ()
