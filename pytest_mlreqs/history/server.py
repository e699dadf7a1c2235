"""server: the history in a database that a team shares, by SQLAlchemy."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from pytest_mlreqs.core.past import Observation
from pytest_mlreqs.core.terms import NO_SQLALCHEMY, has_sqlalchemy
from pytest_mlreqs.history import HistoryError, rows

_DIGEST = 16  # letters of it, at the end of what is too long for its column


class OnServer:
    """A history in the table `mlreqs_runs`, which is made where there is none.

    Its error messages never hold the password of the URL.
    """

    def __init__(self, url: str) -> None:
        if not has_sqlalchemy():
            raise HistoryError(NO_SQLALCHEMY)
        import sqlalchemy

        try:
            # No pool: connections are closed at once, and none is handed through a fork.
            self._engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool)
        except ModuleNotFoundError as error:
            raise HistoryError(f"the history's database needs a driver: {error}") from error
        except sqlalchemy.exc.ArgumentError:
            raise HistoryError("SQLAlchemy does not understand the URL of the history") from None
        self._table = _table()

    def append(self, observations: Sequence[Observation]) -> None:
        """Keep what was measured, all or nothing."""
        with self._explained():
            columns = self._prepared()
            written = [
                {name: self._fitting(name, rows.row(one)[name]) for name in columns}
                for one in observations
            ]
            with self._engine.begin() as connection:
                connection.execute(self._table.insert(), written)

    def read(self, series: str, id: str, of: str) -> list[Observation]:
        """What was measured of a quantity, oldest first; nothing is made or changed."""
        import sqlalchemy

        now, before = (self._fitting("quantity", word) for word in rows.words(id, of))
        table = self._table
        with self._explained():
            columns = self._columns()
            if not columns:
                return []
            old = table.c.unit.is_(None) if "unit" in columns else sqlalchemy.true()
            select = (
                sqlalchemy.select(*(table.c[name] for name in columns))
                .where(table.c.series == self._fitting("series", series))
                .where((table.c.quantity == now) | ((table.c.quantity == before) & old))
                .order_by(table.c.id)
            )
            with self._engine.connect() as connection:
                found = connection.execute(select).fetchall()
        return [rows.observation(dict(zip(columns, one, strict=True)), id, of) for one in found]

    def _columns(self) -> list[str]:
        """Those of ours that the table has; none where there is no table."""
        import sqlalchemy

        inspector = sqlalchemy.inspect(self._engine)
        if not inspector.has_table(self._table.name):
            return []
        there = {column["name"] for column in inspector.get_columns(self._table.name)}
        return [name for name in (*rows.FIRST, *rows.LATER) if name in there]

    def _prepared(self) -> list[str]:
        """Make the table, or what an older one lacks, and say which columns it has then.

        Another process may do the same at the same time. A role that may write to a table but not
        alter it writes what the table has room for.
        """
        import sqlalchemy

        if not self._columns():
            try:
                self._table.create(self._engine, checkfirst=True)
            except sqlalchemy.exc.SQLAlchemyError:
                if not self._columns():
                    raise
        for name in set(rows.LATER) - set(self._columns()):
            kind = self._table.c[name].type.compile(self._engine.dialect)
            sentence = f"ALTER TABLE {self._table.name} ADD COLUMN {name} {kind}"
            with (
                contextlib.suppress(sqlalchemy.exc.SQLAlchemyError),
                self._engine.begin() as connection,
            ):
                connection.execute(sqlalchemy.text(sentence))
        return self._columns()

    def _fitting(self, column: str, value: Any) -> Any:
        """A value that its column has room for: the end of a longer text is a digest of it."""
        most = getattr(self._table.c[column].type, "length", None)
        if most is None or value is None or len(value) <= most:
            return value
        digest = hashlib.sha256(value.encode(errors="backslashreplace")).hexdigest()[:_DIGEST]
        return value[: most - _DIGEST] + digest

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Tell in a sentence what the database says, without the password."""
        import sqlalchemy

        try:
            yield
        except sqlalchemy.exc.SQLAlchemyError as error:
            place = self._engine.url.render_as_string(hide_password=True)
            words = str(getattr(error, "orig", None) or error).partition("\n")[0]
            raise HistoryError(f"{place} cannot be used: {words}") from error


def _table() -> Any:
    from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text

    types = {
        "series": String(1000), "quantity": String(200), "machine": Text(), "revision": String(64),
        "at": String(40), "value": Float(53), "error": Float(53), "waited": Float(53),
        "unit": String(40), "low": Float(53), "high": Float(53),
    }  # fmt: skip
    return Table(
        "mlreqs_runs",
        MetaData(),
        Column("id", Integer, primary_key=True, autoincrement=True),
        *(Column(name, types[name], nullable=name in rows.LATER) for name in types),
    )
