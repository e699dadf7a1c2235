"""SQLite, by Python's own module: no column is sure to hold what it was declared for."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import quote

from pytest_mlreqs.forgetting.traces.databases.database import (
    BATCH,
    Column,
    Database,
    Table,
    Unreadable,
    file_of,
)

_WAL = b"\x02\x02"  # the versions in the header of a file whose journal is a write-ahead log
_CUT = re.compile(r"tokenize\s*=.*(trigram|porter)", re.IGNORECASE | re.DOTALL)
_APART = re.compile(r"\bcontent\s*=", re.IGNORECASE)  # the texts themselves are not in its tables
_HIDDEN = 1  # of a virtual table: arguments rather than columns


class SQLite(Database):
    """A file of SQLite."""

    def __init__(self, url: str) -> None:
        self._connection = connected(file_of(url))

    def tables(self) -> list[Table]:
        """All tables with those that are virtual and those behind them, and the schema itself."""
        listed = self._select(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY rowid"
        )
        virtual = [n for n, sql in listed if (sql or "").upper().startswith("CREATE VIRTUAL")]
        found = []
        for name, _ in listed:
            shadow = any(name.startswith(f"{one}_") for one in virtual)
            kept = not shadow and not name.startswith("sqlite_")
            try:
                columns, closed = self._columns(name), ""
            except sqlite3.Error as error:  # of a virtual table whose module is not here
                columns, closed = (), str(error)
            found.append(Table(name, self.quoted(name), columns, closed, kept))
        schema = Column("sql", '"sql"', "text")
        found += [self._terms(name, sql) for name, sql in listed if _indexes_texts(sql or "")]
        return [*found, Table("sqlite_master", "sqlite_master", (schema,), kept=False)]

    def _terms(self, name: str, sql: str) -> Table:
        """The words of a full-text index, which its own tables hold without what two begin with."""
        words = f"{name} (words of its index)"
        if _CUT.search(sql) and _APART.search(sql):
            return Table(words, "", (), "parts of words only, of texts that are kept elsewhere")
        view = self.quoted(f"mlreqs_words_of_{name}")
        kept = f"main, {self.quoted(name)}"
        module = f"fts5vocab({kept}, row)" if "USING FTS5" in _plain(sql) else f"fts4aux({kept})"
        try:
            self._connection.execute(f"CREATE VIRTUAL TABLE temp.{view} USING {module}")
        except sqlite3.Error as error:
            return Table(words, "", (), str(error))
        return Table(words, f"temp.{view}", (Column("term", '"term"', "text"),), kept=False)

    def rows(self, statement: str) -> Iterator[Sequence[Sequence[Any]]]:
        """What a statement selects, in batches."""
        count = 0
        try:
            for batch in self._batches(statement):
                yield batch
                count += 1
        except sqlite3.OperationalError:  # it may be a text that is no UTF-8
            if self._connection.text_factory is _tolerant:
                raise
            self._connection.text_factory = _tolerant
            try:
                yield from islice(self._batches(statement), count, None)
            except sqlite3.OperationalError:  # it is not
                self._connection.text_factory = str
                raise

    def part(self, table: Table, rows: range) -> Table:
        """Some rows: whatever selects the same columns goes the same way through the file."""
        cells = ", ".join(one.cell for one in table.columns)
        limit = f"LIMIT {len(rows)} OFFSET {rows.start}"
        return replace(table, source=f"(SELECT {cells} FROM {table.source} {limit})")  # noqa: S608

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _batches(self, statement: str) -> Iterator[Sequence[Sequence[Any]]]:
        cursor = self._connection.execute(statement)
        while batch := cursor.fetchmany(BATCH):
            yield batch

    def _columns(self, table: str) -> tuple[Column, ...]:
        quoted = self.quoted(table)
        refers = {row[3]: row[2] for row in self._select(f"PRAGMA foreign_key_list({quoted})")}
        return tuple(
            Column(name, self.quoted(name), "any", refers.get(name, ""))
            for _, name, _, _, _, _, hidden in self._select(f"PRAGMA table_xinfo({quoted})")
            if hidden != _HIDDEN
        )

    def _select(self, statement: str) -> list[Any]:
        return [row for batch in self.rows(statement) for row in batch]


def _plain(sql: str) -> str:
    return " ".join(sql.upper().split())


def _indexes_texts(sql: str) -> bool:
    return bool(re.match(r"CREATE VIRTUAL TABLE .* USING FTS[345]", _plain(sql)))


def connected(path: str) -> sqlite3.Connection:
    """A connection that can only read, and leaves no file behind."""
    with open(path, "rb") as file:
        start = file.read(20)
    if not start.startswith(b"SQLite format 3\0") and start:
        raise Unreadable(f"{path} is no database of SQLite")
    # Reading a file with a write-ahead log makes that log; where there is none, nobody
    # writes, and as long as nobody does the file can be taken for immutable.
    alone = start[18:20] == _WAL and not os.path.exists(f"{path}-wal")
    mode = "mode=ro&immutable=1" if alone else "mode=ro"
    return sqlite3.connect(f"file:{quote(os.path.abspath(path))}?{mode}", uri=True)


# Whatever is no UTF-8 comes as escapes, which costs a call for each cell.
_tolerant = partial(str, encoding="utf-8", errors="backslashreplace")
