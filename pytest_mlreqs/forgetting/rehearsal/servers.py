"""servers: what is behind a server and must stay as it is, although no file is to be seen."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.forgetting.traces.databases import opened, redis

_COUNTERS = "SELECT sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del) FROM pg_stat_user_tables"
_SUM = "SELECT count(*), sum(hashtextextended(one::text, 0)::numeric)"
_KEPT_BYTES = 64 << 20
_BATCH = 1_000


class Servers:
    """The originals behind servers, and the neighbours of a database of Redis.

    Args:
        urls: of the stores, by name.
    """

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._databases = {
            name: _Database(url) for name, url in urls.items() if url.startswith("postgres")
        }
        self._neighbours = {
            name: _Neighbours(url) for name, url in urls.items() if url.startswith("redis")
        }

    def compare(self, who: str, *, whole: bool) -> None:
        """Demand that all is as it was.

        Args:
            who: the function that ran last, in words.
            whole: compare all content, not only where counters differ.

        Raises:
            DeclarationError: something is not.
        """
        for name, database in self._databases.items():
            tables = database.changes(whole=whole)
            if tables:
                raise DeclarationError(
                    f"{name} itself was changed ({', '.join(tables[:3])}) while its copy was "
                    f"examined, by {who}: let the functions take the place from their parameter "
                    "`stores` or from the environment (`env`). It is not put back"
                )
        for name, neighbours in self._neighbours.items():
            lost = neighbours.lost()
            if lost:
                raise DeclarationError(
                    f"{who} emptied other databases of the server of {name} ({lost}): a function "
                    "may empty its own by FLUSHDB, and no other by FLUSHALL"
                )


class _Database:
    """A database of PostgreSQL: how many rows were ever written, and a sum over all there are."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._counters, self._sums = self._read(whole=True)

    def changes(self, *, whole: bool) -> list[str]:
        """The tables that hold something else."""
        counters, sums = self._read(whole=whole)
        if counters != self._counters and not whole:
            counters, sums = self._read(whole=True)
        if not sums:
            return []
        self._counters = counters
        return sorted(one for one in {*sums, *self._sums} if sums.get(one) != self._sums.get(one))

    def _read(self, *, whole: bool) -> tuple[object, dict[str, object]]:
        """The counters, which come a little late, and the sums of all tables."""
        sums: dict[str, object] = {"": None}
        with closing(opened(self._url)) as database:
            counters = next(iter(database.rows(_COUNTERS)))[0]
            for table in database.tables() if whole else ():
                if not table.closed and " AS " not in table.source:
                    statement = f"{_SUM} FROM {table.source} AS one"
                    with contextlib.suppress(Exception):  # of rights, say: it is not copied either
                        sums[table.name] = next(iter(database.rows(statement)))[0]
        return tuple(counters), sums if whole else {}


class _Neighbours:
    """The other databases on a server of Redis: their keys are kept to be put back."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._kept: dict[int, list[tuple[bytes, float, bytes]]] = {}
        with closing(redis.connected(url)) as client:
            self._own = client.connection_pool.connection_kwargs.get("db", 0)
            self._count = self._flushes(client)
            size = client.info("memory").get("used_memory_dataset", 0)
            for number in self._numbers(client):
                self._kept[number] = self._dumped(number) if size <= _KEPT_BYTES else []

    def lost(self) -> str:
        """Which of them were emptied, in words; their keys are back then."""
        with closing(redis.connected(self._url)) as client:
            count = self._flushes(client)
        if count == self._count or not self._kept:
            return ""
        self._count = count
        back = sum(self._put_back(number, keys) for number, keys in self._kept.items())
        names = ", ".join(f"number {one}" for one in self._kept)
        large = " and hold too much to be put back" if not any(self._kept.values()) else ""
        return f"{names}{large or f'; {back} keys are put back'}"

    @staticmethod
    def _flushes(client: Any) -> int:
        return int(client.info("commandstats").get("cmdstat_flushall", {}).get("calls", 0))

    def _numbers(self, client: Any) -> Iterator[int]:
        for name in client.info("keyspace"):
            number = int(name.removeprefix("db"))
            if number != self._own:
                yield number

    def _dumped(self, number: int) -> list[tuple[bytes, float, bytes]]:
        """Each key, when it ends in milliseconds (0: never), and what it holds."""
        found = []
        with closing(redis.connected(self._url, number)) as client:
            for key in client.scan_iter(count=_BATCH):
                left, value = client.pttl(key), client.dump(key)
                if value is not None:
                    found.append((key, time.time() * 1e3 + left if left > 0 else 0, value))
        return found

    def _put_back(self, number: int, keys: list[tuple[bytes, float, bytes]]) -> int:
        back = 0
        with closing(redis.connected(self._url, number)) as client:
            for key, end, value in keys:
                if not client.exists(key) and (not end or end > time.time() * 1e3):
                    client.restore(key, int(end), value, absttl=bool(end))
                    back += 1
        return back
