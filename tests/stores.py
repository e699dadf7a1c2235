"""Databases for the tests: files, and servers that .ci/servers starts on loopback."""

import contextlib
import os
import sqlite3
import uuid
import warnings

import pytest

SERVERS = "source .ci/servers"


def server(variable):
    """The URL of a server for tests; loudly skipped without one, and never in CI."""
    url = os.environ.get(variable)
    if url:
        return url
    reason = f"NOT TESTED: {variable} is not set; {SERVERS}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    warnings.warn(reason, stacklevel=1)
    pytest.skip(reason)


@pytest.fixture
def postgresql():
    """A URL of a database of this test's own."""
    import psycopg

    url = server("MLREQS_TEST_POSTGRES_URL")
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"{url.rpartition('/')[0]}/{name}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def redis_url(worker_id):
    """A URL of a database of this worker's own, which is empty."""
    import redis

    worker = int(worker_id.removeprefix("gw")) if worker_id != "master" else 0
    url = f"{server('MLREQS_TEST_REDIS_URL').rpartition('/')[0]}/{worker}"
    with redis.Redis.from_url(url) as connection:
        connection.flushdb()
        yield url
        connection.flushdb()


@pytest.fixture(params=["sqlite", "duckdb", "postgresql"])
def url(request, tmp_path):
    """A URL of an empty database, of each dialect."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql")
    return f"{request.param}:///{tmp_path}/app.db"


@pytest.fixture
def write():
    """Run statements in the database at a URL; a statement may come with rows of parameters."""
    return _write


def _write(url, *statements):
    with contextlib.ExitStack() as stack:
        connection, placeholder = _connection(url)
        stack.callback(connection.close)
        cursor = connection.cursor()
        for statement in statements:
            text, rows = (statement, None) if isinstance(statement, str) else statement
            if rows is None:
                cursor.execute(text)
            elif rows:
                cursor.executemany(text.replace("?", placeholder), rows)
        connection.commit()


def _connection(url):
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return sqlite3.connect(rest[1:]), "?"
    if scheme == "duckdb":
        import duckdb

        return duckdb.connect(rest[1:]).cursor().begin(), "?"
    import psycopg

    return psycopg.connect(url), "%s"
