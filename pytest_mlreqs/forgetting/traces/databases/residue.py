"""residue: who is left in the files of a database although no statement finds them any more.

A deleted row stays in the file until its page is used again, and in logs and journals beside it.
"""

from __future__ import annotations

import mmap
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass

from pytest_mlreqs.forgetting.traces.databases import delta, opened, raw
from pytest_mlreqs.forgetting.traces.databases.database import Unreadable, dialect, file_of
from pytest_mlreqs.forgetting.traces.databases.sql import in_table
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.search import everybody

_SQLITE = b"SQLite format 3\0"
_DUCKDB = b"DUCK"  # after a checksum of 8 bytes
_SERVERS = {
    "postgresql": "rows stay in pages until VACUUM FULL, in the log for longer, and in backups",
    "mysql": "rows stay in pages until OPTIMIZE TABLE, in binary logs until they are purged",
    "redis": "keys stay in the append-only file until BGREWRITEAOF, in the dump until SAVE",
}


@dataclass(frozen=True, slots=True)
class Residue:
    """What is left of people in one file.

    Attributes:
        where: the file, or the address of a server without its password.
        people: the numbers of those who are left.
        clear: the command that clears it, to be run in that database.
        checked: false where nobody could look, as into the files of a server.
    """

    where: str
    people: frozenset[int]
    clear: str
    checked: bool = True


def residue(store: str, people: People) -> tuple[Residue, ...]:
    """Look at the bytes of the local databases in a file or folder, or at a URL.

    Ask once no search finds anybody: what is deleted and what is not looks alike in a file.
    """
    if "://" in store:
        known = dialect(store)
        if known not in ("sqlite", "duckdb"):
            return tuple(_of_server(store, known, people))
        store = file_of(store)
    return tuple(one for path in _databases(store) for one in _left(path, people))


def keeps(store: str) -> bool:
    """Whether anything in a file or folder, or at a URL, is of a sort that keeps the deleted."""
    return "://" in store or any(os.path.isdir(path) or _sort(path) for path in _databases(store))


def _sort(path: str) -> str:
    """Which database a file is of, or nothing."""
    with open(path, "rb") as file:
        start = file.read(16)
    return "sqlite" if start == _SQLITE else "duckdb" if start[8:12] == _DUCKDB else ""


def _of_server(url: str, known: str, people: People) -> Iterator[Residue]:
    scheme, _, rest = url.partition("://")
    address = f"{scheme}://{rest.rpartition('@')[2]}"
    if known == "postgresql":
        from pytest_mlreqs.forgetting.traces.databases.postgresql import STATISTICS

        with suppress(Unreadable), closing(opened(url)) as database:
            who = everybody(in_table(database, STATISTICS, people))
            if who:
                yield Residue(f"{address}, statistics of columns", who, "ANALYZE")
    why = f"not checkable from here: {_SERVERS.get(known, 'nothing is known of its files')}"
    yield Residue(address, frozenset(), why, checked=False)


def _databases(store: str) -> Iterator[str]:
    """The files of databases, and the folders of Delta tables."""
    if not os.path.isdir(store):
        yield store
    for folder, _, files in os.walk(store):
        if os.path.isdir(os.path.join(folder, delta.LOG)):
            yield folder
        yield from (os.path.join(folder, name) for name in sorted(files))


def _left(path: str, people: People) -> Iterator[Residue]:
    if os.path.isdir(path):
        for name, who, clear in delta.left(path, people):
            yield Residue(name, who, clear, checked=bool(who))
        return
    sort = _sort(path)
    if not sort:
        return
    commands = _of_sqlite(path) if sort == "sqlite" else _of_duckdb(path)
    for name, clear in commands.items():
        who = _in_file(name, people)
        if who:
            yield Residue(name, who, clear)


def _in_file(path: str, people: People) -> frozenset[int]:
    if not os.path.exists(path) or not os.path.getsize(path):
        return frozenset()
    with (
        open(path, "rb") as file,
        closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as data,
    ):
        return frozenset().union(*raw.found(data, people).values())


def _of_sqlite(path: str) -> dict[str, str]:
    """The files of a database and what clears each: one command does it for those before too."""
    vacuum = "VACUUM"
    for name in _indexed_texts(path):
        quoted = '"' + name.replace('"', '""') + '"'
        merge = f"INSERT INTO {quoted}({quoted}) VALUES ('optimize')"  # noqa: S608  # to be shown
        vacuum = f"{merge}; {vacuum}"
    log, journal = f"{path}-wal", f"{path}-journal"
    truncate, delete = "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA journal_mode = DELETE"
    for beside, command in ((log, truncate), (journal, delete)):
        if os.path.exists(beside):  # what VACUUM clears goes through there
            vacuum = f"{vacuum}; {command}"
    return {path: vacuum, log: truncate, journal: delete}


def _indexed_texts(path: str) -> list[str]:
    """The tables of a full-text index, which keeps deleted words until it is merged."""
    from pytest_mlreqs.forgetting.traces.databases.sqlite import connected

    statement = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        " AND upper(sql) LIKE 'CREATE VIRTUAL TABLE%USING FTS%'"
    )
    try:
        with closing(connected(path)) as connection:
            return [name for (name,) in connection.execute(statement)]
    except sqlite3.Error:  # its bytes can be looked at all the same
        return []


def _of_duckdb(path: str) -> dict[str, str]:
    old, new = (one.replace("'", "''") for one in (path, f"{path}.new"))
    clear = (
        f"ATTACH '{old}' AS old_file (READ_ONLY); ATTACH '{new}' AS new_file;"
        " COPY FROM DATABASE old_file TO new_file; DETACH old_file; DETACH new_file;"
        " -- then put the new file in the place of the old one"
    )
    return {path: clear, f"{path}.wal": "CHECKPOINT"}
