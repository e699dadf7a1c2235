"""Tests of pytest_mlreqs.forgetting.traces.databases.residue."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from pytest_mlreqs.forgetting.traces.databases.residue import Residue, residue
from pytest_mlreqs.forgetting.traces.databases.sql import search
from pytest_mlreqs.forgetting.traces.people import People

PEOPLE = People.mint(40, "forgotten")  # in some orders of keys, SQLite overwrites not all
EVERYBODY = frozenset(range(40))
OTHERS = People.mint(800, "kept")


def forgotten(path, *, journal, secure, fts=False):
    """A connection to a database of SQLite from which all people were deleted."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.execute(f"PRAGMA secure_delete = {secure}")
    rows = [(one.key, one.id, "x" * (one.number % 90)) for one in (*OTHERS, *PEOPLE)]
    gone = [(one.key,) for one in PEOPLE]
    names = ["users", "texts"] if fts else ["users"]
    connection.execute("CREATE TABLE users (name TEXT PRIMARY KEY, id INTEGER, note TEXT)")
    if fts:
        connection.execute("CREATE VIRTUAL TABLE texts USING fts5(name, id, note)")
    for name in names:
        connection.execute("BEGIN")
        connection.executemany(f"INSERT INTO {name} VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")
    for name in names:
        connection.execute("BEGIN")
        connection.executemany(f"DELETE FROM {name} WHERE name = ?", gone)
        connection.execute("COMMIT")
    return connection


def run(connection, commands):
    """Run the commands that clear a residue, as shown."""
    for command in commands.split("; "):
        connection.execute(command)


def test_overwritten(tmp_path):
    """Nobody is left where SQLite overwrites what it deletes."""
    path = f"{tmp_path}/app.db"
    with closing(forgotten(path, journal="delete", secure="on")):
        assert search(f"sqlite:///{path}", PEOPLE).traces == ()
        assert residue(path, PEOPLE) == ()
        assert {one for r in residue(path, OTHERS) for one in r.people} == set(range(800))


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ({"journal": "delete", "secure": "off"}, {"": "VACUUM"}),
        ({"journal": "wal", "secure": "on"}, {"-wal": "PRAGMA wal_checkpoint(TRUNCATE)"}),
        (
            {"journal": "persist", "secure": "on"},
            {"-journal": "PRAGMA journal_mode = DELETE"},
        ),
        (
            {"journal": "persist", "secure": "off"},
            {
                "": "VACUUM; PRAGMA journal_mode = DELETE",
                "-journal": "PRAGMA journal_mode = DELETE",
            },
        ),
    ],
)
@pytest.mark.parametrize("as_url", [True, False])
def test_cleared(tmp_path, options, left, as_url):
    """Everybody is left in the files of a database, until the command that is shown has run."""
    path = f"{tmp_path}/app.db"
    store = f"sqlite:///{path}" if as_url else str(tmp_path)
    with closing(forgotten(path, **options)) as connection:
        found = residue(store, PEOPLE)
        assert set(found) == {
            Residue(f"{path}{ending}", EVERYBODY, clear) for ending, clear in left.items()
        }
        assert search(f"sqlite:///{path}", PEOPLE).traces == ()
        run(connection, found[0].clear)
        assert residue(store, PEOPLE) == ()


def test_log_and_file(tmp_path):
    """A log that was written into the file leaves people there too; one command clears both."""
    path = f"{tmp_path}/app.db"
    with closing(forgotten(path, journal="wal", secure="off")) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        found = residue(path, PEOPLE)
        assert [(one.where, one.people) for one in found] == [
            (path, EVERYBODY),
            (f"{path}-wal", EVERYBODY),
        ]
        assert found[0].clear == "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)"
        run(connection, found[0].clear)
        assert residue(path, PEOPLE) == ()


def test_full_text_index(tmp_path):
    """An index of words keeps deleted ones, overwritten or not, until it is merged."""
    path = f"{tmp_path}/app.db"
    with closing(forgotten(path, journal="delete", secure="on", fts=True)) as connection:
        (left,) = residue(path, PEOPLE)
        assert left.people
        assert left.clear == 'INSERT INTO "texts"("texts") VALUES (\'optimize\'); VACUUM'
        run(connection, left.clear)
        assert residue(path, PEOPLE) == ()


def test_numbers(tmp_path):
    """A whole number is seen in the pages of a file, too."""
    path = f"{tmp_path}/app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA secure_delete = off")
        connection.execute("CREATE TABLE users (id INTEGER)")
        connection.executemany("INSERT INTO users VALUES (?)", [(one.id,) for one in PEOPLE])
        connection.commit()
        connection.execute("DELETE FROM users")
        connection.commit()
    (left,) = residue(path, PEOPLE)
    assert len(left.people) > 30  # of a freed page the first bytes are overwritten


def test_duckdb(tmp_path):
    """DuckDB keeps everybody whatever is run, but for a copy into a new file."""
    duckdb = pytest.importorskip("duckdb")
    path = f"{tmp_path}/app.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE users (id VARCHAR PRIMARY KEY)")
        rows = [[one.key] for one in (*PEOPLE, *OTHERS)]
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO users VALUES (?)", rows)
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT")
        connection.execute(f"DELETE FROM users WHERE id NOT IN {tuple(o.key for o in OTHERS)}")
        connection.execute("CHECKPOINT")
        connection.execute("VACUUM")
    assert search(f"duckdb:///{path}", PEOPLE).traces == ()
    (left,) = residue(f"duckdb:///{path}", PEOPLE)
    assert (left.where, left.people) == (path, EVERYBODY)
    with duckdb.connect() as connection:
        connection.execute(left.clear)
    shutil.move(f"{path}.new", path)
    assert residue(path, PEOPLE) == ()
    assert len(search(f"duckdb:///{path}", OTHERS).people) == 800


def test_the_log_of_duckdb(tmp_path):
    """Rows that DuckDB has in its log only are seen there, until they are in the file."""
    duckdb = pytest.importorskip("duckdb")
    path = f"{tmp_path}/app.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE users (id VARCHAR)")
        connection.execute("CHECKPOINT")
        connection.execute(f"INSERT INTO users VALUES ('{PEOPLE[0].key}')")
        connection.execute("DELETE FROM users")
        assert [(one.where, one.clear) for one in residue(path, PEOPLE)] == [
            (f"{path}.wal", "CHECKPOINT")
        ]
        connection.execute("CHECKPOINT")
        assert residue(path, PEOPLE) == ()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://me:secret@127.0.0.1:1/app", "VACUUM FULL"),
        ("redis://:secret@127.0.0.1/1", "BGREWRITEAOF"),
        ("mysql+pymysql://me:secret@127.0.0.1/app", "OPTIMIZE TABLE"),
        ("mssql://me:secret@127.0.0.1/app", "nothing is known"),
    ],
)
def test_servers(url, words):
    """Of a server it is said that nobody looked, and its password is not shown."""
    (left,) = residue(url, PEOPLE)
    assert (left.checked, left.people) == (False, frozenset())
    assert left.clear.startswith("not checkable from here: ")
    assert words in left.clear
    assert "secret" not in left.where
    assert left.where.partition("://")[2].startswith("127.0.0.1")


@pytest.mark.filterwarnings("default:NOT TESTED")
def test_statistics_of_postgresql(postgresql, write):
    """PostgreSQL keeps values of deleted rows to plan by, until it looks at the rows again."""
    rows = [(one.email,) for one in (*PEOPLE, *OTHERS[:40])]
    write(
        postgresql,
        "CREATE TABLE users (email text)",
        ("INSERT INTO users VALUES (?)", rows),
        "ANALYZE users",
        f"DELETE FROM users WHERE email LIKE '{PEOPLE.mark}%'",
    )
    assert search(postgresql, PEOPLE).traces == ()
    statistics, _ = residue(postgresql, PEOPLE)
    assert statistics.people == EVERYBODY
    write(postgresql, statistics.clear)
    (unchecked,) = residue(postgresql, PEOPLE)
    assert not unchecked.checked


def test_other_files(tmp_path):
    """Files that are no database are not looked at here, nor are empty ones."""
    (tmp_path / "a.txt").write_text(PEOPLE[0].key)
    (tmp_path / "empty").write_bytes(b"")
    assert residue(str(tmp_path), PEOPLE) == ()
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "empty"]
