"""server: a database that is reached by SQLAlchemy, with whichever driver is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from typing import Any

from pytest_mlreqs.forgetting.traces.databases.database import BATCH, Database, Unreadable, dialect

_DRIVERS = {
    "postgresql": ("psycopg", "psycopg2", "pg8000"),
    "mysql": ("pymysql", "MySQLdb", "mysql.connector"),
}
_NAMED = {"MySQLdb": "mysqldb", "mysql.connector": "mysqlconnector"}  # as URLs have them
_ASYNC = ("asyncpg", "aiomysql", "asyncmy", "psycopg_async")


class Server(Database):
    """A database on a server; nothing can be written over this connection."""

    before: tuple[str, ...] = ("SET TRANSACTION READ ONLY",)

    def __init__(self, url: str) -> None:
        self._engine = engine(url)

    def rows(self, statement: str) -> Iterator[Sequence[Sequence[Any]]]:
        """What a statement selects, in batches, in a transaction of its own."""
        import sqlalchemy

        try:
            connected = self._engine.connect()
        except sqlalchemy.exc.DBAPIError as error:
            said = " ".join(str(error.orig).split())
            raise Unreadable(f"the server does not answer: {said}") from error
        with connected as connection:
            for first in self.before:
                connection.exec_driver_sql(first)
            plain = connection.execution_options(stream_results=True, no_parameters=True)
            yield from plain.exec_driver_sql(statement).partitions(BATCH)

    def close(self) -> None:
        """Let go of the server."""
        self._engine.dispose()


def engine(url: str, **options: Any) -> Any:
    """SQLAlchemy's engine for a URL, which keeps no connection while it is not used."""
    try:
        import sqlalchemy
    except ImportError as error:
        extra = 'pip install "pytest-mlreqs[sql]", and a driver for the database'
        raise Unreadable(f"{dialect(url)} needs an extra: {extra}") from error
    try:
        return sqlalchemy.create_engine(
            with_driver(url), poolclass=sqlalchemy.pool.NullPool, **options
        )
    except (ImportError, sqlalchemy.exc.ArgumentError) as error:
        raise Unreadable(f"a database of {dialect(url)} cannot be reached: {error}") from error


def with_driver(url: str) -> str:
    """The URL with a driver that is installed, where it names none or one for asyncio."""
    scheme, _, rest = url.partition("://")
    name = dialect(url)
    driver = scheme.partition("+")[2]
    if driver and driver not in _ASYNC:
        return url
    for module in _DRIVERS["mysql" if name == "mariadb" else name]:
        if importlib.util.find_spec(module.partition(".")[0]) is not None:
            return f"{name}+{_NAMED.get(module, module)}://{rest}"
    wanted = " or ".join(_DRIVERS["mysql" if name == "mariadb" else name])
    raise Unreadable(f"{name} needs a driver: pip install {wanted}")
