"""Tests of pytest_mlreqs.forgetting.traces.databases.postgresql: what only PostgreSQL does."""

import sys
import uuid
from contextlib import closing

import pytest

from pytest_mlreqs.forgetting.traces.databases import opened
from pytest_mlreqs.forgetting.traces.databases.database import Unreadable
from pytest_mlreqs.forgetting.traces.databases.server import with_driver
from pytest_mlreqs.forgetting.traces.databases.sql import content, search
from pytest_mlreqs.forgetting.traces.people import People

pytestmark = pytest.mark.filterwarnings("default:NOT TESTED")

sqlalchemy = pytest.importorskip("sqlalchemy")

PEOPLE = People.mint(6, seed=1)
ONE = PEOPLE[0]


def places(found):
    """Where people were found."""
    return [trace.where for trace in found.traces]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("text[]", f"ARRAY['x', '{ONE.key}']"),
        ("bigint[]", f"ARRAY[1, {ONE.id}]"),
        ("json", f"""'{{"a": {{"b": "{ONE.key}"}}}}'"""),
        ("jsonb", f"""'[{{"id": {ONE.id}}}]'"""),
        ("xml", f"'<a>{ONE.key}</a>'"),
        ("char(99)", f"'{ONE.key}'"),
        ("name", f"'{ONE.key}'"),
        ("tsvector", f"to_tsvector('simple', '{ONE.email}')"),
        ("numeric", f"{ONE.id}.00"),
        ("integer", f"{ONE.small_id}"),
        ("oid", f"{ONE.small_id}"),
        ("money", f"{ONE.small_id}"),
        ("int8range", f"'[{ONE.id},)'"),
        ("pair", f"ROW('x', '{ONE.key}')"),
        ("word", f"'{ONE.key}'"),
        ("raw", f"'{ONE.key}'"),
        ("uuid", f"'{uuid.UUID(bytes=next(d for d in PEOPLE.digests if len(d) == 16))}'"),
    ],
)
def test_types(postgresql, write, declared, value):
    """Somebody is found in any type; domains are taken for what they are made of."""
    write(
        postgresql,
        "CREATE TYPE pair AS (a text, b text)",
        "CREATE DOMAIN word AS text",
        "CREATE DOMAIN bytes AS bytea",
        "CREATE DOMAIN raw AS bytes",
        f"CREATE TABLE t (v {declared})",
        f"INSERT INTO t VALUES ({value}), (NULL)",
    )
    assert search(postgresql, PEOPLE).people == {0}
    assert len(set(content(postgresql)["t"]["v"])) == 2


def test_where_tables_may_be(postgresql, write):
    """All schemas are searched, parts of tables, heirs, materialised views and large objects."""
    write(
        postgresql,
        "CREATE SCHEMA old",
        "CREATE TABLE old.users (id text)",
        "CREATE TABLE parts (id text) PARTITION BY LIST (id)",
        "CREATE TABLE part PARTITION OF parts DEFAULT",
        "CREATE TABLE parent (id text)",
        "CREATE TABLE heir () INHERITS (parent)",
        *(f"INSERT INTO {t} VALUES ('{ONE.key}')" for t in ("old.users", "parts", "heir")),
        "CREATE MATERIALIZED VIEW copied AS SELECT * FROM heir",
        f"SELECT lo_from_bytea(0, '{ONE.key}')",
    )
    found = search(postgresql, PEOPLE)
    assert sorted(places(found)) == [
        "table copied, column id",
        "table heir, column id",
        "table old.users, column id",
        "table part, column id",
        "table pg_largeobject, column data",
    ]
    assert {trace.count for trace in found.traces} == {1}
    assert set(content(postgresql)) == {
        "copied", "heir", "old.users", "parent", "part", "pg_largeobject"
    }  # fmt: skip


def test_arrays_of_bytes_are_not_searched(postgresql, write):
    """A column that cannot be searched is named; the others of its table are searched."""
    write(
        postgresql,
        "CREATE TABLE t (a bytea[], b text)",
        f"INSERT INTO t VALUES (ARRAY['{ONE.key}'::bytea], '{ONE.key}')",
    )
    found = search(postgresql, PEOPLE)
    assert found.unsearched == ("table t, column a: no way to search its type",)
    assert places(found) == ["table t, column b"]


def test_foreign_tables_are_not_asked(postgresql, write):
    """A table that is kept on another server is named as not searched."""
    write(
        postgresql,
        "CREATE FOREIGN DATA WRAPPER nothing",
        "CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing",
        "CREATE FOREIGN TABLE far (id text) SERVER elsewhere",
    )
    found = search(postgresql, PEOPLE)
    assert found.unsearched == ("table far: a foreign table, which is kept elsewhere",)
    assert content(postgresql) == {}


def test_hidden_rows_are_not_searched(postgresql, write):
    """A table of which a policy hides rows, or which may not be read, is no clean one."""
    role = f"r{uuid.uuid4().hex}"
    write(
        postgresql,
        f"CREATE ROLE {role} LOGIN",
        "CREATE TABLE t (id text)",
        "CREATE TABLE secret (id text)",
        f"INSERT INTO t VALUES ('{ONE.key}')",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY p ON t TO {role} USING (id = 'mine')",
        f"GRANT SELECT ON t TO {role}",
    )
    try:
        found = search(postgresql.replace("postgres@", f"{role}@"), PEOPLE)
    finally:
        write(postgresql, f"DROP OWNED BY {role}", f"DROP ROLE {role}")
    secret, hidden = found.unsearched
    assert "table secret: InsufficientPrivilege: permission denied" in secret
    assert 'query would be affected by row-level security policy for table "t"' in hidden
    assert found.traces == ()


def test_nothing_can_be_written(postgresql, write):
    """The connection is one that can only read."""
    write(postgresql, "CREATE SEQUENCE s")
    with (
        closing(opened(postgresql)) as database,
        pytest.raises(sqlalchemy.exc.DBAPIError, match="in a read-only transaction"),
    ):
        database.one("SELECT nextval('s')")


def test_no_server():
    """A server that does not answer is no clean database."""
    with pytest.raises(Unreadable, match=r"(?i)connection.*refused|could not connect"):
        search("postgresql://127.0.0.1:1/app", PEOPLE)


def test_sqlalchemy_is_an_extra(monkeypatch):
    """Where SQLAlchemy is not installed, the message says what to install."""
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(Unreadable, match=r'pip install "pytest-mlreqs\[sql\]"'):
        search("postgresql://127.0.0.1/app", PEOPLE)


@pytest.mark.parametrize(
    ("url", "installed", "known"),
    [
        ("postgresql://h/d", ["psycopg", "psycopg2"], "postgresql+psycopg://h/d"),
        ("postgresql://h/d", ["psycopg2"], "postgresql+psycopg2://h/d"),
        ("postgres://h/d", ["psycopg"], "postgresql+psycopg://h/d"),
        ("postgresql+asyncpg://h/d", ["pg8000"], "postgresql+pg8000://h/d"),
        ("postgresql+psycopg2://h/d", [], "postgresql+psycopg2://h/d"),
        ("mysql://h/d", ["mysql"], "mysql+mysqlconnector://h/d"),
        ("mysql+aiomysql://h/d", ["MySQLdb"], "mysql+mysqldb://h/d"),
        ("mariadb://h/d", ["pymysql"], "mariadb+pymysql://h/d"),
    ],
)
def test_drivers(url, installed, known, monkeypatch):
    """A URL that names no driver, or one for asyncio, gets one that is installed."""
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: True if name in installed else None
    )
    assert with_driver(url) == known


def test_no_driver(monkeypatch):
    """Where no driver is installed, those are named that would do."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Unreadable, match="pip install psycopg or psycopg2 or pg8000"):
        with_driver("postgresql://h/d")
