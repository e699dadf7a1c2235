"""finds: hits gathered to the places they are in."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_mlreqs.forgetting.traces.scan import Hit
from pytest_mlreqs.forgetting.traces.search import Trace

_KEPT = 100_000  # positions of one spelling: of those beyond only the people are known


class Finds:
    """Who was found in one place, by which spelling and where."""

    def __init__(self, hits: Iterable[Hit] = ()) -> None:
        self._people: dict[str, set[int]] = {}
        self._count: dict[str, int] = {}
        self._starts: dict[str, list[int]] = {}
        self.add(hits)

    def add(self, hits: Iterable[Hit]) -> None:
        """Gather more."""
        for start, how, person in hits:
            self._people.setdefault(how, set()).add(person)
            self._count[how] = self._count.get(how, 0) + 1
            starts = self._starts.setdefault(how, [])
            if len(starts) < _KEPT:
                starts.append(start)

    def people(self) -> set[int]:
        """Everybody here."""
        return set().union(*self._people.values())

    def starts(self) -> dict[str, list[int]]:
        """The positions by spelling, in ascending order."""
        return {how: sorted(starts) for how, starts in self._starts.items()}

    def traces(self, where: str, known: set[int] | frozenset[int] = frozenset()) -> list[Trace]:
        """One trace for each spelling; those are left out whose people are all known already."""
        return [
            Trace(where, how, frozenset(people), self._count[how])
            for how, people in self._people.items()
            if not people <= known
        ]
