"""Tests of pytest_mlreqs.forgetting.traces.databases.sqlite: what only SQLite does."""

import sqlite3
import sys
from contextlib import closing

import pytest

from pytest_mlreqs.forgetting.traces.databases import opened, sqlite
from pytest_mlreqs.forgetting.traces.databases.database import Unreadable
from pytest_mlreqs.forgetting.traces.databases.sql import content, search
from pytest_mlreqs.forgetting.traces.hashing import hashed_objects
from pytest_mlreqs.forgetting.traces.people import People

PEOPLE = People.mint(6)


@pytest.fixture
def made(tmp_path):
    """Make a database by a script, and give its URL."""

    def make(script, *parameters):
        with closing(sqlite3.connect(tmp_path / "app.db")) as connection:
            connection.executescript(script)
            for statement, values in parameters:
                connection.execute(statement, values)
            connection.commit()
        return f"sqlite:///{tmp_path}/app.db"

    return make


def places(found):
    """Where who was found."""
    return {trace.where.removeprefix("table "): set(trace.people) for trace in found.traces}


def test_any_cell_may_be_anything(made):
    """A column is searched for all that it holds, whatever it was declared for."""
    insert = "INSERT INTO t VALUES (?, ?, ?)"
    url = made(
        "CREATE TABLE t (day DATE, flag BOOLEAN, none)",
        (insert, (PEOPLE[0].key, PEOPLE[1].id, PEOPLE[2].key.encode())),
        (insert, (PEOPLE[3].id, str(PEOPLE[4].small_id), float(PEOPLE[5].id))),
    )
    assert {(t.where, t.how, *t.people) for t in search(url, PEOPLE).traces} == {
        ("table t, column day", "text", 0),
        ("table t, column day", "number", 3),
        ("table t, column flag", "number", 1, 4),
        ("table t, column none", "text", 2),
        ("table t, column none", "number", 5),
    }


def test_full_text(made):
    """The tables behind a full-text index are searched, and are no content: they change by use."""
    url = made(
        "CREATE VIRTUAL TABLE texts USING fts5(body);"
        f"INSERT INTO texts VALUES ('dear {PEOPLE[0].key}')"
    )
    found = places(search(url, PEOPLE))
    assert {"texts, column body", "texts_content, column c0", "texts_data, column block"} <= set(
        found
    )
    assert set(content(url)) == {"texts"}


def test_a_module_that_is_not_here(made):
    """A virtual table without its module is named as not searched, and so is no other."""
    url = made(
        "PRAGMA writable_schema = on;"
        "INSERT INTO sqlite_master VALUES ('table', 'near', 'near', 0,"
        " 'CREATE VIRTUAL TABLE near USING vec0(x)');"
        f"CREATE TABLE near_chunks (x); INSERT INTO near_chunks VALUES ('{PEOPLE[0].key}')"
    )
    found = search(url, PEOPLE)
    assert found.unsearched == ("table near: no such module: vec0",)
    assert places(found) == {"near_chunks, column x": {0}}
    assert content(url) == {}


def test_text_that_is_none(made):
    """A text that is no UTF-8 is searched and hashed all the same."""
    url = made("CREATE TABLE t (a)", ("INSERT INTO t VALUES (CAST(? AS TEXT))", (b"\xff\xfe",)))
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        text = b"\xff" + PEOPLE[0].key.encode()
        connection.execute("INSERT INTO t VALUES (CAST(? AS TEXT))", (text,))
        connection.commit()
    assert places(search(url, PEOPLE)) == {"t, column a": {0}}
    assert len(set(content(url)["t"]["a"])) == 2


def test_a_late_text_that_is_none(made, monkeypatch):
    """Rows before and after a text that is no UTF-8 come once each, and as they are without it."""
    monkeypatch.setattr(sqlite, "BATCH", 2)
    rows = [f"row {number}".encode() for number in range(7)]
    rows[4] = b"\xe4"
    insert = "INSERT INTO t VALUES (CAST(? AS TEXT))"
    url = made("CREATE TABLE t (a)", *((insert, (row,)) for row in rows))
    expected = hashed_objects([row.decode(errors="backslashreplace") for row in rows])
    assert content(url)["t"]["a"].tolist() == expected.tolist()


def test_a_schema_that_is_no_text(made):
    """A comment in the schema that is no UTF-8 keeps nothing from being read."""
    url = made(
        "CREATE TABLE t (a); INSERT INTO t VALUES (1); PRAGMA writable_schema = on;"
        "UPDATE sqlite_master SET sql = CAST(CAST(sql AS BLOB) || x'2d2dff' AS TEXT)"
    )
    assert content(url)["t"]["a"].tolist() == hashed_objects([1]).tolist()
    assert search(url, PEOPLE).unsearched == ()


def test_another_error_is_told(made):
    """What is no matter of letters is raised as it is, and texts are read as before it."""
    with closing(opened(made("CREATE TABLE t (a); INSERT INTO t VALUES ('x')"))) as database:
        for _ in range(2):
            with pytest.raises(sqlite3.OperationalError, match="no such column"):
                list(database.rows("SELECT b FROM t"))
            assert database.one("SELECT a FROM t") == "x"
        assert database.one("SELECT CAST(x'ff' AS TEXT)") == r"\xff"


@pytest.mark.parametrize("columns", ["a, b", "a PRIMARY KEY, b", "a, b, PRIMARY KEY (b, a)"])
@pytest.mark.parametrize("ending", ["", " WITHOUT ROWID"])
def test_a_part_has_the_rows_that_all_have_there(made, columns, ending):
    """Some rows of a table are those that are read there, whatever indexes it has."""
    if "KEY" not in columns and ending:
        pytest.skip("a table without rowid has a key")
    rows = [(number * 7 % 50, -number) for number in range(50)]
    url = made(
        f"CREATE TABLE t ({columns}){ending}; CREATE INDEX i ON t (b, a); CREATE INDEX j ON t (a)",
        *(("INSERT INTO t VALUES (?, ?)", row) for row in rows),
    )
    with closing(opened(url)) as database:
        table = database.tables()[0]
        (read,) = database.rows('SELECT "a", "b" FROM t')
        for some in (range(50), range(10, 30), range(49, 50), range(7, 7)):
            part = database.part(table, some)
            found = [
                row for batch in database.rows(f"SELECT * FROM {part.source}") for row in batch
            ]
            assert found == read[some.start : some.stop]


def test_utf_16(made):
    """A database that keeps its texts in UTF-16 is searched like any other."""
    url = made(
        f"PRAGMA encoding = 'UTF-16'; CREATE TABLE t (a); INSERT INTO t VALUES ('{PEOPLE[0].key}')"
    )
    assert places(search(url, PEOPLE)) == {"t, column a": {0}}


def test_the_schema(made):
    """Somebody who is named in a trigger or a view is found."""
    url = made(
        "CREATE TABLE t (a);"
        f"CREATE TRIGGER w AFTER DELETE ON t BEGIN SELECT '{PEOPLE[0].key}'; END;"
        f"CREATE VIEW v AS SELECT * FROM t WHERE a <> '{PEOPLE[1].key}'"
    )
    assert places(search(url, PEOPLE)) == {"sqlite_master, column sql": {0, 1}}


def test_generated_columns(made):
    """Columns that are computed are searched; their order among the others does not matter."""
    url = made(
        "CREATE TABLE t (a, b AS (upper(a)) STORED, c AS (substr(a, 2)));"
        f"INSERT INTO t VALUES ('{PEOPLE[0].key}')"
    )
    assert set(places(search(url, PEOPLE))) == {"t, column a", "t, column b"}
    assert set(content(url)["t"]) == {"a", "b", "c"}


def test_counters_are_no_content(made):
    """What SQLite writes down for itself is no content."""
    url = made(
        "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT);"
        "INSERT INTO t VALUES (1); CREATE INDEX i ON t (a); ANALYZE"
    )
    assert set(content(url)) == {"t"}


def test_not_a_database(tmp_path):
    """A file of something else is refused by name."""
    (tmp_path / "app.db").write_text("not a database at all")
    with pytest.raises(Unreadable, match=r"app\.db is no database of SQLite"):
        search(f"sqlite:///{tmp_path}/app.db", PEOPLE)


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+pysqlite", "sqlite+aiosqlite"])
def test_urls(made, scheme):
    """Whichever driver a URL names and whatever it asks of it, the file is read."""
    url = made("CREATE TABLE t (a)").replace("sqlite", scheme, 1)
    assert search(f"{url}?timeout=5", PEOPLE).searched == "1 table, 1 row"


def test_odd_names_of_files(tmp_path):
    """A path may have what means something in a URL."""
    path = tmp_path / "a b%20#c.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE t AS SELECT '{PEOPLE[0].key}' AS a")
        connection.commit()
    assert search(f"sqlite:///{path}", PEOPLE).people == {0}


def test_nothing_need_be_installed(made, monkeypatch):
    """A file of SQLite is searched without SQLAlchemy."""
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    url = made(f"CREATE TABLE t (a); INSERT INTO t VALUES ('{PEOPLE[0].key}')")
    assert search(url, PEOPLE).people == {0}
