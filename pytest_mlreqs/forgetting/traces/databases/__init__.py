"""Databases as a search sees them: tables with cells of text, numbers and bytes, and no more."""

from __future__ import annotations

from pytest_mlreqs.forgetting.traces.databases.database import Database, Unreadable, dialect


def opened(url: str) -> Database:
    """The database at a URL, to be read only; close it."""
    known = dialect(url)
    if known == "sqlite":
        from pytest_mlreqs.forgetting.traces.databases.sqlite import SQLite

        return SQLite(url)
    if known == "duckdb":
        from pytest_mlreqs.forgetting.traces.databases.duckdb import DuckDB

        return DuckDB(url)
    if known == "postgresql":
        from pytest_mlreqs.forgetting.traces.databases.postgresql import PostgreSQL

        return PostgreSQL(url)
    if known in ("mysql", "mariadb"):
        from pytest_mlreqs.forgetting.traces.databases.mysql import MySQL

        return MySQL(url)
    raise Unreadable(f"no way to read {known} here: sqlite, duckdb, postgresql and mysql are known")
