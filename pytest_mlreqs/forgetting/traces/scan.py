"""scan: planted people in raw bytes, in every spelling, however many they are.

With `ahocorasick_rs` the marks are looked for in one pass at the speed of memory; without it, all
spellings go through sieves. The answers are the same.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_mlreqs.forgetting.traces.blocks import Block, blocks
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.sieve import Sieve, sieves
from pytest_mlreqs.forgetting.traces.spelling import Spelling
from pytest_mlreqs.forgetting.traces.spellings import spellings

if TYPE_CHECKING:
    from pytest_mlreqs.forgetting.traces.marks import Marks


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
        parts = [one.parted() for one in wanted]
        self._plain = _finders([plain for plain, _ in parts], fast=fast, few=True)
        self._other = _finders([other for _, other in parts], fast=fast, few=False)
        self._longest = max((one.length for one in wanted), default=0)

    def hits(self, data: Any) -> Iterator[Hit]:
        """Everybody in some bytes, or in a file that is mapped into memory; in no given order."""
        single = memoryview(data).cast("B")
        for block in blocks(single):
            yield from _found(self._plain, block)
            if not block.is_plain(self._longest):
                yield from _found(self._other, block)


def _found(finders: list[Marks | Sieve], block: Block) -> Iterator[Hit]:
    for finder in finders:
        for start, spelling in finder.places(block):
            person = spelling.read(block.data, start)
            if person is not None:
                yield Hit(start, spelling.how, person)


def _finders(spellings: list[Spelling], *, fast: bool, few: bool) -> list[Marks | Sieve]:
    """What finds all of some spellings, of which few share nothing, or many do."""
    marked: list[Spelling] = []
    others: list[Spelling] = []
    for one in spellings:
        if one.written:
            together = fast and (few or one.shared[1]) and not one.is_of_digits
            (marked if together else others).append(one)
    if not marked:
        return [*sieves(others)]
    from pytest_mlreqs.forgetting.traces.marks import Marks

    return [Marks(marked), *sieves(others)]
