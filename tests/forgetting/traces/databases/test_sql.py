"""Tests of pytest_mlreqs.forgetting.traces.databases.sql, on SQLite, DuckDB and PostgreSQL."""

import hashlib
import json
import random
import zlib

import numpy as np
import pytest

from pytest_mlreqs.forgetting.traces.databases import sql, sqlite
from pytest_mlreqs.forgetting.traces.databases.sql import content, place, search, tables
from pytest_mlreqs.forgetting.traces.hashing import hashed_objects
from pytest_mlreqs.forgetting.traces.known import Known
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.search import Trace

pytestmark = pytest.mark.filterwarnings("default:NOT TESTED")

PEOPLE = People.mint(5)
FARES = [one.value("fare", 5, 500) for one in PEOPLE]
TYPES = {  # of the columns, by dialect
    "sqlite": {"json": "TEXT", "bytes": "BLOB", "double": "REAL"},
    "duckdb": {"json": "JSON", "bytes": "BLOB", "double": "DOUBLE"},
    "postgresql": {"json": "jsonb", "bytes": "bytea", "double": "double precision"},
}
PLACES = {  # a column, what is put there for a person, and how that is found
    "whole": ("uid", lambda one: one.id, "number"),
    "key": ("name", lambda one: one.key, "text"),
    "sentence": ("note", lambda one: f"mail to {one.email} bounced", "text"),
    "json_text": ("meta", lambda one: json.dumps({"actor": {"id": one.key}}), "text"),
    "json_number": ("meta", lambda one: json.dumps([1, {"n": one.id}]), "text"),
    "raw": ("data", lambda one: b"\0\xff" + one.key.encode(), "text"),
    "upper": ("name", lambda one: one.key.upper(), "text"),
    "numeric": ("amount", lambda one: one.id, "number"),
    "float": ("score", lambda one: float(one.id), "number"),
    "digits": ("name", lambda one: str(one.id), "text"),
    "digest": ("name", lambda one: hashlib.sha256(one.email.encode()).hexdigest(), "sha256"),
    "packed": ("data", lambda one: zlib.compress(one.key.encode() * 3), "text in zlib"),
    "small": ("small", lambda one: one.small_id, "number"),
    "own": ("score", lambda one: one.values[0], "own value"),
}
COLUMNS = ("pk", "uid", "name", "note", "meta", "data", "amount", "score", "day", "flag", "small")


def shop(url, write, *, planted=True):
    """A table for each place, with rows that tell of nobody and one for each person."""
    types = TYPES[url.partition("://")[0]]
    chance = random.Random(3)
    for table, (column, value, _) in PLACES.items():
        rows = []
        for pk in range(40):
            row = {
                "pk": pk,
                "uid": chance.getrandbits(53),
                "name": f"{chance.getrandbits(128):032x}",  # as long as a digest
                "note": None if pk % 5 == 1 else 'paid by card, 50 % off, shipped: "as usual"',
                "meta": json.dumps({"a": pk, "b": [1, 2, 3]}),
                "data": zlib.compress(b"nobody") if pk % 2 else bytes(chance.randbytes(99)),
                "amount": pk,
                "score": chance.random(),
                "day": "2026-01-01",
                "flag": bool(pk % 2),
                "small": chance.getrandbits(20),
            }
            if planted and pk < len(PEOPLE):
                row[column] = value(PEOPLE[pk])
            rows.append(tuple(row.values()))
        write(
            url,
            f"CREATE TABLE {table} (pk INTEGER PRIMARY KEY, uid BIGINT, name VARCHAR(64),"
            f" note TEXT, meta {types['json']}, data {types['bytes']}, amount NUMERIC(20, 2),"
            f" score {types['double']}, day DATE, flag BOOLEAN, small INTEGER)",
            (f"INSERT INTO {table} VALUES ({', '.join('?' * len(COLUMNS))})", rows),
        )


def test_every_hiding_place(url, write):
    """Whoever is anywhere in a database is found there and counted, and nobody else."""
    shop(url, write)
    found = search(url, PEOPLE)
    wanted = {
        Trace(place(table, column), how, frozenset(range(5)), 5)
        for table, (column, _, how) in PLACES.items()
    }
    assert set(found.traces) == wanted
    assert found.people == set(range(5))
    assert found.unsearched == ()
    assert found.searched.startswith(f"{len(PLACES)} tables, ")


def test_nobody(url, write):
    """In a database without the people nothing is found, and all of it was searched."""
    shop(url, write, planted=False)
    found = search(url, PEOPLE)
    assert (found.traces, found.unsearched) == ((), ())
    assert search(url, People.mint(100)).traces == ()


def test_names_that_need_quotes(url, write):
    """Tables and columns may be called anything."""
    write(
        url,
        'CREATE TABLE "a ""b"" %s :c" ("select" VARCHAR(99), "x""%y" VARCHAR(99))',
        f"""INSERT INTO "a ""b"" %s :c" VALUES ('{PEOPLE[1].key}', '{PEOPLE[2].key}')""",
    )
    found = search(url, PEOPLE)
    assert {trace.where: trace.people for trace in found.traces} == {
        'table a "b" %s :c, column select': {1},
        'table a "b" %s :c, column x"%y': {2},
    }
    assert set(content(url)['a "b" %s :c']) == {"select", 'x"%y'}


def test_wide_tables(url, write):
    """A table of many columns is searched to its end."""
    names = ", ".join(f"c{n} VARCHAR(99)" for n in range(450))
    write(
        url, f"CREATE TABLE wide ({names})", f"INSERT INTO wide (c449) VALUES ('{PEOPLE[0].key}')"
    )
    assert [trace.where for trace in search(url, PEOPLE).traces] == [place("wide", "c449")]


def test_views_show_nothing_new(url, write):
    """A view is not searched: what it shows is in a table."""
    write(
        url,
        "CREATE TABLE users (id VARCHAR(99))",
        f"INSERT INTO users VALUES ('{PEOPLE[0].key}')",
        "CREATE VIEW everybody AS SELECT * FROM users",
    )
    assert [trace.where for trace in search(url, PEOPLE).traces] == [place("users", "id")]
    assert [table.name for table in tables(url) if table.kept] == ["users"]


def test_nothing_is_written(url, write):
    """A search and a reading of the content leave the database as it was."""
    shop(url, write)
    before = content(url)
    search(url, PEOPLE)
    again = content(url)
    assert before.keys() == again.keys()
    for name, table in before.items():
        for column, cells in table.items():
            assert np.array_equal(cells, again[name][column])


def test_content(url, write):
    """Equal cells are equal numbers, in every process; another cell is another number."""
    write(
        url,
        "CREATE TABLE t (a INTEGER, b VARCHAR(9), c DATE)",
        ("INSERT INTO t VALUES (?, ?, ?)", [(1, "x", "2026-01-01"), (2, "x", "2026-01-01")]),
        "CREATE TABLE empty (a INTEGER)",
    )
    first = content(url)
    assert {name: set(table) for name, table in first.items()} == {
        "t": {"a", "b", "c"},
        "empty": {"a"},
    }
    assert first["empty"]["a"].shape == (0,)
    assert first["t"]["a"][0] != first["t"]["a"][1]
    assert first["t"]["b"][0] == first["t"]["b"][1]
    assert first["t"]["c"].dtype == np.uint64
    write(url, "UPDATE t SET b = 'y' WHERE a = 2")
    second = content(url)
    assert sorted(first["t"]["a"]) == sorted(second["t"]["a"])
    assert sorted(first["t"]["b"]) != sorted(second["t"]["b"])


CHANGES = {
    "nothing": lambda rows: rows,
    "a row in the middle": lambda rows: [*rows[:60], (60, "changed", None), *rows[61:]],
    "a row that is gone": lambda rows: [*rows[:60], *rows[61:]],
    "a row at the beginning": lambda rows: [(-1, "first", 0.5), *rows],
    "a row at the end": lambda rows: [*rows, (120, "last", 0.5)],
    "another order": lambda rows: rows[::-1],
    "no rows": lambda _: [],
}


@pytest.mark.parametrize("change", CHANGES)
def test_rows_that_are_known(tmp_path, write, monkeypatch, change):
    """What is known of rows changes nothing: each cell has the hash that it has without."""
    monkeypatch.setattr(sqlite, "BATCH", 10)
    rows = [(n, f"user {n % 3}", n / 7) for n in range(120)]
    known, found = Known(), []
    for number, some in enumerate((rows, CHANGES[change](rows))):
        url = f"sqlite:///{tmp_path}/{number}.db"
        write(url, "CREATE TABLE t (a, b, c)", ("INSERT INTO t VALUES (?, ?, ?)", some))
        table = content(url, known=known)["t"]
        for name, cells in zip("abc", zip(*some, strict=True) if some else ((),) * 3, strict=True):
            assert table[name].tolist() == hashed_objects(cells).tolist()
        found.append(table)
    assert (found[0] is found[1]) == (change == "nothing")


def test_only_new_rows_are_hashed(tmp_path, write, monkeypatch):
    """Of a table with one row changed no more than the rows around it are hashed again."""
    monkeypatch.setattr(sqlite, "BATCH", 10)
    url, known, hashed = f"sqlite:///{tmp_path}/app.db", Known(), []
    monkeypatch.setattr(
        sql, "hashed_objects", lambda cells: (hashed.extend(cells), hashed_objects(cells))[1]
    )
    write(url, "CREATE TABLE t (a)", ("INSERT INTO t VALUES (?)", [(n,) for n in range(100)]))
    content(url, known=known)
    assert hashed == list(range(100))
    write(url, "UPDATE t SET a = -1 WHERE a = 55")
    content(url, known=known)
    assert hashed[100:] == [50, 51, 52, 53, 54, -1, 56, 57, 58, 59]


def test_types_of_a_driver(url, write):
    """Days, times and exact numbers are what they are, whatever was read before."""
    types = "a NUMERIC(9, 2), b DATE, c TIMESTAMP"
    rows = ["1.50, '2026-01-01', '2026-01-01 10:00:00'", "2.5, NULL, NULL"]
    write(url, f"CREATE TABLE t ({types})", *(f"INSERT INTO t VALUES ({row})" for row in rows))
    known = Known()
    first, again = (content(url, known=known)["t"] for _ in range(2))
    alone = content(url)["t"]
    for name in "abc":
        assert first[name].tolist() == again[name].tolist() == alone[name].tolist()
        assert len(set(first[name].tolist())) == 2


@pytest.mark.parametrize("row", [0, 5, 9])
def test_only_some_rows(url, write, row):
    """Whoever is in the rows that are to be searched is found, and in SQLite nobody elsewhere."""
    names = [(PEOPLE[0].key if n == row else PEOPLE[1].key if n == 3 else "x",) for n in range(10)]
    write(url, "CREATE TABLE t (a VARCHAR(99))", ("INSERT INTO t VALUES (?)", names))
    found = search(url, PEOPLE, {"t": range(row, row + 1), "other": range(0)})
    assert found.people == ({0} if url.startswith("sqlite") else {0, 1})
    assert found.searched == search(url, PEOPLE).searched
    assert search(url, PEOPLE, {"t": range(4, 4)}).people == set()
    assert search(url, PEOPLE, {"other": range(0)}).people == {0, 1}


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        ((), {"users": {"id", "updated_at"}, "audit": {"id"}}),
        (("audit",), {"users": {"id", "updated_at"}}),
        (("users.updated_at",), {"users": {"id"}, "audit": {"id"}}),
        (("*.updated_at", "au*"), {"users": {"id"}}),
        (("users.*", "audit"), {}),
    ],
)
def test_ignored(tmp_path, write, ignore, left):
    """Tables and columns that are named, also by patterns, are no content."""
    url = f"sqlite:///{tmp_path}/app.db"
    write(url, "CREATE TABLE users (id, updated_at)", "CREATE TABLE audit (id)")
    assert {name: set(table) for name, table in content(url, ignore).items()} == left
