"""Tests of pytest_mlreqs.forgetting.rehearsal.places."""

import pytest

from pytest_mlreqs.forgetting.rehearsal.places import Retained, file_of, kept, matches, names


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (["var/app.db"], ["app.db"]),
        (["var/app.db", "var/cache/"], ["app.db", "cache"]),
        (["a/app.db", "b/app.db"], ["a/app.db", "b/app.db"]),
        (["a/app.db", "a/app.db"], ["a/app.db", "a/app.db-2"]),
        (["sqlite:///var/app.db"], ["app.db"]),
        (["postgresql://me:secret@localhost/shop"], ["shop"]),
        (
            ["postgresql://localhost/shop", "mysql://localhost/shop"],
            ["postgresql-shop", "mysql-shop"],
        ),
        (["redis://localhost:6379/3", "redis://localhost"], ["redis-3", "redis-0"]),
        (["sandbox:vectors", "var/app.db"], ["vectors", "app.db"]),
        (["C:\\data\\app.db"], ["app.db"]),
    ],
)
def test_names(declared, expected):
    """A store is called by the last part of its place, or by more of it where two end alike."""
    assert names(declared) == dict(zip(expected, declared, strict=True))


@pytest.mark.parametrize(
    ("table", "column", "pattern", "expected"),
    [
        ("audit", "", "app.db:audit", True),
        ("audit", "", "app.db:aud*", True),
        ("audit", "", "app.db", True),
        ("audit", "", "other.db:audit", False),
        ("audit", "", "app.db:audit.time", False),
        ("audit", "time", "app.db:audit.time", True),
        ("audit", "time", "app.db:*.time", True),
        ("audit", "time", "app.db:audit", False),
        ("audit", "time", "*:*.time", True),
        ("a/rows.csv", "", "app.db:a/*", True),
    ],
)
def test_matches(table, column, pattern, expected):
    """A pattern means a store, a table of it, or a column of a table."""
    assert matches("app.db", table, column, [pattern]) is expected


@pytest.mark.parametrize(
    ("where", "place", "expected"),
    [
        ("table invoices, column name", "app.db:invoices", True),
        ("table invoices, column name", "app.db:invoices.name", True),
        ("table invoices, column name", "app.db:invoices.total", False),
        ("table invoices", "app.db:invoices", True),
        ("table users, column name", "app.db:invoices", False),
        ("old/app.sqlite, table invoices, column name", "app.db:old/app.sqlite/invoices", True),
        ("logs/a.log, line 3", "app.db:logs/a.log", True),
        ("rows.parquet, column name", "app.db:rows.parquet.name", True),
    ],
)
def test_kept(where, place, expected):
    """The words for a place are held against what is kept on purpose."""
    reason = kept("app.db", where, [Retained(place, "tax law")])
    assert reason == ("tax law" if expected else None)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("var/app.db", "var/app.db"),
        ("/srv/app.db", "/srv/app.db"),
        ("sqlite:///var/app.db?mode=ro", "var/app.db"),
        ("sqlite:////srv/app.db", "/srv/app.db"),
        ("duckdb:///app.duckdb", "app.duckdb"),
        ("postgresql+psycopg://localhost/shop", None),
        ("redis://localhost/5", None),
    ],
)
def test_file_of(location, expected):
    """A store is a file by its path or by its URL, and none behind a server."""
    assert file_of(location) == expected
