"""Tests of pytest_mlreqs.forgetting.rehearsal.servers, with real ones."""

import time

import pytest

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.forgetting.rehearsal.servers import Servers
from tests.stores import server

pytestmark = pytest.mark.filterwarnings("default:NOT TESTED")

STATEMENTS = {
    "insert": "INSERT INTO users VALUES ('Ben')",
    "delete": "DELETE FROM users",
    "update": "UPDATE users SET name = 'Ben'",
    "truncate": "TRUNCATE users",
    "drop": "DROP TABLE users",
    "create": "CREATE TABLE more (a TEXT)",
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_a_database_itself(postgresql, write, statement):
    """Whatever is written to the database itself is found by content."""
    write(postgresql, "CREATE TABLE users (name TEXT)", "INSERT INTO users VALUES ('Ann')")
    servers = Servers({"shop": postgresql})
    servers.compare("plant", whole=True)
    write(postgresql, statement)
    with pytest.raises(DeclarationError, match=r"shop itself was changed \((users|more)\)"):
        servers.compare("plant", whole=True)


def test_counters(postgresql, write):
    """Between looks at all content the counters of the server tell, a little late at most."""
    write(postgresql, "CREATE TABLE users (name TEXT)")
    servers = Servers({"shop": postgresql})
    servers.compare("plant", whole=False)
    write(postgresql, "INSERT INTO users VALUES ('Ben')")
    end = time.monotonic() + 10
    with pytest.raises(DeclarationError, match="shop itself"):
        while time.monotonic() < end:
            servers.compare("plant", whole=False)


@pytest.fixture
def neighbours():
    """Two databases of Redis: one for people, and one that is somebody's."""
    import redis

    base = server("MLREQS_TEST_REDIS_URL").rpartition("/")[0]
    own, other = (redis.Redis.from_url(f"{base}/{number}") for number in (61, 62))
    other.set("a", "1")
    other.hset("b", mapping={"c": "2"})
    other.set("soon", "3", px=60_000)
    yield f"{base}/61", own, other
    for client in (own, other):
        client.flushdb()
        client.close()


def test_its_own_database_may_be_emptied(neighbours):
    """A function that empties the database it is for empties no other."""
    url, own, other = neighbours
    servers = Servers({"cache": url})
    own.set("x", "y")
    own.flushdb()
    servers.compare("rebuild", whole=True)
    assert other.get("a") == b"1"


def test_all_databases_are_emptied(neighbours, monkeypatch):
    """What FLUSHALL takes along is put back, with when it ends."""
    from pytest_mlreqs.forgetting.rehearsal import servers as module

    url, _, other = neighbours
    servers = Servers({"cache": url})
    other.flushdb()  # not all of the server's: other tests are using it
    monkeypatch.setattr(module._Neighbours, "_flushes", staticmethod(lambda _: -1))
    with pytest.raises(DeclarationError, match="rebuild emptied other databases of the server"):
        servers.compare("rebuild", whole=False)
    assert (other.get("a"), other.hgetall("b")) == (b"1", {b"c": b"2"})
    assert 0 < other.pttl("soon") <= 60_000
    servers.compare("rebuild", whole=False)


def test_flushall_is_counted():
    """The server counts how often all of it was emptied."""
    import redis

    from pytest_mlreqs.forgetting.rehearsal.servers import _Neighbours

    class Counted(redis.Redis):
        def info(self, section):
            return {"cmdstat_flushall": {"calls": 3}} if section == "commandstats" else {}

    assert _Neighbours._flushes(Counted()) == 3
    with redis.Redis.from_url(server("MLREQS_TEST_REDIS_URL")) as client:
        assert _Neighbours._flushes(client) >= 0
