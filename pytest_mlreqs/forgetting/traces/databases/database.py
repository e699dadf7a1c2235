"""database: what any database is to a search: tables, and rows of what a statement selects."""

from __future__ import annotations

import abc
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "number", "bytes", "any", "nothing", "closed"]

BATCH = 5_000  # rows that are fetched at once


class Unreadable(ValueError):
    """A store that cannot be read here, with why."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        name: as the database has it.
        cell: SQL for one cell of it, which comes as a text, a number, bytes or NULL.
        kind: what comes; `any` where each cell may be another; `nothing` where it can tell of
            nobody, as a date; `closed` where it cannot be searched.
        refers: the table that a foreign key from here refers to, by name; else empty.
    """

    name: str
    cell: str
    kind: Kind
    refers: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        name: with its schema before it, unless that is the default one.
        source: SQL for what comes after FROM.
        columns: all that can be selected.
        closed: why it cannot be searched at all; else empty.
        kept: false for the database's own bookkeeping, which may change while all else is equal.
    """

    name: str
    source: str
    columns: tuple[Column, ...]
    closed: str = ""
    kept: bool = True


class Database(abc.ABC):
    """A database, opened to be read only, and how its SQL differs from that of others."""

    @abc.abstractmethod
    def tables(self) -> list[Table]:
        """All tables of all schemas; no views, which show again what tables hold."""

    @abc.abstractmethod
    def rows(self, statement: str) -> Iterator[Sequence[Sequence[Any]]]:
        """What a statement selects, in batches."""

    def part(self, table: Table, rows: range) -> Table:
        """No more of a table than some rows, counted as they come where all columns are selected.

        It is all of it in a database whose rows come in any order.
        """
        return table

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of it."""

    def quoted(self, name: str) -> str:
        """A name as SQL has it."""
        return '"' + name.replace('"', '""') + '"'

    def lower(self, text: str) -> str:
        """SQL for a text with A to Z in lower case."""
        return f"lower({text})"

    def within(self, text: str, part: str) -> str:
        """SQL that is true where a text has a part, which is letters or digits."""
        return f"instr({text}, '{part}') > 0"

    def one(self, statement: str) -> Any:
        """The only value that a statement selects."""
        return next(iter(self.rows(statement)))[0][0]


def dialect(url: str) -> str:
    """The database that a URL is for: `postgresql+psycopg://...` is for `postgresql`."""
    scheme, found, _ = url.partition("://")
    if not found:
        raise Unreadable(f"{url!r} is no URL of a database, such as sqlite:///data/app.db")
    name = scheme.partition("+")[0]
    return "postgresql" if name == "postgres" else name


def file_of(url: str) -> str:
    """The file of a URL as SQLAlchemy has them: `sqlite:///app.db`, `duckdb:////data/app.duckdb`."""
    path = url.partition("://")[2].removeprefix("/").partition("?")[0].removeprefix("file:")
    if path in ("", ":memory:"):
        raise Unreadable(f"{url} is a database in memory, which nobody else can read")
    if not os.path.isfile(path):
        raise Unreadable(f"there is no file {path}")
    return path
