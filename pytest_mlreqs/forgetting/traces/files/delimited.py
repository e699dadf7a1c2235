"""delimited: the columns of CSV, hashed block by block."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import partial

import numpy as np

from pytest_mlreqs.forgetting.traces.content import Table
from pytest_mlreqs.forgetting.traces.files.lines import blocks, lines_of, text_of, valid
from pytest_mlreqs.forgetting.traces.files.mapped import opened
from pytest_mlreqs.forgetting.traces.hashing import hashed_texts
from pytest_mlreqs.forgetting.traces.known import Known
from pytest_mlreqs.forgetting.traces.texts import Texts

_NEWLINE = ord("\n")
_NOT_PLAIN = (b'"', b"\r", b"\0")


class _Ragged(ValueError):
    """A row that has not as many cells as there are names."""


class _Open(ValueError):
    """A quote that is still open where the block ends."""


def table(data: memoryview, delimiter: str, known: Known) -> Table | None:
    """The columns by name; nothing if it turns out to be no CSV.

    Args:
        data: the whole text, which begins with the names.
        delimiter: between two cells.
        known: what was read before.
    """
    file = opened(data)
    first = csv.reader(map(text_of, file), delimiter=delimiter)
    try:
        names = [name.strip("\ufeff ") for name in next(first)]
        found = []
        for raw in blocks(file, quotes=True):
            how = ("csv", delimiter, *names)
            try:
                found.append(known.block(raw, how, partial(_columns, raw, delimiter, names)))
            except _Open:  # by a quote within a cell, which does not count: so all are read as one
                rest = raw + file.read()
                read = partial(_quoted, rest, delimiter, names, to_the_end=True)
                found.append(known.block(rest, (*how, "to the end"), read))
    except (csv.Error, _Ragged):  # the first: of a field of more than 128 KiB, whose quote is open
        return None
    return known.joined(found, names)


def _columns(raw: bytes, delimiter: str, names: Sequence[str]) -> tuple[int, Table]:
    raw = valid(raw)
    if any(one in raw for one in _NOT_PLAIN):
        return _quoted(raw, delimiter, names)
    letters = np.frombuffer(raw, np.uint8)
    ends = np.flatnonzero((letters == _NEWLINE) | (letters == ord(delimiter)))
    if not raw.endswith(b"\n"):
        ends = np.append(ends, len(raw))
    starts = np.concatenate([[0], ends[:-1] + 1])
    if (ends - starts).max() > csv.field_size_limit():
        return _quoted(raw, delimiter, names)
    if len(ends) % len(names):
        raise _Ragged
    rows = ends.reshape(-1, len(names))
    lines = rows[: len(rows) - (not raw.endswith(b"\n")), -1]
    if (letters[rows[:, :-1]] == _NEWLINE).any() or (letters[lines] != _NEWLINE).any():
        raise _Ragged
    starts = starts.reshape(rows.shape)
    cells = [Texts(raw, begin, end - begin) for begin, end in zip(starts.T, rows.T, strict=True)]
    return len(rows), dict(zip(names, map(hashed_texts, cells), strict=True))


def _quoted(
    raw: bytes, delimiter: str, names: Sequence[str], *, to_the_end: bool = False
) -> tuple[int, Table]:
    """The same where there are quotes, or what else takes a reader of CSV."""
    lines = lines_of(raw)
    # A line without anything is a row without cells, unless it is within quotes.
    rows = list(csv.reader([*lines, *["\n"] * (not to_the_end)], delimiter=delimiter))
    if not to_the_end and rows.pop():
        raise _Open
    if set(map(len, rows)) - {len(names)}:
        raise _Ragged
    columns = zip(*rows, strict=True)
    return len(rows), dict(zip(names, map(hashed_texts, columns), strict=True))
