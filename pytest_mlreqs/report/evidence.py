"""evidence: tables, histograms and other evidence as lines of text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import singledispatch

from pytest_mlreqs.core import evidence as records
from pytest_mlreqs.core.measurement import Measurement, number

_WIDTH = 40  # of the longest bar
_SCORES = ("AUC", "R2")  # that stand before their value, as they are no units
_WORDS = {"row": "row ", "rows": "rows from ", "call": "call "}


def worst(measurement: Measurement) -> tuple[str, ...]:
    """The worst offenders, a few words for each."""
    return tuple(
        _offender(item, found)
        for found in measurement.evidence
        if isinstance(found, records.Offenders)
        for item in found.items
    )


def lines(measurement: Measurement) -> tuple[str, ...]:
    """All evidence that is no list of offenders, line by line."""
    return tuple(line for found in measurement.evidence for line in _lines(found))


@singledispatch
def _lines(found: records.Evidence) -> list[str]:
    raise TypeError(f"no words for {type(found).__name__}")


@_lines.register
def _(_: records.Offenders) -> list[str]:
    return []


@_lines.register
def _(found: records.Note) -> list[str]:
    return [found.text]


@_lines.register
def _(found: records.Table) -> list[str]:
    rows = [[f"{one.name} {one.unit}".strip() for one in found.columns]] if found.header else []
    levels = found.levels or (0,) * len(found.rows)
    for place, (level, row) in enumerate(zip(levels, found.rows, strict=True)):
        bound = "<= " if place in found.bounds else ""
        first, *rest = [
            _cell(cell, column, bound, beside=not found.header)
            for cell, column in zip(row, found.columns, strict=True)
        ]
        rows.append(["  " * level + first, *rest])
    left_out = 0 if found.total is None else found.total - len(found.rows)
    return [*aligned(rows), *([f"and {left_out} more{found.rest}"] if left_out > 0 else [])]


@_lines.register
def _(found: records.Histogram) -> list[str]:
    """One line per class that is not empty, `from - to unit  count bar`, and one for the limit."""
    pairs = zip(found.edges, found.edges[1:], found.counts, strict=False)
    rows = [(f"{number(a)} - {number(b)}", count, b) for a, b, count in pairs if count]
    most = max((count for _, count, _ in rows), default=0)
    wide = max((len(label) for label, *_ in rows), default=0)
    digits = len(number(most))
    border = [] if found.limit is None else [f"--- limit {number(found.limit)} {found.unit} ---"]
    told: list[str] = []
    for label, count, upper in rows:
        if found.limit is not None and upper > found.limit:
            told, border = told + border, []
        bar = "#" * max(1, round(_WIDTH * count / most))
        told.append(f"{label:>{wide}} {found.unit}  {number(count):>{digits}} {bar}")
    return told + border


@_lines.register
def _(found: records.Series) -> list[str]:
    marks = dict(found.marks)
    named = [[found.x_unit, found.unit]]
    ends: Sequence[tuple[records.Number, records.Number] | None] = [None] * len(found.x)
    if found.low:
        named[0].append("95 % interval")
        ends = list(zip(found.low, found.high, strict=True))
    if marks:
        named[0].append("")
    for x, y, end in zip(found.x, found.y, ends, strict=True):
        row = [x if isinstance(x, str) else number(x), _known(y)]
        row += [_interval(*end)] if end else []
        named.append(row + ([marks.get(x, "")] if marks else []))
    return aligned(named)


@_lines.register
def _(found: records.Groups) -> list[str]:
    return aligned(
        [
            [
                one.name,
                f"n = {number(one.n)}",
                f"{_known(one.value)} {found.unit}".rstrip(),
                "" if one.low is None or one.high is None else _interval(one.low, one.high),
            ]
            for one in found.rows
        ]
    )


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """One line per row; the first column to the left, all others, which are numbers, to the right.

    Args:
        rows: k cells each.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _cell(cell: records.Cell, column: records.Column, bound: str, *, beside: bool) -> str:
    if cell is None or isinstance(cell, str):
        return cell or ""
    text = number(cell)
    if column.digits is not None and math.isfinite(cell):
        text = f"{cell:.{column.digits}f}" if column.digits else number(round(cell))
    return f"{bound}{text}" + (f" {column.unit}".rstrip() if beside else "")


def _interval(low: records.Number, high: records.Number) -> str:
    return f"{_known(low)} to {_known(high)}"


def _known(value: records.Number) -> str:
    return "" if value is None else number(value)


def _offender(item: records.Offender, of: records.Offenders) -> str:
    label = f"{_WORDS.get(of.what, '')}{item.where}"
    if item.value is None:
        return label
    value = number(item.value, of.digits)
    if of.unit and of.unit not in _SCORES:
        return f"{label}: {value} {of.unit}"
    words = f"{of.unit} {value}".strip()
    if item.moves is not None:
        words += f", moves {number(100 * item.moves, of.digits)} % of the score range"
    return f"{label} ({words})"
