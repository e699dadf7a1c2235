"""Tests of pytest_mlreqs.forgetting.traces.files.written, .delimited and .lines.

The known answer is what readers of a whole text make of it, cell by cell.
"""

import csv
import functools
import io
import json
import random

import numpy as np
import pytest

from pytest_mlreqs.forgetting.traces.files import delimited, lines, written
from pytest_mlreqs.forgetting.traces.files.records import walked
from pytest_mlreqs.forgetting.traces.hashing import NOTHING, hashed_texts
from pytest_mlreqs.forgetting.traces.known import Known

ROWS = [b"1,x\n", b"0.30000000000000004,5\r\n", b'"p,q",y\n', b'"n\nn",z\n', b'"n\n\n,",z\r\n']
ROWS += [
    b'a"b,c\n',
    b'"a"b,c\n',
    b'"a""b",c\n',
    b'"a",b"\n',
    "ä,\xff\n".encode(),
    b"\xff,\xe2\x82\n",
]
PIECES = [b",", b"\n", b'"', b"\r", b"\0", b"x", b'"\n', b',"']  # which seldom make a row


@pytest.fixture(params=[1, 5, 1 << 18], ids=lambda size: f"blocks of {size}")
def small(request, monkeypatch):
    """Blocks of very few bytes, or as they are."""
    monkeypatch.setattr(lines, "_BLOCK", request.param)


def plain(table):
    """A table that can be compared by ==."""
    return table and {name: cells.tolist() for name, cells in table.items()}


def hashed(texts):
    """The hash of each of some texts."""
    return [one(text) for text in texts]


@functools.cache
def one(text):
    """The hash of a text on its own."""
    return int(hashed_texts([text])[0])


def by_reader(data):
    """The columns of CSV, by a reader that sees all of it; nothing if it is none."""
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8", "backslashreplace", newline="\n")
    try:
        names, *rows = csv.reader(text)
    except csv.Error:
        return None
    if any(len(row) != len(names) for row in rows):
        return None
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return {name: hashed(cells) for name, cells in zip(names, columns, strict=True)}


def by_line(data):
    """The lines of a text, one by one."""
    found = [line.decode("utf-8", "backslashreplace") for line in io.BytesIO(data)]
    return {"line": hashed([line.rstrip("\r\n") for line in found])}


def read(data, known):
    """The columns of CSV, by block."""
    return plain(delimited.table(memoryview(data), ",", known))


def texts(chance, count):
    """Texts of random rows, each but a little different from one of those before."""
    made = [[]]
    for _ in range(count):
        rows = list(chance.choice(made[-5:]))
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(rows) + 1)
            rows[at : at + chance.randrange(3)] = chance.choices(ROWS, k=chance.randrange(4))
        made.append(rows[-20:])
        broken = list(rows)
        if chance.random() < 0.3:
            broken.insert(chance.randrange(len(rows) + 1), chance.choice(PIECES))
        yield b"".join(broken)


def test_any_csv(small):
    """CSV is what a reader of all of it sees, whatever was read before and wherever blocks end."""
    known, seen = Known(), 0
    for text in texts(random.Random(3), 1_000):
        data = b"a,b\n" + text
        expected = by_reader(data)
        assert read(data, known) == expected, data
        seen += expected is not None and len(expected["a"]) > 1
    assert seen > 500


@pytest.mark.parametrize(
    "data",
    [
        b'a,b\n1,"x\ny"\n2,z\n',
        b'a,b\n1,"x\n\n,y"\n2,z',
        b'a,b\n1,x"y\n2,z\n3,"p\nq"\n4,r\n',
        b'a,b\n1,"x"y"\n2,z\n3,w\n',
        b'"a\nA",b\n1,2\n3,4\n',
        b'a,b\n1,"never closed\n2,z\n',
        b"a,b\r\n1,2\r\n3,4\r\n",
        b"a,b\n1,2\n\n3,4\n",
        b"a,b\n1,2\n3,4,5\n6\n",
        b"a,b\n",
        "a,b\n1,ä\n2,\U0001f600\n".encode(),
        b"a,b\n1,\xff\n2,\xe2\x82\n",
    ],
)
def test_known_csv(small, data):
    """Quotes across blocks, stray ones, blank lines and broken letters are read as ever."""
    known = Known()
    assert read(data, known) == by_reader(data)
    more = data + b"8,9\n"
    assert read(more, known) == by_reader(more)
    assert read(data, known) == by_reader(data)


def test_a_field_that_is_too_long(small):
    """A field beyond what a reader of CSV takes is none, with quotes and without."""
    limit = csv.field_size_limit()
    for cell in (b"x" * (limit + 1), b'"' + b"x" * (limit + 1) + b'"'):
        assert read(b"a,b\n1," + cell + b"\n", Known()) is None
    assert read(b"a,b\n1," + b"x" * limit + b"\n", Known()) is not None


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_only_what_changed_is_read(monkeypatch, end):
    """Of a text with one row more, one changed or one gone, no more than its blocks are read."""
    monkeypatch.setattr(lines, "_BLOCK", 100)
    rows = [f"{number:04d},name of {number:04d}{end}" for number in range(100)]
    known, taken = Known(), []
    columns = delimited._columns
    monkeypatch.setattr(
        delimited, "_columns", lambda raw, *others: (taken.append(raw), columns(raw, *others))[1]
    )

    def count(rows):
        taken.clear()
        data = ("id,name\n" + "".join(rows)).encode()
        assert plain(written.table(memoryview(data), known)) == by_reader(data)
        return len(taken)

    whole = count(rows)
    assert whole > 10
    assert count(rows) == 0
    assert count([*rows, f"0100,new{end}"]) == 1
    assert count([*rows[:50], f"0050,name of 9999{end}", *rows[51:]]) == 1
    assert 1 < count([*rows[:50], *rows[51:]]) < whole
    assert count(rows[::-1]) > 10


def test_any_lines(small):
    """The lines of a text are what they are one by one, whatever was read before."""
    known = Known()
    for text in texts(random.Random(4), 300):
        data = b"started\nand went on\n" + text.replace(b"\0", b"")
        assert plain(written.table(memoryview(data), known)) == by_line(data), data


def test_json_lines(small):
    """JSON lines have a column for each path, with gaps where a line has it not."""
    rows = [{"a": 1}, {}, {"b": [1, 2]}, {"a": "x\ny", "b": []}, {"c": {"d": None}}] * 3
    known = Known()
    for some in (rows, rows[:7], rows[1:], rows[::-1]):
        data = "".join(json.dumps(row) + "\n" for row in some).encode()
        found = plain(written.table(memoryview(data), known))
        expected = {}
        for at, row in enumerate(some):
            leaves = {}
            for path, text in walked(row):
                if path.startswith("$"):
                    leaves.setdefault(path, []).append(text)
            for path, told in leaves.items():
                text = told[0] if len(told) == 1 else json.dumps(told)
                expected.setdefault(path, [int(NOTHING)] * len(some))[at] = hashed([text])[0]
        assert found == expected


def test_lines_of_no_json(small):
    """One line that is no JSON makes all of them lines."""
    data = b'{"a": 1}\n' * 6 + b"{broken\n" + b'{"a": 1}\n'
    assert plain(written.table(memoryview(data), Known())) == by_line(data)
    assert np.unique(by_line(data)["line"]).size == 2
