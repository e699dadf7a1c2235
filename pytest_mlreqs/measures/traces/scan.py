"""scan: planted people in raw bytes, in every spelling, however many they are.

With `ahocorasick_rs` the marks are looked for in one pass at the speed of memory; without it, all
spellings go through the sieve. The answers are the same.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Any, NamedTuple

from pytest_mlreqs.measures.traces.people import People
from pytest_mlreqs.measures.traces.sieve import Sieve
from pytest_mlreqs.measures.traces.spellings import Spelling, spellings

_BLOCK = 1 << 22  # bytes of which all matches are held at once
_LONG = 15  # bytes: of such texts the sieve needs to see every eighth place only


class Hit(NamedTuple):
    """One person, spelled out at one position."""

    start: int
    how: str
    person: int


class Scanner:
    """Finds the people of one group in bytes. Make it after their values were given out.

    Args:
        people: who is looked for.
        fast: whether to use `ahocorasick_rs`; None uses it where it is installed.
    """

    def __init__(self, people: People, *, fast: bool | None = None) -> None:
        self.people = people
        wanted = spellings(people)
        if fast is None:
            fast = importlib.util.find_spec("ahocorasick_rs") is not None
        marked = [one for one in wanted if fast and one.shared[1]]
        rest = [one for one in wanted if one not in marked]
        short = [one for one in rest if one.length < _LONG]
        long = [one for one in rest if one.length >= _LONG]
        self._marks = _Marks(marked) if marked else None
        self._sieves = [
            (Sieve(some, width), some) for some, width in ((short, 4), (long, 8)) if some
        ]

    def hits(self, data: Any) -> Iterator[Hit]:
        """Everybody in some bytes, or in a file that is mapped into memory; in no given order."""
        single = memoryview(data).cast("B")
        if self._marks is not None:
            yield from self._marks.hits(single)
        for sieve, some in self._sieves:
            for start, index in sieve.places(single):
                person = some[index].read(single, start)
                if person is not None:
                    yield Hit(start, some[index].how, person)


class _Marks:
    """The shared parts of all spellings, looked for at once."""

    def __init__(self, marked: list[Spelling]) -> None:
        import ahocorasick_rs

        owners: dict[bytes, list[Spelling]] = {}
        for spelling in marked:
            for head in spelling.heads:
                owners.setdefault(head, []).append(spelling)
        self._heads = sorted(owners)
        self._owners = [owners[head] for head in self._heads]
        self._longest = max(map(len, self._heads))
        self._automata = []
        for words in (True, False):  # two passes with half of them each are faster than one
            which = [at for at, head in enumerate(self._heads) if head.isalnum() is words]
            if which:
                automaton = ahocorasick_rs.BytesAhoCorasick(
                    [self._heads[at] for at in which],
                    matchkind=ahocorasick_rs.MatchKind.LeftmostFirst,  # the only one that is fast
                )
                self._automata.append((automaton, which))

    def hits(self, data: memoryview) -> Iterator[Hit]:
        """Everybody whose marked spelling is in some bytes."""
        for first in range(0, len(data), _BLOCK):
            last = min(first + _BLOCK, len(data))
            for automaton, which in self._automata:
                block = data[first : last + self._longest - 1]
                matches = automaton.find_matches_as_indexes(block)
                for index, start, stop in matches:
                    at = first + start
                    if at < last:
                        yield from self._read(data, at, which[index])
                        yield from self._overlapped(data, (at, first + stop, last), which)

    def _overlapped(
        self, data: memoryview, match: tuple[int, int, int], which: list[int]
    ) -> Iterator[Hit]:
        """A match hides those of the same automaton that begin within it."""
        start, stop, last = match
        around = bytes(data[start + 1 : stop + self._longest])
        for index in which:
            head = self._heads[index]
            end = stop - start - 2 + len(head)
            at = around.find(head, 0, end)
            while at >= 0:
                if start + 1 + at < last:
                    yield from self._read(data, start + 1 + at, index)
                at = around.find(head, at + 1, end)

    def _read(self, data: memoryview, at: int, index: int) -> Iterator[Hit]:
        for spelling in self._owners[index]:
            start = at - spelling.shared[0]
            person = spelling.read(data, start)
            if person is not None:
                yield Hit(start, spelling.how, person)
