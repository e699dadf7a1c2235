"""harm: deletions that do not do what they should, for proving that it would be noticed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from pytest_mlreqs.forgetting.rehearsal import stores as sorts
from pytest_mlreqs.forgetting.rehearsal.functions import called
from pytest_mlreqs.forgetting.traces.persons import Person
from pytest_mlreqs.forgetting.traces.refusal import is_url

_NAME = "mlreqs_planted"


def forgetful(identity: object) -> None:
    """Delete nobody."""


class Greedy:
    """A project that deletes those who look like somebody together with that one.

    Args:
        plant, delete: the user's own.
    """

    def __init__(self, plant: Callable[..., Any], delete: Callable[..., Any]) -> None:
        self._plant = plant
        self._delete = delete
        self._families: list[list[object]] = []

    def plant(self, person: Person, stores: Mapping[str, object]) -> Any:
        """Plant, as always."""
        known = called(self._plant, person, stores=stores)
        if person.like is None:
            self._families.append([])
        self._families[-1].append(person.id if known is None else known)
        return known

    def delete(self, identity: object, stores: Mapping[str, object]) -> None:
        """Delete everybody alike who is still there."""
        family = next((one for one in self._families if identity in one), [])
        while family:
            called(self._delete, family.pop(0), stores=stores)


class Littering:
    """A project that leaves somebody's key behind in one store once somebody was deleted.

    Args:
        plant, delete, rebuild: the user's own.
        store: its short name.
    """

    def __init__(
        self,
        plant: Callable[..., Any],
        delete: Callable[..., Any],
        rebuild: Callable[..., Any],
        store: str,
    ) -> None:
        self._plant = plant
        self._delete = delete
        self._rebuild = rebuild
        self._store = store
        self._key = ""
        self._deleted = False

    def plant(self, person: Person, stores: Mapping[str, object]) -> Any:
        """Plant, as always."""
        self._key = person.key
        return called(self._plant, person, stores=stores)

    def delete(self, identity: object, stores: Mapping[str, object]) -> None:
        """Delete, as always."""
        self._deleted = True
        called(self._delete, identity, stores=stores)

    def rebuild(self, stores: Mapping[str, object]) -> None:
        """Rebuild, then litter."""
        called(self._rebuild, stores=stores)
        if self._deleted:
            _litter(sorts.located(stores[self._store]) or "", self._key)

    def told_of(self, place: object) -> Callable[[], Iterator[object]]:
        """What a function tells, or an object, and from the deletion on of somebody more."""

        def answers() -> Iterator[object]:
            yield from place() if sorts.asks(place) else [place]  # type: ignore[operator]
            if self._deleted:
                yield self._key

        return answers


def _litter(location: str, key: str) -> None:
    statements = [
        f"CREATE TABLE IF NOT EXISTS {_NAME} (name VARCHAR(99))",
        f"INSERT INTO {_NAME} VALUES ('{key}')",  # noqa: S608
    ]
    if location.startswith("sqlite"):
        with closing(sqlite3.connect(location.partition(":///")[2])) as database, database:
            for statement in statements:
                database.execute(statement)
    elif location.startswith("duckdb"):
        import duckdb

        with closing(duckdb.connect(location.partition(":///")[2])) as duck:
            for statement in statements:
                duck.execute(statement)
    elif location.startswith("redis"):
        from redis import Redis

        with closing(Redis.from_url(location)) as client:
            client.set(_NAME, key)
    elif is_url(location):
        from pytest_mlreqs.forgetting.traces.databases.server import engine

        server = engine(location)
        with closing(server.raw_connection()) as connection:
            for statement in statements:
                connection.cursor().execute(statement)
            connection.commit()
        server.dispose()
    elif location:
        path = Path(location)
        with (path / _NAME if path.is_dir() else path).open("ab") as file:
            file.write(f"\n{key}\n".encode())


class Stale:
    """A project that goes on with the model from before the deletion.

    Args:
        delete, load: the user's own.
    """

    def __init__(self, delete: Callable[..., Any], load: Callable[..., Any]) -> None:
        self._delete = delete
        self._load = load
        self._last: Any = None
        self._deleted = False

    def delete(self, identity: object, stores: Mapping[str, object]) -> None:
        """Delete, as always."""
        self._deleted = True
        called(self._delete, identity, stores=stores)

    def load(self, stores: Mapping[str, object]) -> Any:
        """The model of today, until somebody is deleted."""
        if not self._deleted:
            self._last = called(self._load, stores=stores)
        return self._last


class Hoarding:
    """A project whose model keeps all rows that it ever saw.

    Args:
        load, data: the user's own.
    """

    def __init__(self, load: Callable[..., Any], data: Callable[..., Any]) -> None:
        self._load = load
        self._data = data
        self._seen: list[Any] = []

    def load(self, stores: Mapping[str, object]) -> Any:
        """The model, with the rows."""
        from pytest_mlreqs.models.harm.altered import Altered

        self._seen.append(called(self._data, stores=stores)[0])
        model = Altered(called(self._load, stores=stores), lambda call, X: call(X))
        model.rows_ = list(self._seen)  # type: ignore[attr-defined]
        return model
