"""stores: where people may be, by whatever name: a path, a URL, an object, or a way to ask.

Each sort of store is searched and read by its own module of `measures.traces`; here is said which.
"""

from __future__ import annotations

import decimal
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.forgetting.rehearsal.filed import BESIDE, FILED, changed, tables
from pytest_mlreqs.forgetting.rehearsal.places import GIVEN, copied
from pytest_mlreqs.forgetting.traces.content import Content
from pytest_mlreqs.forgetting.traces.hashing import hashed_objects
from pytest_mlreqs.forgetting.traces.known import Known
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.refusal import is_url
from pytest_mlreqs.forgetting.traces.search import Search, Trace

MARKER = "mlreqs_sandbox"
_NOWHERE = ("", ":memory:")
_PLAIN = (str, bytes, bytearray, memoryview, int, float, decimal.Decimal, type(None))
_SQLITE, _DUCKDB = b"SQLite format 3\0", b"DUCK"


def by_sort(
    stores: Mapping[str, str], sandbox: Mapping[str, Any], refused: Callable[[str], str | None]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The stores that are copied, by name, and those that are used as they are.

    Args:
        stores: locations by the names of stores; `sandbox:NAME` is given by the fixture.
        sandbox: what the fixture gives, by name.
        refused: why a location is refused, if it is.

    Raises:
        DeclarationError: the fixture gives no such store, or one that is refused.
    """
    given: dict[str, Any] = {}
    copies: dict[str, Any] = {k: one for k, one in stores.items() if not one.startswith(GIVEN)}
    for name, location in stores.items():
        if name in copies:
            continue
        wanted = location.removeprefix(GIVEN)
        if wanted not in sandbox:
            there = ", ".join(map(str, sandbox)) or "nothing"
            raise DeclarationError(f"the fixture sandbox gives no {wanted!r}, but {there}")
        place = sandbox[wanted]
        named = isinstance(place, (str, os.PathLike))
        why = refused(os.fspath(place)) if named else None
        if why := why or (None if copied(place) else throwaway(place)):
            raise DeclarationError(f"refuses the store {name!r}: {why}")
        if copied(place):
            copies[name] = place
        else:
            given[name] = absolute(place)
    return copies, given


def located(place: object) -> str | None:
    """The URL or path that a place is, with a database's file as its URL; None for an object."""
    if isinstance(place, os.PathLike):
        place = os.fspath(place)
    if not isinstance(place, str):
        return None
    if is_url(place):
        if place.startswith("file:"):
            return located(unquote(urlsplit(place).path))
        return place
    sort = database(Path(place))
    return f"{sort}:///{os.path.abspath(place)}" if sort else place


def database(path: Path) -> str:
    """`sqlite` or `duckdb` for the file of one, told by how it begins, else nothing."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:  # a folder, or nothing
        return ""
    return "sqlite" if start == _SQLITE else "duckdb" if start[8:12] == _DUCKDB else ""


def absolute(place: object) -> object:
    """The same place, wherever one works meanwhile; only paths and URLs of files can be another."""
    if isinstance(place, os.PathLike):
        return Path(place).absolute()
    if not isinstance(place, str):
        return place
    if not is_url(place):
        return os.path.abspath(place)
    scheme, found, rest = place.partition(":///")
    path, query, words = rest.partition("?")
    if not found or scheme.partition("+")[0] not in FILED or path in _NOWHERE:
        return place
    return f"{scheme}:///{os.path.abspath(path)}{query}{words}"


def there(location: str) -> bool:
    """Whether what a path or a URL of a file leads to is there: a deletion may have taken it."""
    if not is_url(location):
        return os.path.exists(location)
    scheme, found, rest = location.partition(":///")
    path = rest.partition("?")[0]
    elsewhere = not found or scheme.partition("+")[0] not in FILED or path in _NOWHERE
    return elsewhere or os.path.exists(path)


def asks(place: object) -> bool:
    """Whether a place is a function to be asked, and no object that holds something itself."""
    held = ("predict", "transform", "columns", "__array__")
    return callable(place) and not any(hasattr(place, name) for name in held)


def throwaway(place: object) -> str | None:
    """Why people may not be planted into a store as it is; None where they may.

    A database behind a server has to be empty, or to say by a table `mlreqs_sandbox` that it is
    there to be thrown away.
    """
    location = located(place)
    if location is None or not is_url(location) or location.startswith(("sqlite", "duckdb")):
        return None
    from pytest_mlreqs.forgetting.traces.databases import sql

    names = {table.name.rpartition(".")[2] for table in sql.tables(location)}
    if not names or MARKER in names:
        return None
    return f"it is not empty, and has no table {MARKER} that says it may be thrown away"


def search(
    place: object, people: People, before: Content | None = None, known: Known | None = None
) -> Search:
    """Look for people in a store.

    Args:
        place: a path, a URL, a frame or another object, or a function that yields what there is:
            texts, bytes, numbers, or rows of them.
        people: who was planted.
        before: what it held before these people were made: no row that is still the same can tell
            of them, and where that is cheaper it is not searched.
        known: what `content` has learned.
    """
    location = located(place)
    if location is None:
        if asks(place):
            return _answers(place(), people)  # type: ignore[operator]
        from pytest_mlreqs.forgetting.traces.objects import memory

        return memory.search(place, people)
    if not is_url(location):
        return _searched(Path(location), people, before, known) if there(location) else Search()
    if location.startswith("redis"):
        from pytest_mlreqs.forgetting.traces.databases import redis

        return redis.search(location, people)
    from pytest_mlreqs.forgetting.traces.databases import sql

    if not there(location):
        return Search()
    return sql.search(location, people, changed(location, before, known))


def content(place: object, known: Known | None = None) -> Content:
    """What a store holds, in numbers that can be compared.

    Args:
        place: as in `search`.
        known: what calls before have learned; a file with the same bytes is not read again.
    """
    known = Known() if known is None else known
    location = located(place)
    if location is None:
        from pytest_mlreqs.forgetting.traces.objects import memory

        if not asks(place):
            return memory.content(place)
        answers = hashed_objects(place())  # type: ignore[operator]
        return {"answers": {"answer": answers}}
    if not is_url(location):
        return _held(Path(location), known) if there(location) else {}
    if location.startswith("redis"):
        from pytest_mlreqs.forgetting.traces.databases import redis

        return redis.content(location)
    return tables(location, known) if there(location) else {}


def _searched(path: Path, people: People, before: Content | None, known: Known | None) -> Search:
    """A file or folder: everything by content, and the databases among it by their tables too."""
    from pytest_mlreqs.forgetting.traces import files
    from pytest_mlreqs.forgetting.traces.databases import sql

    whole = files.search(path, people)
    traces, unsearched = list(whole.traces), list(whole.unsearched)
    for name, file in _databases(path):
        # Its bytes hold what was deleted too: that is residue, and told as such.
        beside = tuple(f"{name}{ending}" for ending in ("", *BESIDE))
        traces = [one for one in traces if one.where.partition(", ")[0] not in beside]
        unsearched = [one for one in unsearched if not one.startswith(f"{name}:")]
        place = str(located(file))
        held = None if before is None else _inside(name, before)
        inside = sql.search(place, people, changed(place, held, known))
        traces += [replace(one, where=f"{name}, {one.where}") for one in inside.traces]
        unsearched += [f"{name}, {one}" for one in inside.unsearched]
    return Search(tuple(traces), tuple(unsearched), whole.searched)


def _held(path: Path, known: Known) -> Content:
    from pytest_mlreqs.forgetting.traces.files.content import content as of_files

    inside = dict(_databases(path))
    beside = tuple(f"{name}{ending}" for name in inside for ending in ("", *BESIDE))
    held = dict(of_files(path, ignore=beside, known=known))
    for name, file in inside.items():
        inner = tables(str(located(file)), known)
        held |= {f"{name}/{table}": columns for table, columns in inner.items()}
    return held


def _inside(name: str, content: Content) -> Content:
    """Of what a folder holds, the tables of one database, by their own names."""
    own = f"{name}/"
    return {one.removeprefix(own): rows for one, rows in content.items() if one.startswith(own)}


def _databases(folder: Path) -> Iterable[tuple[str, Path]]:
    """The files of databases in a folder, by their path within it."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if not path.is_symlink() and path.is_file() and database(path):
            yield path.relative_to(folder).as_posix(), path


def _answers(answers: Iterable[object], people: People) -> Search:
    from pytest_mlreqs.forgetting.traces.objects import memory

    found: dict[str, tuple[set[int], int]] = {}
    objects: list[object] = []
    numbers: list[float] = []
    count = 0
    for count, answer in enumerate(answers, 1):  # noqa: B007
        for name, value in _values(answer):
            if not isinstance(value, _PLAIN):
                objects.append(value)
            elif who := people.in_value(value):
                everybody, times = found.get(name, (set(), 0))
                found[name] = (everybody | who, times + 1)
            if isinstance(value, float):
                numbers.append(value)
    objects += [np.array(numbers)] if numbers else []  # of fewer bits, rows of them tell somebody
    traces = [Trace(name, "value", frozenset(who), n) for name, (who, n) in found.items()]
    within = memory.search(objects, people) if objects else Search()
    return Search((*traces, *within.traces), within.unsearched, f"{count:,} answers")


def _values(answer: object, name: str = "") -> Iterable[tuple[str, object]]:
    """The values of a row, by name or position; what is no row is a value itself."""
    if isinstance(answer, Mapping):
        for key, value in answer.items():
            yield (f"keys of {name}" if name else "a key"), key
            yield from _values(value, f"{name}.{key}" if name else str(key))
    elif isinstance(answer, (list, tuple, set, frozenset)):
        for position, value in enumerate(answer):
            yield from _values(value, name or f"position {position}")
    else:
        yield name or "an answer", answer
