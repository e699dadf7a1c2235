"""DuckDB, natively: its engine for SQLAlchemy cannot reflect what DuckDB 2 has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pytest_mlreqs.forgetting.traces.databases.database import (
    BATCH,
    Column,
    Database,
    Kind,
    Table,
    Unreadable,
    file_of,
)

_NUMBER = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(\d+,\s*\d+\)")
_NOBODY = re.compile(r"BOOLEAN|DATE|TIME.*|INTERVAL")
_COLUMNS = """
    SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns()
    JOIN duckdb_tables() USING (database_oid, schema_oid, table_oid, schema_name, table_name)
    WHERE NOT duckdb_columns.internal AND NOT duckdb_tables.temporary
    ORDER BY table_oid, column_index
"""
_KEYS = """
    SELECT schema_name, table_name, unnest(constraint_column_names), constraint_text
    FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY'
"""


class DuckDB(Database):
    """A file of DuckDB."""

    def __init__(self, url: str) -> None:
        self._connection = connected(file_of(url))

    def tables(self) -> list[Table]:
        """All tables of the file."""
        refers = {
            (schema, table, column): _referred(text)
            for batch in self.rows(_KEYS)
            for schema, table, column, text in batch
        }
        columns: dict[tuple[str, str], list[Column]] = {}
        for batch in self.rows(_COLUMNS):
            for schema, table, name, declared in batch:
                kind, cell = _kind(declared), self.quoted(name)
                if kind in ("text", "nothing"):
                    cell = f"CAST({cell} AS VARCHAR)"
                if declared == "UUID":  # a digest may have been made one
                    cell = f"replace({cell}, '-', '')"
                column = Column(name, cell, kind, refers.get((schema, table, name), ""))
                columns.setdefault((schema, table), []).append(column)
        return [
            Table(
                table if schema == "main" else f"{schema}.{table}",
                f"{self.quoted(schema)}.{self.quoted(table)}",
                tuple(found),
            )
            for (schema, table), found in columns.items()
        ]

    def rows(self, statement: str) -> Iterator[Sequence[Sequence[Any]]]:
        """What a statement selects, in batches."""
        cursor = self._connection.cursor()
        cursor.execute(statement)
        while batch := cursor.fetchmany(BATCH):
            yield batch

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def connected(path: str) -> Any:
    """A connection that can only read; where this very process writes, one that could write."""
    try:
        import duckdb
    except ImportError as error:
        extra = 'DuckDB is an extra: pip install "pytest-mlreqs[duckdb]"'
        raise Unreadable(f"{path} cannot be read; {extra}") from error
    try:
        return duckdb.connect(path, read_only=True)
    except duckdb.ConnectionException:  # it is open here already, and all must open it alike
        return duckdb.connect(path)
    except duckdb.Error as error:
        raise Unreadable(f"{path} cannot be read: {error}") from error


def _kind(declared: str) -> Kind:
    if declared == "BLOB":
        return "bytes"
    if _NUMBER.fullmatch(declared):
        return "number"
    return "nothing" if _NOBODY.fullmatch(declared) and "[" not in declared else "text"


def _referred(text: str) -> str:
    found = re.search(r'REFERENCES\s+("(?:[^"]|"")+"|[^\s(]+)', text)
    return found[1].strip('"').replace('""', '"') if found else ""
