"""Tests of pytest_mlreqs.forgetting.traces.databases.duckdb: what only DuckDB does."""

import sys
import uuid

import pytest

from pytest_mlreqs.forgetting.traces.databases.database import Unreadable
from pytest_mlreqs.forgetting.traces.databases.sql import content, search
from pytest_mlreqs.forgetting.traces.people import People

duckdb = pytest.importorskip("duckdb")

PEOPLE = People.mint(2, seed=1)
ONE = PEOPLE[0]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("VARCHAR[]", f"['x', '{ONE.key}']"),
        ("BIGINT[]", f"[1, {ONE.id}]"),
        ("STRUCT(a VARCHAR, b BIGINT)", f"{{'a': '{ONE.key}', 'b': 1}}"),
        ("MAP(VARCHAR, BIGINT)", f"MAP {{'x': {ONE.id}}}"),
        ("JSON", f"""'{{"a": {ONE.id}}}'"""),
        ("HUGEINT", f"{ONE.id}"),
        ("UINTEGER", f"{ONE.small_id}"),
        ("DECIMAL(20, 2)", f"{ONE.id}"),
        ("DOUBLE", f"{ONE.id}"),
        ("BLOB", f"'{ONE.key}'::BLOB"),
        (f"ENUM('x', '{ONE.key}')", f"'{ONE.key}'"),
        ("UNION(n INTEGER, s VARCHAR)", f"'{ONE.key}'"),
        ("UUID", f"'{uuid.UUID(bytes=next(d for d in PEOPLE.digests if len(d) == 16))}'"),
        ("TIMESTAMP[]", "[TIMESTAMP '2026-01-01']"),
    ],
)
def test_types(tmp_path, declared, value):
    """Somebody is found in any type that can tell of somebody."""
    path = f"{tmp_path}/app.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(f"CREATE TABLE t (v {declared})")
        connection.execute(f"INSERT INTO t VALUES ({value}), (NULL)")
    wanted = set() if "TIMESTAMP" in declared else {0}
    assert search(f"duckdb:///{path}", PEOPLE).people == wanted
    assert len(set(content(f"duckdb:///{path}")["t"]["v"])) == 2


def test_all_schemas(tmp_path):
    """Tables of other schemas are searched, and have it in their name."""
    path = f"{tmp_path}/app.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE SCHEMA old; CREATE TABLE old.users (id VARCHAR)")
        connection.execute(f"INSERT INTO old.users VALUES ('{ONE.key}')")
    (trace,) = search(f"duckdb:///{path}", PEOPLE).traces
    assert trace.where == "table old.users, column id"


def test_a_file_that_is_open_here(tmp_path):
    """A database that this process has open is searched as it is now."""
    path = f"{tmp_path}/app.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(f"CREATE TABLE t AS SELECT '{ONE.key}' AS a")
        assert search(f"duckdb:///{path}", PEOPLE).people == {0}
        connection.execute("DELETE FROM t")
        assert search(f"duckdb:///{path}", PEOPLE).people == set()


def test_not_a_database(tmp_path):
    """A file of something else is refused."""
    (tmp_path / "app.duckdb").write_text("not a database at all" * 1_000)
    with pytest.raises(Unreadable, match=r"app\.duckdb cannot be read"):
        search(f"duckdb:///{tmp_path}/app.duckdb", PEOPLE)


def test_duckdb_is_an_extra(tmp_path, monkeypatch):
    """Where DuckDB is not installed, the message says what to install."""
    (tmp_path / "app.duckdb").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(Unreadable, match=r'pip install "pytest-mlreqs\[duckdb\]"'):
        search(f"duckdb:///{tmp_path}/app.duckdb", PEOPLE)
