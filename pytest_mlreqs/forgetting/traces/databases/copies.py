"""copies: databases as they are now, to be planted into and thrown away.

The original is opened to be read only. A copy has its address before it exists, so that who
makes it can write down first what is to go.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import sqlite3
import uuid
from contextlib import closing
from typing import Any

from pytest_mlreqs.forgetting.traces.databases.database import Unreadable, dialect, file_of

_OURS = "mlreqs_"  # how the names of our databases on a server begin
_LOCAL = ("localhost", "")


def planned(url: str, folder: str) -> str:
    """The URL that a copy of a database will have; it is a file in the folder, or on its server.

    Raises:
        Unreadable: if such a database cannot be copied here.
    """
    known = dialect(url)
    if known in ("sqlite", "duckdb"):
        scheme, _, rest = url.partition("://")
        query = "".join(rest.partition("?")[1:])
        path = os.path.join(os.path.abspath(folder), os.path.basename(file_of(url)))
        return f"{scheme}:///{path}{query}"
    if known == "postgresql":
        name = f"{_OURS}{uuid.uuid4().hex}"
        return str(_parsed(url).set(database=name).render_as_string(hide_password=False))
    raise Unreadable(f"a database of {known} is not copied: give one that may be thrown away")


def copy(url: str, to: str) -> None:
    """Copy a database to where `planned` said.

    Raises:
        Unreadable: if it cannot be copied, as while somebody else writes.
    """
    known = dialect(url)
    if known == "postgresql":
        _copy_postgresql(url, to)
        return
    target = to.partition(":///")[2].partition("?")[0]
    if os.path.exists(target):
        raise Unreadable(f"there is a file {target} already")
    if known == "sqlite":
        from pytest_mlreqs.forgetting.traces.databases.sqlite import connected

        with closing(connected(file_of(url))) as source, closing(sqlite3.connect(target)) as new:
            source.backup(new)
    else:
        _copy_duckdb(file_of(url), target)


def drop(url: str) -> None:
    """Remove a copy from its server; one that is a file goes with its folder.

    Raises:
        Unreadable: if no copy of ours has such a name.
    """
    if dialect(url) in ("sqlite", "duckdb"):
        return
    name = _parsed(url).database
    if not name.startswith(_OURS):
        raise Unreadable(f"{name} is no copy made here, and is not dropped")
    _administer(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def local(url: str) -> bool:
    """Whether a URL of a server leads to this machine; nothing is contacted to find out.

    What it does not say, the driver takes from the environment; that is asked too.
    """
    parsed = _parsed(url)
    hosts = [parsed.host or ""]
    if dialect(url) == "postgresql":
        hosts += [os.environ.get(name, "") for name in ("PGHOSTADDR", "PGSERVICE")]
        hosts += [os.environ.get("PGHOST", "")] * (not parsed.host)
    for name in ("host", "hostaddr", "service", "unix_socket"):
        value = parsed.query.get(name, ())
        hosts += [value] if isinstance(value, str) else value
    return all(_is_local(one) for host in hosts for one in host.split(","))


def _is_local(host: str) -> bool:
    if host in _LOCAL or host.startswith(("/", "@")):  # a socket is a file
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _copy_duckdb(path: str, target: str) -> None:
    try:
        import duckdb
    except ImportError as error:
        extra = 'pip install "pytest-mlreqs[duckdb]"'
        raise Unreadable(f"DuckDB needs an extra: {extra}") from error
    try:  # as long as it is open here nobody else can write
        with closing(duckdb.connect(path, read_only=True)):
            for ending in ("", ".wal"):
                if os.path.exists(path + ending):
                    shutil.copyfile(path + ending, target + ending)
    except duckdb.Error as error:
        raise Unreadable(f"{path} cannot be copied while it is open elsewhere: {error}") from error


def _copy_postgresql(url: str, to: str) -> None:
    source, target = _parsed(url).database, _parsed(to).database
    quoted = '"' + source.replace('"', '""') + '"'
    _administer(url, f'CREATE DATABASE "{target}" TEMPLATE {quoted}')


def _administer(url: str, statement: str) -> None:
    """Run a statement about databases, which none of them may be part of."""
    import sqlalchemy

    from pytest_mlreqs.forgetting.traces.databases.server import engine

    if not local(url):
        raise Unreadable("only databases on this machine are copied and dropped")
    other = _parsed(url).set(database="postgres").render_as_string(hide_password=False)
    server = engine(other, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execution_options(no_parameters=True).exec_driver_sql(statement)
    except sqlalchemy.exc.DBAPIError as error:
        raise Unreadable(f"the server refused: {' '.join(str(error.orig).split())}") from error
    finally:
        server.dispose()


def _parsed(url: str) -> Any:
    try:
        import sqlalchemy
    except ImportError as error:
        extra = 'pip install "pytest-mlreqs[sql]"'
        raise Unreadable(f"{dialect(url)} needs an extra: {extra}") from error
    return sqlalchemy.make_url(url.replace("postgres://", "postgresql://", 1))
