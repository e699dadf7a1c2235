"""Tests of pytest_mlreqs.forgetting.traces.databases.redis."""

import gzip
import hashlib
import sys

import numpy as np
import pytest

from pytest_mlreqs.forgetting.traces.databases.database import Unreadable
from pytest_mlreqs.forgetting.traces.databases.redis import (
    MARKER,
    claim,
    clear,
    content,
    group,
    search,
)
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.search import Trace

pytestmark = pytest.mark.filterwarnings("default:NOT TESTED")

PEOPLE = People.mint(9)


@pytest.fixture
def client(redis_url):
    """A client of an empty database."""
    import redis

    with redis.Redis.from_url(redis_url) as client:
        yield client


def test_every_type(redis_url, client):
    """People are found in the names of keys and in values of every type."""
    client.set(f"cart:{PEOPLE[0].key}", "empty")
    client.set("mail:1", f"to {PEOPLE[1].email.upper()}")
    client.set("blob:1", gzip.compress(PEOPLE[2].key.encode()))
    client.hset("user:1", mapping={"a": "b", str(PEOPLE[3].id): "c"})
    client.hset("user:2", mapping={"id": PEOPLE[4].id})
    client.rpush("log", *(["nobody"] * 2_500), PEOPLE[5].name)
    client.sadd("seen", hashlib.sha256(PEOPLE[6].key.encode()).hexdigest(), "x")
    client.zadd("top", {"nobody": PEOPLE[7].id, "x": 1})
    for _ in range(1_200):
        client.xadd("events:all", {"who": "nobody"})
    client.xadd("events:all", {"who": PEOPLE[8].key})
    found = search(redis_url, PEOPLE)
    assert set(found.traces) == {
        Trace("keys cart:*, name", "text", frozenset({0}), 1),
        Trace("keys mail:*, string", "text", frozenset({1}), 1),
        Trace("keys blob:*, string", "text in gzip", frozenset({2}), 1),
        Trace("keys user:*, hash", "digits", frozenset({3, 4}), 2),
        Trace("keys *, list", "text", frozenset({5}), 1),
        Trace("keys *, set", "sha256", frozenset({6}), 1),
        Trace("keys *, zset", "number", frozenset({7}), 1),
        Trace("keys events:*, stream", "text", frozenset({8}), 1),
    }
    assert (found.searched, found.unsearched) == ("9 keys", ())
    assert search(redis_url, People.mint(9)).traces == ()


def test_a_url_that_asks_for_text(redis_url, client):
    """Bytes are read as bytes although the URL asks for texts."""
    client.set("blob:1", gzip.compress(PEOPLE[2].key.encode()))
    assert search(f"{redis_url}?decode_responses=true", PEOPLE).people == {2}


def test_content(redis_url, client):
    """The content is the same in any order of what has none, and changes with any value."""
    client.set("visits", 7)
    client.hset("user:1", mapping={"a": "1", "b": "2"})
    client.sadd("user:2", "x", "y", "z")
    client.zadd("user:3", {"x": 1})
    client.rpush("lock:1", "x")
    before = content(redis_url, ["lock:*"])
    assert {name: len(table["value"]) for name, table in before.items()} == {"*": 1, "user:*": 3}
    client.delete("user:1", "user:2")
    client.sadd("user:2", "z", "y", "x")
    client.hset("user:1", mapping={"b": "2", "a": "1"})
    again = content(redis_url, ["lock:*"])
    for name, table in before.items():
        for column, cells in table.items():
            assert np.array_equal(np.sort(cells), np.sort(again[name][column]))
    client.zadd("user:3", {"x": 2})
    client.incr("visits")
    after = content(redis_url, ["lock:*"])
    for name in before:
        assert not np.array_equal(np.sort(before[name]["value"]), np.sort(after[name]["value"]))


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (b"cart:17", "cart:*"),
        (b"page_views:17:x", "page_views:*"),
        (b"bob@example.org:cart", "*"),
        (b"17:cart", "*"),
        (b"visits", "*"),
        (b"\xff:1", "*"),
    ],
)
def test_groups(key, name):
    """A group is named by the beginning of its keys, unless that may be somebody."""
    assert group(key) == name


def test_a_sandbox_was_empty(redis_url, client):
    """Only a database that was empty becomes a sandbox, and only a sandbox is emptied."""
    client.set("mine", 1)
    assert claim(redis_url) is False
    with pytest.raises(Unreadable, match="no sandbox"):
        clear(redis_url)
    assert client.keys() == [b"mine"]
    client.delete("mine")
    assert claim(redis_url) is True
    client.set("planted", 1)
    assert claim(redis_url) is True
    assert content(redis_url).keys() == {"*"}
    assert len(content(redis_url)["*"]["key"]) == 1
    assert search(redis_url, PEOPLE).searched == "1 key"
    assert client.exists(MARKER)
    clear(redis_url)
    assert client.dbsize() == 0


def test_redis_is_an_extra(monkeypatch):
    """Where the client is not installed, the message says what to install."""
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(Unreadable, match=r'pip install "pytest-mlreqs\[redis\]"'):
        search("redis://127.0.0.1/0", PEOPLE)
