"""sql: who is found in a database, and what is in it.

The address is a URL as SQLAlchemy has them: `sqlite:///app.db` and `duckdb:///app.duckdb` for
files, `postgresql://...` and `mysql://...` for servers. SQLite needs nothing but Python.
Whatever is opened is opened to be read only.
"""

from __future__ import annotations

import fnmatch
import marshal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from typing import Any

from pytest_mlreqs.core.measurement import counted, described
from pytest_mlreqs.forgetting.traces.content import Content
from pytest_mlreqs.forgetting.traces.content import Table as HashedTable
from pytest_mlreqs.forgetting.traces.databases import opened
from pytest_mlreqs.forgetting.traces.databases.database import Column, Database, Table, Unreadable
from pytest_mlreqs.forgetting.traces.databases.sieve import sieve
from pytest_mlreqs.forgetting.traces.databases.told import ROUNDED, telling, told
from pytest_mlreqs.forgetting.traces.hashing import hashed_objects
from pytest_mlreqs.forgetting.traces.known import Known
from pytest_mlreqs.forgetting.traces.narrow import CHANCE, DOUBT, chance, doubt
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.search import Search, Trace

_AT_ONCE = 100  # columns in one statement: SQLite nests 1,000 deep at most


def tables(url: str) -> tuple[Table, ...]:
    """The tables of a database with their columns."""
    with closing(opened(url)) as database:
        return tuple(_listed(database))


def search(url: str, people: People, only: Mapping[str, range] | None = None) -> Search:
    """Look for people in every cell of every table, and in what is compressed in a cell.

    Args:
        url: of the database.
        people: who was planted.
        only: for a table, between which rows of its `content` somebody may be; all, if it is not
            among them.

    Raises:
        Unreadable: if the database cannot be opened, with what is missing.
    """
    traces: list[Trace] = []
    unsearched: list[str] = []
    count = rows = 0
    with closing(opened(url)) as database:
        for table in _listed(database):
            unsearched += _closed(table)
            if table.closed:
                continue
            try:
                size = database.one(_select(["COUNT(*)"], table))
                rows += size
                found: Iterable[Trace] = ()
                if only is None or table.name not in only:
                    found = in_table(database, table, people)
                elif only[table.name]:
                    size = len(only[table.name])
                    found = in_table(database, database.part(table, only[table.name]), people)
                for trace in found:
                    if trace.how != ROUNDED:
                        traces.append(trace)
                        continue
                    likely = chance(trace.count, len(people.rounded), size)
                    traces += [trace] if likely < CHANCE else []
                    if CHANCE <= likely < DOUBT:
                        unsearched.append(f"{trace.where}: {doubt(trace.count)}")
                count += table.kept
            except Exception as error:  # each driver has its own; the other tables are searched
                unsearched.append(f"table {table.name}: {_said(error)}")
    return Search(
        tuple(traces), tuple(unsearched), f"{counted(count, 'table')}, {counted(rows, 'row')}"
    )


def in_table(database: Database, table: Table, people: People) -> Iterator[Trace]:
    """Who is found in one table."""
    sieves = [(one, sieve(database, one, people)) for one in table.columns]
    sieves = [(one, kept) for one, kept in sieves if kept]
    for first in range(0, len(sieves), _AT_ONCE):
        some = sieves[first : first + _AT_ONCE]
        cells = [f"CASE WHEN {kept} THEN {one.cell} END" for one, kept in some]
        where = " OR ".join(kept for _, kept in some)
        found: dict[tuple[int, str], tuple[set[int], int]] = {}
        for batch in database.rows(f"{_select(cells, table)} WHERE {where}"):
            for position, column in enumerate(zip(*batch, strict=True)):
                for value in telling(column, people):
                    for how, who in told(value, people).items():
                        everybody, count = found.get((position, how), (set(), 0))
                        found[position, how] = (everybody | who, count + 1)
        for (position, how), (everybody, count) in sorted(found.items()):
            where = place(table.name, some[position][0].name)
            yield Trace(where, how, frozenset(everybody), count)


def place(table: str, column: str) -> str:
    """Where a trace is, in words."""
    return f"table {table}, column {column}"


def content(url: str, ignore: Sequence[str] = (), known: Known | None = None) -> Content:
    """The cells of every table, but for the database's own bookkeeping.

    Args:
        url: of the database.
        ignore: names of tables (`audit`) and columns (`users.updated_at`, `*.updated_at`), or
            patterns of them.
        known: what calls before have learned; rows that were there then are not hashed again.
    """
    known = Known() if known is None else known
    found = {}
    with closing(opened(url)) as database:
        for table in _listed(database):
            if not table.kept or table.closed or _ignored(table.name, ignore):
                continue
            columns = [
                one for one in table.columns if not _ignored(f"{table.name}.{one.name}", ignore)
            ]
            if columns:
                found[table.name] = _hashed(database, table, columns, known)
    return found


def _listed(database: Database) -> list[Table]:
    try:
        return database.tables()
    except Unreadable:
        raise
    except Exception as error:  # of a file that is locked or broken
        raise Unreadable(_said(error)) from error


def _hashed(
    database: Database, table: Table, columns: Sequence[Column], known: Known
) -> HashedTable:
    names = [one.name for one in columns]
    blocks = [
        known.block(_raw(batch), ("rows", *names), partial(_columns, names, batch))
        for batch in database.rows(_select([one.cell for one in columns], table))
    ]
    return known.joined(blocks, names)


def _raw(batch: Any) -> bytes | None:
    """Rows as bytes that no others have; None if some cell is of a type of its own."""
    try:
        return marshal.dumps(batch)
    except ValueError:
        return None


def _columns(names: Sequence[str], batch: Sequence[Sequence[Any]]) -> tuple[int, HashedTable]:
    width = len(names)
    cells = list(chain.from_iterable(batch))  # several times faster than zip is
    columns = (hashed_objects(cells[at::width]) for at in range(width))
    return len(batch), dict(zip(names, columns, strict=True))


def _select(cells: Sequence[str], table: Table) -> str:
    return f"SELECT {', '.join(cells)} FROM {table.source}"  # noqa: S608  # names of its own


def _closed(table: Table) -> Iterator[str]:
    if table.closed:
        yield f"table {table.name}: {table.closed}"
    for column in table.columns if not table.closed else ():
        if column.kind == "closed":
            yield f"{place(table.name, column.name)}: no way to search its type"


def _ignored(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _said(error: Exception) -> str:
    """What the driver said, without the statement that SQLAlchemy adds."""
    return described(getattr(error, "orig", None) or error)
