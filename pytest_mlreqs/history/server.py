"""server: the history in a database that a team shares, by SQLAlchemy."""

from __future__ import annotations

import dataclasses
import importlib.util
from typing import Any

from pytest_mlreqs.history import FIELDS, HistoryError, Run

EXTRA = 'a history by URL needs an extra: pip install "pytest-mlreqs[sql]"'


def available() -> bool:
    """Whether SQLAlchemy is there."""
    return importlib.util.find_spec("sqlalchemy") is not None


class OnServer:
    """Runs in the table `mlreqs_runs`, which is made where there is none.

    What is told of errors never has the password of the URL.
    """

    def __init__(self, url: str) -> None:
        if not available():
            raise HistoryError(EXTRA)
        import sqlalchemy

        try:
            # No pool: connections are closed at once, and none is handed through a fork.
            self._engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool)
        except ModuleNotFoundError as error:
            raise HistoryError(f"the history's database needs a driver: {error}") from error
        except sqlalchemy.exc.ArgumentError:
            raise HistoryError("SQLAlchemy does not understand the URL of the history") from None
        self._table = _table()

    def remember(self, run: Run) -> list[Run]:
        """Keep a run, and read it back with those before it."""
        import sqlalchemy

        table = self._table
        try:
            self._prepare()
            with self._engine.begin() as connection:
                written = connection.execute(table.insert().values(dataclasses.asdict(run)))
                (key,) = written.inserted_primary_key  # another writer may be ahead by now
                wanted = [table.c[name] for name in FIELDS]
                found = connection.execute(
                    sqlalchemy.select(*wanted)
                    .where(table.c.series == run.series, table.c.quantity == run.quantity)
                    .where(table.c.id <= key)
                    .order_by(table.c.id)
                )
                return [Run(*row) for row in found]
        except sqlalchemy.exc.SQLAlchemyError as error:
            place = self._engine.url.render_as_string(hide_password=True)
            told = str(getattr(error, "orig", None) or error).partition("\n")[0]
            raise HistoryError(f"{place} cannot be used: {told}") from error

    def _prepare(self) -> None:
        import sqlalchemy

        try:
            self._table.create(self._engine, checkfirst=True)
        except sqlalchemy.exc.SQLAlchemyError:
            if not sqlalchemy.inspect(self._engine).has_table(self._table.name):
                raise  # it was not another process that made it meanwhile


def _table() -> Any:
    from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text

    types = {
        "series": String(1000), "quantity": String(200), "machine": Text(), "revision": String(64),
        "at": String(40), "value": Float(53), "error": Float(53), "waited": Float(53),
    }  # fmt: skip
    return Table(
        "mlreqs_runs",
        MetaData(),
        Column("id", Integer, primary_key=True, autoincrement=True),
        *(Column(name, types[name], nullable=False) for name in FIELDS),
    )
