"""PostgreSQL: everything has a text, but for bytes, of which that is no text."""

from __future__ import annotations

from typing import Any

from pytest_mlreqs.forgetting.traces.databases.database import Column, Kind, Table
from pytest_mlreqs.forgetting.traces.databases.server import Server

_NUMBERS = ("int2", "int4", "int8", "numeric", "float4", "float8")
_NOBODY = "BDT"  # categories of types: truth values, dates, spans of time
_TYPES = "SELECT oid, typname, typcategory::text, typbasetype, typelem FROM pg_type"
_COLUMNS = """
    SELECT c.oid, n.nspname, n.nspname = current_schema(), c.relname, c.relkind::text,
           a.attname, a.atttypid, a.attnum
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'm', 'f')
      AND n.nspname <> 'information_schema' AND left(n.nspname, 3) <> 'pg_'
    ORDER BY n.nspname, c.relname, a.attnum
"""
_KEYS = "SELECT conrelid, unnest(conkey), confrelid FROM pg_constraint WHERE contype = 'f'"
_OBJECTS = Table(
    "pg_largeobject",
    "(SELECT lo_get(oid) AS data FROM pg_largeobject_metadata) AS objects",
    (Column("data", "data", "bytes"),),
)

STATISTICS = Table(  # for the planner of queries: values of rows, also of some that are gone
    "pg_stats",
    "pg_stats",
    tuple(
        Column(name, f"CAST({name} AS text)", "text")
        for name in ("most_common_vals", "histogram_bounds", "most_common_elems")
    ),
)


class PostgreSQL(Server):
    """A database of PostgreSQL."""

    # Rows that a policy hides are an error, and an error is no clean table.
    before = ("SET TRANSACTION READ ONLY", "SET row_security = off")

    def tables(self) -> list[Table]:
        """All tables and materialised views of all schemas, and the large objects."""
        types = {row[0]: row[1:] for row in self._select(_TYPES)}
        listed = self._select(_COLUMNS)
        names = {row[0]: row[3] if row[2] else f"{row[1]}.{row[3]}" for row in listed}
        refers = {(one, number): names.get(other, "") for one, number, other in self._select(_KEYS)}
        columns: dict[Any, list[Column]] = {}
        shells = {}
        for oid, schema, _, table, relkind, name, declared, number in listed:
            closed = "a foreign table, which is kept elsewhere" if relkind == "f" else ""
            source = f"ONLY {self.quoted(schema)}.{self.quoted(table)}"  # heirs come by themselves
            shells[oid] = (names[oid], source.removeprefix("ONLY " * (relkind == "m")), closed)
            found = columns.setdefault(oid, [])
            if name is not None:
                refer = refers.get((oid, number), "")
                found.append(Column(name, *self._cell(self.quoted(name), declared, types), refer))
        tables = [
            Table(name, source, tuple(columns[oid]), closed)
            for oid, (name, source, closed) in shells.items()
        ]
        objects = self.one("SELECT EXISTS (SELECT 1 FROM pg_largeobject_metadata)")
        return [*tables, _OBJECTS] if objects else tables

    def lower(self, text: str) -> str:
        """In the plainest collation: those of languages take several times as long."""
        return f'lower({text} COLLATE "C")'

    def within(self, text: str, part: str) -> str:
        """SQL that is true where a text has a part."""
        return f"strpos({text}, '{part}') > 0"

    @staticmethod
    def _cell(quoted: str, declared: int, types: dict[int, Any]) -> tuple[str, Kind]:
        name, category, base, element = types[declared]
        while base:  # a domain is what it is made of
            name, category, base, element = types[base]
        if name == "bytea":
            return quoted, "bytes"
        if name in _NUMBERS:
            return quoted, "number"
        if name == "money":
            return f"CAST({quoted} AS numeric)", "number"
        if name == "uuid":  # a digest may have been made one
            return f"replace(CAST({quoted} AS text), '-', '')", "text"
        if category == "A" and types[element][0] == "bytea":
            return f"CAST({quoted} AS text)", "closed"
        return f"CAST({quoted} AS text)", "nothing" if category in _NOBODY else "text"

    def _select(self, statement: str) -> list[Any]:
        return [row for batch in self.rows(statement) for row in batch]
