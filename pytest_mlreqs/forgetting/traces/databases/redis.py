"""redis: who is found in a database of Redis, what is in it, and whether it may be written to.

It is not copied: a copy on the same server would take its memory again and the number of another
database, which may be somebody's. A sandbox is a database that was found empty and was marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from fnmatch import fnmatchcase
from typing import Any

from pytest_mlreqs.core.measurement import counted
from pytest_mlreqs.forgetting.traces.content import Content
from pytest_mlreqs.forgetting.traces.databases.database import Unreadable
from pytest_mlreqs.forgetting.traces.databases.told import told
from pytest_mlreqs.forgetting.traces.hashing import hashed_objects
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.search import Search, Trace

MARKER = b"pytest-mlreqs:sandbox"
_MEANING = "may be emptied at any time"
_BATCH = 1_000


def search(url: str, people: People) -> Search:
    """Look for people in all keys and their values, and in what is compressed there."""
    found: dict[tuple[str, str], tuple[set[int], int]] = {}
    unsearched: dict[str, int] = {}
    keys = 0
    with closing(connected(url)) as client:
        for key in _keys(client):
            keys += 1
            kind = client.type(key).decode()
            if kind not in (*_READERS, "none"):
                unsearched[kind] = unsearched.get(kind, 0) + 1
            values = ((kind, value) for value in _flat(_value(client, key, kind)))
            for part, value in (("name", key), *values):
                for how, who in _told(value, people).items():
                    place = f"keys {group(key)}, {part}", how
                    everybody, count = found.get(place, (set(), 0))
                    found[place] = everybody | who, count + 1
    traces = [Trace(*place, frozenset(who), count) for place, (who, count) in found.items()]
    closed = [f"{counted(count, 'key')} of the type {kind}" for kind, count in unsearched.items()]
    return Search(tuple(sorted(traces, key=str)), tuple(closed), counted(keys, "key"))


def content(url: str, ignore: Sequence[str] = ()) -> Content:
    """Keys and values, in one table for all keys with a common beginning.

    Args:
        url: of the database.
        ignore: names of keys or patterns of them, such as `lock:*`.
    """
    rows: dict[str, list[tuple[Any, Any]]] = {}
    with closing(connected(url)) as client:
        for key in _keys(client):
            name = key.decode("utf-8", "backslashreplace")
            if not any(fnmatchcase(name, pattern) for pattern in ignore):
                kind = client.type(key).decode()
                value = _value(client, key, kind) if kind in _READERS else client.dump(key)
                rows.setdefault(group(key), []).append((key, [kind, value]))
    found = {}
    for name, pairs in rows.items():
        keys, values = zip(*pairs, strict=True)
        found[name] = {"key": hashed_objects(keys), "value": hashed_objects(values)}
    return found


def group(key: bytes) -> str:
    """What a key has in common with others, and tells of nobody: `cart:*`, or `*`."""
    start, colon, _ = key.decode("utf-8", "replace").partition(":")
    return f"{start}:*" if colon and start.replace("_", "").isalpha() else "*"


def claim(url: str) -> bool:
    """Mark an empty database as a sandbox; whether it is one now."""
    with closing(connected(url)) as client:
        if not client.dbsize():
            client.set(MARKER, _MEANING)
        return bool(client.exists(MARKER))


def keep(url: str) -> None:
    """Mark a sandbox again, whatever has been emptied since it was claimed."""
    with closing(connected(url)) as client:
        client.set(MARKER, _MEANING)


def clear(url: str) -> None:
    """Empty a sandbox, and give it back.

    Raises:
        Unreadable: if it is none.
    """
    with closing(connected(url)) as client:
        if not client.exists(MARKER):
            raise Unreadable("this database of Redis is no sandbox, and is not emptied")
        client.flushdb()


def connected(url: str, number: int | None = None) -> Any:
    """A client, which gives bytes; of another database of the server, where a number is given."""
    try:
        import redis
    except ImportError as error:
        raise Unreadable('Redis is an extra: pip install "pytest-mlreqs[redis]"') from error
    client = redis.Redis.from_url(url)
    client.connection_pool.connection_kwargs["decode_responses"] = False  # whatever the URL says
    if number is not None:
        client.connection_pool.connection_kwargs["db"] = number
    return client


def _keys(client: Any) -> Iterator[bytes]:
    seen = set()  # a scan may come by twice
    for key in client.scan_iter(count=_BATCH):
        if key != MARKER and key not in seen:
            seen.add(key)
            yield key


def _list(client: Any, key: bytes) -> list[bytes]:
    found: list[bytes] = []
    while batch := client.lrange(key, len(found), len(found) + _BATCH - 1):
        found += batch
    return found


def _stream(client: Any, key: bytes) -> list[Any]:
    found: list[Any] = []
    start = "-"
    while batch := client.xrange(key, start, count=_BATCH):
        found += [[entry, sorted(fields.items())] for entry, fields in batch]
        start = f"({batch[-1][0].decode()}"
    return found


_READERS: dict[str, Any] = {
    "string": lambda client, key: client.get(key),
    "hash": lambda client, key: sorted(set(client.hscan_iter(key, count=_BATCH))),
    "list": _list,
    "set": lambda client, key: sorted(set(client.sscan_iter(key, count=_BATCH))),
    "zset": lambda client, key: sorted(set(client.zscan_iter(key, count=_BATCH))),
    "stream": _stream,
}


def _value(client: Any, key: bytes, kind: str) -> Any:
    return _READERS[kind](client, key) if kind in _READERS else None


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from _flat(one)
    else:
        yield value


def _told(value: Any, people: People) -> dict[str, set[int]]:
    found = told(value, people)
    if isinstance(value, bytes):
        text = told(value.decode("utf-8", "replace"), people)  # a digest in hexadecimal digits
        found |= {how: who for how, who in text.items() if not set().union(*found.values()) >= who}
    return found
