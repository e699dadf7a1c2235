"""file: the history in an SQLite database.

What a run adds is written within one transaction that takes the write lock at its start, so writers
queue and none of them is lost. It is opened for each transaction, closed at once, and never handed
through a fork. There is no write-ahead log, so that a history can be read from a folder that nobody
may write to. A file that is something else is left as it is.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_mlreqs.core.past import Observation
from pytest_mlreqs.history import HistoryError, rows

_FORMAT = 1
_APPLICATION = 0x6D6C7271  # "mlrq", in the header of the file
_WAIT_S = 30.0  # for other writers
_CREATE = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, series TEXT NOT NULL, quantity TEXT NOT NULL,
    machine TEXT NOT NULL, revision TEXT NOT NULL, at TEXT NOT NULL,
    value REAL NOT NULL, error REAL NOT NULL, waited REAL NOT NULL
)
"""
_TYPES = {"unit": "TEXT", "low": "REAL", "high": "REAL"}


class InFile:
    """A history in a file."""

    def __init__(self, path: str) -> None:
        self._path = os.path.abspath(path)

    def append(self, observations: Sequence[Observation]) -> None:
        """Keep what was measured, all or nothing; the file and its folder are made if need be."""
        columns = (*rows.FIRST, *rows.LATER)
        marks = ", ".join(f":{column}" for column in columns)
        insert = f"INSERT INTO runs ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
        with self._opened("rwc") as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._prepare(connection)
            connection.executemany(insert, [rows.row(one) for one in observations])
            connection.execute("COMMIT")

    def read(self, series: str, id: str, of: str) -> list[Observation]:
        """What was measured of a quantity, oldest first; nothing is made or changed."""
        if not os.path.lexists(self._path):
            return []
        # Read-write, where that is allowed, as only so what a writer left behind that was killed
        # can be taken back.
        with self._opened("rw") as connection:
            if self._is_new(connection):
                return []
            columns = [*rows.FIRST, *_later(connection)]
            now, before = rows.words(id, of)
            old = "unit IS NULL" if "unit" in columns else "TRUE"
            select = (
                f"SELECT {', '.join(columns)} FROM runs WHERE series = ? "  # noqa: S608
                f"AND (quantity = ? OR quantity = ? AND {old}) ORDER BY id"
            )
            found = connection.execute(select, (series, now, before)).fetchall()
        return [rows.observation(dict(zip(columns, one, strict=True)), id, of) for one in found]

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make the table in a new file, or what an older one lacks."""
        if self._is_new(connection):
            connection.execute(_CREATE)
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {_FORMAT}")
        for column in set(rows.LATER) - set(_later(connection)):
            connection.execute(f"ALTER TABLE runs ADD COLUMN {column} {_TYPES[column]}")

    def _is_new(self, connection: sqlite3.Connection) -> bool:
        """Whether nothing is in the file yet; a file of others is refused."""
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not application and not version and not tables:
            return True
        if application != _APPLICATION:
            raise HistoryError(f"{self._path} is a database of something else")
        if version != _FORMAT:
            raise HistoryError(
                f"{self._path} has format {version}, and this version knows {_FORMAT}"
            )
        return False

    @contextlib.contextmanager
    def _opened(self, mode: str) -> Iterator[sqlite3.Connection]:
        """A connection, which is closed; what goes wrong with it is told in a sentence."""
        try:
            if mode == "rwc":
                os.makedirs(os.path.dirname(self._path), exist_ok=True)
            place = f"{Path(self._path).as_uri()}?mode={mode}"
            connection = sqlite3.connect(place, timeout=_WAIT_S, isolation_level=None, uri=True)
            with contextlib.closing(connection):
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise HistoryError(f"{self._path} cannot be used: {error}") from error


def _later(connection: sqlite3.Connection) -> list[str]:
    """Which of the later columns there are."""
    there = {name for _, name, *_ in connection.execute("PRAGMA table_info(runs)")}
    return [column for column in rows.LATER if column in there]
