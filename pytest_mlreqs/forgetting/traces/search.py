"""search: what a search for planted people found, and what it could not look into."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_EXTRA = re.compile(r'pip install "?pytest-mlreqs\[')


@dataclass(frozen=True, slots=True)
class Trace:
    """One place that still tells of planted people.

    Attributes:
        where: the place within its store, in words: `table events, column payload`.
        how: the spelling it was found by: `text`, `whole number`, `sha256`, `base64`, ...
        people: the numbers of those who are found there.
        count: how many rows or occurrences, where that is known; else 0.
    """

    where: str
    how: str
    people: frozenset[int]
    count: int = 0


@dataclass(frozen=True, slots=True)
class Search:
    """What a search of one store came to.

    Attributes:
        traces: the places that tell of planted people, in the order of the store.
        unsearched: what could not be looked into, each with why: `old.rar: no reader for it`.
        searched: how much was looked into, in words: `3 tables, 1,309 rows` or `12 files, 3 MiB`.
    """

    traces: tuple[Trace, ...] = ()
    unsearched: tuple[str, ...] = ()
    searched: str = ""

    @property
    def people(self) -> frozenset[int]:
        """Everybody who was found anywhere."""
        return everybody(self.traces)

    @property
    def extras(self) -> tuple[str, ...]:
        """What could not be looked into only because a package of ours is not installed."""
        return tuple(one for one in self.unsearched if _EXTRA.search(one))


def everybody(traces: Iterable[Trace]) -> frozenset[int]:
    """The people that the traces tell of."""
    return frozenset().union(*(trace.people for trace in traces))
