"""places: what stores are called, and what patterns such as `app.db:*.updated_at` mean."""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from pytest_mlreqs.forgetting.traces.refusal import FILES, is_url

GIVEN = "sandbox:"  # before the name of a store that a fixture gives

# What no deletion is to blame for: counters that never go back, the time of the last change, and
# that of the last build, which two clean builds share where the second one had nothing to do.
BOOKKEEPING = (
    "*:sqlite_sequence",
    "*:*.updated_at",
    "*:*.modified_at",
    "*:*.last_modified",
    "*:*.last_updated",
    "*:*.built_at",
    "*:*.generated_at",
    "*:*.trained_at",
)


@dataclass(frozen=True, slots=True)
class Retained:
    """A place that may keep people, and why."""

    where: str
    why: str


def names(declared: Sequence[str]) -> dict[str, str]:
    """A short name for each store -> the store as declared.

    The last part of a path, the name of a database; more of it where several end alike. No name
    tells a host, a user or a password.
    """
    alike = Counter(map(_short, declared))
    found: dict[str, str] = {}
    for location in declared:
        name = _short(location)
        if alike[name] > 1:
            name = _long(location)
        number = sum(one == name or one.startswith(f"{name}-") for one in found)
        found[f"{name}-{number + 1}" if name in found else name] = location
    return found


def file_of(location: str) -> str | None:
    """The path of a store that is a file or folder; None for one behind a server."""
    if not is_url(location):
        return location
    scheme, _, rest = location.partition("://")
    if scheme.partition("+")[0] not in FILES:
        return None
    return rest.removeprefix("/").partition("?")[0]


def copied(place: object) -> bool:
    """Whether a store that a fixture gives is copied all the same: what is behind a server is.

    What a fixture gives of files and objects is thrown away with the fixture.
    """
    return isinstance(place, str) and place.startswith(("postgres", "redis"))


def matches(store: str, table: str, column: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns means a column of a table of a store, or all of the table.

    Args:
        store: the short name of the store.
        table: of the store, or the path of a file in it; may be empty.
        column: of the table; empty for all of it.
        patterns: `store`, `store:table` or `store:table.column`, with `*` and `?`.
    """
    names = {store, f"{store}:{table}"} if not column else {f"{store}:{table}.{column}"}
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns for name in names)


def kept(store: str, where: str, retained: Sequence[Retained]) -> str | None:
    """Why a place, in the words of a trace, may keep people; None where it may not."""
    table, column = names_in(where)
    for one in retained:
        if matches(store, table, "", [one.where]) or matches(store, table, column, [one.where]):
            return one.why
    return None


def names_in(where: str) -> tuple[str, str]:
    """The table or file and the column of `table events, column payload` and the like."""
    found = re.match(r"(?:(?P<file>.+), )?table (?P<table>.+?)(?:, column (?P<column>.+))?$", where)
    if found is None:
        first, _, rest = where.partition(", ")
        return first, rest.removeprefix("column ")
    table = f"{found['file']}/{found['table']}" if found["file"] else found["table"]
    return table, found["column"] or ""


def _short(location: str) -> str:
    if location.startswith(GIVEN):
        return location.removeprefix(GIVEN)
    if not is_url(location):
        return location.replace("\\", "/").rstrip("/").rpartition("/")[2] or "store"
    last = unquote(urlsplit(location).path).rstrip("/").rpartition("/")[2]
    return f"redis-{last or 0}" if _scheme(location).startswith("redis") else last or "store"


def _long(location: str) -> str:
    if is_url(location):
        return f"{_scheme(location)}-{_short(location)}"
    return location.removeprefix(GIVEN).rstrip("/")


def _scheme(location: str) -> str:
    return urlsplit(location).scheme.partition("+")[0]


def misnamed(plain: Iterable[str], patterns: Iterable[str], stores: Sequence[str]) -> Iterator[str]:
    """What is wrong with names of stores, and with patterns of places in them."""
    mentioned = [(name, name) for name in plain]
    mentioned += [(pattern, pattern.partition(":")[0]) for pattern in patterns]
    for pattern, name in mentioned:
        if name not in stores and not set("*?[") & set(name):
            near = difflib.get_close_matches(name, stores, n=1)
            meant = f"; did you mean {near[0]!r}?" if near else f" (stores: {', '.join(stores)})"
            yield f"{pattern!r} names no store{meant}"
