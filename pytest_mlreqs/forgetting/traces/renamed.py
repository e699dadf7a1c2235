"""renamed: files and tables whose names are new on every build, put together by what stays.

Spark, `partition_cols` of pandas and MLflow name files by random numbers. Two clean builds tell
where names vary; what has such a name is compared by content, all that is alike as one table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import numpy as np

from pytest_mlreqs.forgetting.traces.content import Content, Table
from pytest_mlreqs.forgetting.traces.hashing import NOTHING

_DRAWN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[^\W_]*\d[^\W_]*", re.IGNORECASE)
_ENDING = re.compile(r"(?:\.[A-Za-z][A-Za-z0-9]{0,9})*$")

Namer = Callable[[str], str]


def put_together(
    clean: Sequence[Content], later: Sequence[Content] = ()
) -> Callable[[Content], Content]:
    """A function that puts tables together whose names vary from build to build.

    Args:
        clean: states of one store that were each built anew.
        later: others; a name that is gone from one varies if another like it has come.
    """
    namer = _namer([set(one) for one in clean], [set(one) for one in later])
    if namer is None:
        return lambda content: content

    def together(content: Content) -> Content:
        groups: dict[str, list[Table]] = {}
        for name, table in content.items():
            groups.setdefault(namer(name), []).append(table)
        return {
            name: tables[0] if len(tables) == 1 else _joined(tables)
            for name, tables in groups.items()
        }

    return together


def _namer(clean: Sequence[AbstractSet[str]], later: Sequence[AbstractSet[str]]) -> Namer | None:
    """How names are written with a `*` where they vary; None if all are the same everywhere."""
    if all(names == clean[0] for names in (*clean, *later)):
        return None
    known: dict[str, Namer] = {}

    def level(parent: str, states: Sequence[Mapping[str, AbstractSet[str]]]) -> None:
        built = [set(one) for one in states[: len(clean)] if one] or [set[str]()]
        stable = set.intersection(*built)
        varied = set().union(*built) - stable
        new = []
        for others in (set(one) for one in states[len(clean) :] if one):
            new.append(others - stable)
            come = set(map(_drawn, new[-1]))
            varied |= {name for name in stable - others if _drawn(name) in come}
        shape = _shape(varied, [*(one & varied for one in built), *(new if varied else ())])
        kept = stable - varied

        def name(part: str) -> str:
            return part if part in kept else shape(part)

        known[parent] = name
        renamed = [_renamed(one, name) for one in states]
        for part in sorted(set().union(*renamed)):
            below = [_split(one.get(part, set())) for one in renamed]
            if any(below):
                level(f"{parent}/{part}", below)

    level("", [*map(_split, clean), *map(_split, later)])

    def named(name: str) -> str:
        path = ""
        for part in name.split("/"):
            path = f"{path}/{known[path](part) if path in known else part}"
        return path[1:]

    return named


def _split(names: Iterable[str]) -> dict[str, set[str]]:
    """The first parts of names, each with what comes after it."""
    found: dict[str, set[str]] = {}
    for name in names:
        first, slash, rest = name.partition("/")
        found.setdefault(first, set()).update([rest] * bool(slash))
    return found


def _renamed(parts: Mapping[str, AbstractSet[str]], name: Namer) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for part, below in parts.items():
        found.setdefault(name(part), set()).update(below)
    return found


def _shape(varied: AbstractSet[str], states: Sequence[AbstractSet[str]]) -> Namer:
    """What is left of a name that varies: all but its numbers, or no more than its ending.

    Args:
        varied: the names that are not in each state.
        states: those of them that are in each, and new ones.
    """
    shapes = [set(map(_drawn, one)) for one in states if one]
    if all(one == shapes[0] for one in shapes) and varied.isdisjoint(set().union(*shapes)):
        shape, wanted = _drawn, set(map(_drawn, varied))
    else:
        shape, wanted = _ended, set(map(_ended, varied))
    return lambda name: shape(name) if shape(name) in wanted else name


def _drawn(name: str) -> str:
    """A name without what may be drawn at random, or counted, in it."""
    return _DRAWN.sub("*", name)


def _ended(name: str) -> str:
    found = _ENDING.search(name.lstrip("."))
    return f"*{found[0] if found else ''}"


def _joined(tables: Sequence[Table]) -> Table:
    """The rows of all, in columns of any."""
    names = dict.fromkeys(name for table in tables for name in table)
    rows = [max((len(cells) for cells in table.values()), default=0) for table in tables]
    return {
        name: np.concatenate(
            [
                table.get(name, np.full(count, NOTHING))
                for table, count in zip(tables, rows, strict=True)
            ]
        )
        for name in names
    }
