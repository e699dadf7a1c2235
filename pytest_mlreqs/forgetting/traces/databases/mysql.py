"""MySQL and MariaDB: a cell has a text once it is converted."""

from __future__ import annotations

from pytest_mlreqs.forgetting.traces.databases.database import Column, Kind, Table
from pytest_mlreqs.forgetting.traces.databases.server import Server

_NUMBERS = ("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double")
_BYTES = ("tinyblob", "blob", "mediumblob", "longblob", "binary", "varbinary")
_NOBODY = ("date", "datetime", "timestamp", "time", "year", "bit")
_SHAPES = (
    "geometry",
    "point",
    "linestring",
    "polygon",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geometrycollection",
    "geomcollection",
    "vector",
)
_COLUMNS = """
    SELECT c.table_name, c.column_name, c.data_type, k.referenced_table_name
    FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    LEFT JOIN information_schema.key_column_usage k
      ON k.table_schema = c.table_schema AND k.table_name = c.table_name
     AND k.column_name = c.column_name AND k.referenced_table_name IS NOT NULL
    WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'
    ORDER BY c.table_name, c.ordinal_position
"""


class MySQL(Server):
    """A database of MySQL: the one in the URL, not its neighbours on the server."""

    def tables(self) -> list[Table]:
        """All tables of the database."""
        columns: dict[str, dict[str, Column]] = {}
        for batch in self.rows(_COLUMNS):
            for table, name, declared, referred in batch:
                kind = self.kind(declared.lower())
                quoted = self.quoted(name)
                if kind in ("text", "nothing"):
                    quoted = f"CONVERT({quoted} USING utf8mb4)"
                column = Column(name, quoted, kind, referred or "")
                columns.setdefault(table, {})[name] = column
        return [
            Table(name, self.quoted(name), tuple(found.values())) for name, found in columns.items()
        ]

    def quoted(self, name: str) -> str:
        """A name as this SQL has it in any of its modes."""
        return "`" + name.replace("`", "``") + "`"

    @staticmethod
    def kind(declared: str) -> Kind:
        """What comes from a column of a type."""
        if declared in _NUMBERS:
            return "number"
        if declared in _BYTES:
            return "bytes"
        if declared in _SHAPES:
            return "closed"
        return "nothing" if declared in _NOBODY else "text"
