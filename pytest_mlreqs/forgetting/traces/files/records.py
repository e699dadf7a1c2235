"""records: what a position in a text belongs to: a column of CSV, a path in JSON, a line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

Leaves = list[tuple[str, str]]
"""The parts of one line: the place of each, `column name` or `$.user.id`, and its text."""

_BLOCK = 1 << 16  # a line that is longer than that is not taken apart
_DELIMITERS = ",;\t|"
_LOOKED_AT = 5  # lines, by which CSV is recognised


class Records:
    """The lines of a text, taken apart.

    Args:
        data: the whole text, UTF-8 or of one byte a letter.
    """

    def __init__(self, data: memoryview) -> None:
        self._data = data
        lines = bytes(data[:_BLOCK]).decode("utf-8", "replace").splitlines()
        cut = len(data) > _BLOCK
        lines = lines[: len(lines) - cut][:_LOOKED_AT]
        self.json = bool(lines) and all(_is_record(line) for line in lines)
        self.delimiter, self.header = (None, []) if self.json else _csv(lines)

    def line_at(self, start: int) -> tuple[int, int]:
        """Where the line of a position begins and ends; a part of it where it is very long."""
        first = max(0, start - _BLOCK)
        before = bytes(self._data[first:start]).rfind(b"\n")
        begin = first if before < 0 else first + before + 1
        after = bytes(self._data[start : start + _BLOCK]).find(b"\n")
        end = min(len(self._data), start + _BLOCK) if after < 0 else start + after
        return begin, end

    def leaves(self, begin: int, end: int) -> Leaves:
        """The parts of a line; none where it has no parts."""
        line = bytes(self._data[begin:end]).decode("utf-8", "replace")
        if self.json:
            try:
                return list(walked(json.loads(line)))
            except ValueError:
                return []
        if self.delimiter is None:
            return []
        fields = next(csv.reader([line], delimiter=self.delimiter), [])
        if len(fields) != len(self.header) or begin == 0:
            return []
        return [(f"column {name}", text) for name, text in zip(self.header, fields, strict=True)]

    def lines_before(self, positions: list[int]) -> Iterator[int]:
        """For each position, in ascending order, the number of its line, from 1."""
        number, at = 1, 0
        for position in positions:
            while at < position:
                stop = min(position, at + (_BLOCK << 4))
                number += bytes(self._data[at:stop]).count(b"\n")
                at = stop
            yield number


def walked(value: Any, path: str = "$") -> Iterator[tuple[str, str]]:
    """Every leaf of a JSON value by its path, and every name: `$.user.id`, `$.rows[*]`."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"names in {path}", str(name)
            yield from walked(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from walked(inner, f"{path}[*]")
    else:
        yield path, value if isinstance(value, str) else repr(value)


def _is_record(line: str) -> bool:
    if not line.startswith(("{", "[")):
        return False
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _csv(lines: list[str]) -> tuple[str | None, list[str]]:
    """The delimiter and the names, if these lines are CSV with a line of names."""
    for delimiter in _DELIMITERS:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
        if len(rows) < 2 or len({len(row) for row in rows}) > 1:
            continue
        names = [name.strip("\ufeff ") for name in rows[0]]
        told = len(set(names)) == len(names) > 1 and not any(map(_is_number, names))
        if told:  # a first line of data would put a real person's into a report
            return delimiter, names
    return None, []
