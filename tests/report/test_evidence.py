"""Every sort of evidence has its lines, word for word."""

from __future__ import annotations

import pytest

from pytest_mlreqs.core.evidence import (
    Column,
    Group,
    Groups,
    Histogram,
    Note,
    Offender,
    Offenders,
    Series,
    Table,
)
from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.report.evidence import lines, worst


def told(*evidence):
    """The lines of a measurement with this evidence."""
    return list(lines(at_most("x", 3, 2, evidence=evidence)))


def listed(*items, **options):
    """The worst offenders in words."""
    return list(worst(at_most("x", 3, 2, evidence=[Offenders(items=items, **options)])))


def test_table():
    """Names stand to the left, numbers to the right, below their headings and units."""
    columns = (Column("rows"), Column("peak", "MiB"), Column("share", digits=0), Column("", "s"))
    rows = (("all", 1234.5678, 49.9, None), ("some", 0.12345, 0.2, 2.5))
    assert told(Table(columns=columns, rows=rows)) == [
        "rows  peak MiB  share    s",
        "all      1,235     50     ",
        "some     0.123      0  2.5",
    ]


def test_a_table_without_headings():
    """Units stand beside the numbers where there are no headings."""
    columns = (Column("part"), Column("size", "MiB"), Column("share", "%", digits=1))
    rows = (("_tree", 0.5, 66.66), ("b", 12, 33.34))
    assert told(Table(columns=columns, rows=rows, header=False)) == [
        "_tree  0.5 MiB  66.7 %",
        "b       12 MiB  33.3 %",
    ]


def test_levels_bounds_and_rest():
    """What is below another is indented, an upper bound says so, what is left out is counted."""
    table = Table(
        columns=(Column("step"), Column("", "ms")),
        rows=(("scale", 3), ("age", 1), ("fit", float("nan"))),
        levels=(0, 1, 0),
        bounds=(1,),
        total=8,
        rest=" steps",
    )
    assert told(table) == [
        "step     ms",
        "scale     3",
        "  age  <= 1",
        "fit     nan",
        "and 5 more steps",
    ]


def test_histogram():
    """A bar for each class that is not empty, and the limit between those within and beyond."""
    found = Histogram(
        edges=(1.468, 2.784, 5.278, 10, 879.9, 1668.5),
        counts=(4, 2, 0, 0, 1),
        unit="ms",
        limit=10,
    )
    assert told(found) == [
        "1.47 - 2.78 ms  4 ########################################",
        "2.78 - 5.28 ms  2 ####################",
        "--- limit 10 ms ---",
        "880 - 1,668 ms  1 ##########",
    ]


def test_a_histogram_within_its_limit():
    """The limit stands below what keeps it; without one there is no such line."""
    within = Histogram(edges=(1, 2), counts=(1000,), unit="ms", limit=2)
    bar = "#" * 40
    assert told(within) == [f"1 - 2 ms  1,000 {bar}", "--- limit 2 ms ---"]
    assert told(Histogram(edges=(1, 2), counts=(1,), unit="s")) == [f"1 - 2 s  1 {bar}"]


def test_series():
    """A line for each place, with its interval and its mark where there are such."""
    assert told(Series(x=(40, 20), y=(9.5, 4.75), x_unit="rows", unit="MiB")) == [
        "rows   MiB",
        "40     9.5",
        "20    4.75",
    ]
    dated = Series(
        x=("Monday", "Tuesday"), y=(1, 2), low=(0.5, 1.5), high=(1.5, 2.5), x_unit="day",
        unit="ms", marks=(("Tuesday", "jump"),),
    )  # fmt: skip
    assert told(dated) == [
        "day      ms  95 % interval      ",
        "Monday    1     0.5 to 1.5      ",
        "Tuesday   2     1.5 to 2.5  jump",
    ]


def test_groups():
    """A line for each group with its size, its value and its interval."""
    groups = Groups(rows=(Group("old", 1200, 31.5, 30, 33), Group("young", 8, 2)), unit="ms")
    assert told(groups) == [
        "old    n = 1,200  31.5 ms  30 to 33",
        "young      n = 8     2 ms          ",
    ]


def test_note():
    """A note is its text."""
    assert told(Note(text="a"), Note(text="b", level="warn")) == ["a", "b"]


@pytest.mark.parametrize(
    ("item", "options", "words"),
    [
        (Offender(3, 0.51234), {"what": "row"}, "row 3 (0.512)"),
        (Offender(3), {"what": "row"}, "row 3"),
        (Offender(3, 31.54), {"what": "row", "unit": "ms"}, "row 3: 31.5 ms"),
        (Offender(3, 2.0), {"what": "rows", "unit": "MiB"}, "rows from 3: 2 MiB"),
        (Offender(3, 2.0), {"what": "call", "unit": "ms"}, "call 3: 2 ms"),
        (Offender("zip", 0.8123), {"what": "column", "unit": "AUC", "digits": 2}, "zip (AUC 0.81)"),
        (
            Offender("zip", 0.8123, 0.125),
            {"what": "column", "unit": "AUC", "digits": 2},
            "zip (AUC 0.81, moves 12 % of the score range)",
        ),
        (Offender("row 3, Age=4", 0.5), {"what": ""}, "row 3, Age=4 (0.5)"),
        (Offender("as it was said"), {"what": ""}, "as it was said"),
    ],
)
def test_offenders(item, options, words):
    """An offender is where it is and how bad it is."""
    assert listed(item, **options) == [words]
    assert told(Offenders(items=(item,), **options)) == []
