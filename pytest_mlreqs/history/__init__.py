"""history: what earlier runs measured, kept in a file, or on a server by `server`.

The file is an SQLite database. A run is written and all that belong with it are read within one
transaction that takes the write lock at its start, so writers queue and none of them is lost. It is
opened by the check, closed at once, and never handed through a fork. A file that is something else
is left as it is.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import os
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

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


class HistoryError(Exception):
    """The history cannot be used; the text says why, and nothing was written."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run measured.

    Attributes:
        series: the requirement.
        quantity: what was measured, in words that tell it from whatever else may be.
        machine: its fingerprint.
        revision: the commit.
        at: date and time, UTC, ISO 8601.
        value: a positive number.
        error: standard error of its logarithm within the run.
        waited: share of the time for which there was no core; 0 where nobody counts.
    """

    series: str
    quantity: str
    machine: str
    revision: str
    at: str
    value: float
    error: float = 0.0
    waited: float = 0.0


FIELDS = tuple(field.name for field in dataclasses.fields(Run))


class History(Protocol):
    """Where runs are kept."""

    def remember(self, run: Run) -> list[Run]:
        """Keep a run; returns all of its series and quantity, oldest first, itself the last.

        Raises:
            HistoryError: it cannot be kept.
        """


class InMemory:
    """Runs that nobody keeps."""

    def __init__(self, runs: Sequence[Run] = ()) -> None:
        self._runs = list(runs)

    def remember(self, run: Run) -> list[Run]:
        """Keep a run as long as this object lives."""
        self._runs.append(run)
        return list(self._runs)


class InFile:
    """Runs in an SQLite file, which is made where there is none."""

    def __init__(self, path: str) -> None:
        self._path = path

    def remember(self, run: Run) -> list[Run]:
        """Keep a run, and read it back with those before it."""
        try:
            os.makedirs(os.path.dirname(os.path.abspath(self._path)), exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=_WAIT_S, isolation_level=None)
            with contextlib.closing(connection):
                return self._written(connection, run)
        except (sqlite3.Error, OSError) as error:
            raise HistoryError(f"{self._path} cannot be used: {error}") from error

    def _written(self, connection: sqlite3.Connection, run: Run) -> list[Run]:
        connection.execute("BEGIN IMMEDIATE")
        self._prepare(connection)
        columns, marks = ", ".join(FIELDS), ", ".join("?" * len(FIELDS))
        insert = f"INSERT INTO runs ({columns}) VALUES ({marks})"  # noqa: S608
        connection.execute(insert, dataclasses.astuple(run))
        select = f"SELECT {columns} FROM runs WHERE series = ? AND quantity = ? ORDER BY id"  # noqa: S608
        rows = connection.execute(select, (run.series, run.quantity)).fetchall()
        connection.execute("COMMIT")
        return [Run(*row) for row in rows]

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make the table in a new file; refuse a file of others."""
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (known,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not application and not known and not tables:
            connection.execute(_CREATE)
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {_FORMAT}")
        elif application != _APPLICATION:
            raise HistoryError(f"{self._path} is a database of something else")
        elif known != _FORMAT:
            raise HistoryError(f"{self._path} has format {known}, and this version knows {_FORMAT}")


def opened(history: str, project: str = "") -> History:
    """The history at a path, or at an URL that SQLAlchemy understands.

    A relative path starts from the folder `project`. `$NAME` and `${NAME}` stand for variables of
    the environment.

    Raises:
        HistoryError: there is no such variable, or nothing that understands the URL.
    """
    place = os.path.expandvars(history)
    if missing := re.search(r"\$\{?(\w+)", place):
        raise HistoryError(f"the environment has no {missing[1]}")
    if "://" not in place:
        return InFile(os.path.join(project, place))
    from pytest_mlreqs.history.server import OnServer

    return OnServer(place)


def since(runs: Sequence[Run], anchor: str | None) -> list[Run]:
    """The runs from the anchor on.

    Args:
        runs: oldest first.
        anchor: a day (`2026-11-01`), the beginning of a commit's name, or None for the very first.
    """
    if anchor is None:
        return list(runs)
    if day(anchor):
        return [run for run in runs if run.at >= anchor]
    for position, run in enumerate(runs):
        if run.revision.startswith(anchor):
            return list(runs[position:])
    return []


def day(anchor: str) -> bool:
    """Whether an anchor is a day rather than a commit."""
    try:
        return datetime.date.fromisoformat(anchor).isoformat() == anchor
    except ValueError:
        return False
