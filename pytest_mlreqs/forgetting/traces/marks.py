"""marks: what few spellings differ in, looked for at once at the speed of memory."""

from __future__ import annotations

from collections.abc import Iterator

import ahocorasick_rs

from pytest_mlreqs.forgetting.traces.blocks import Block
from pytest_mlreqs.forgetting.traces.spelling import Spelling


class Marks:
    """Finds the shared parts of spellings; whether more than these is there is for them to say.

    Args:
        spellings: each with a shared part, or of few texts.
    """

    def __init__(self, spellings: list[Spelling]) -> None:
        owners: dict[bytes, list[Spelling]] = {}
        for spelling in spellings:
            for head in spelling.heads:
                owners.setdefault(head, []).append(spelling)
        self._heads = sorted(owners)
        self._owners = [owners[head] for head in self._heads]
        self._longest = max(map(len, self._heads))
        self._automaton = ahocorasick_rs.BytesAhoCorasick(
            self._heads,
            matchkind=ahocorasick_rs.MatchKind.LeftmostFirst,  # the only one that is fast
        )

    def places(self, block: Block) -> Iterator[tuple[int, Spelling]]:
        """Where a spelling can stand, and which; its shared part begins in the block."""
        data, first, last = block.data, block.first, block.last
        around = data[first : last + self._longest - 1]
        for index, start, stop in self._automaton.find_matches_as_indexes(around):
            at = first + start
            if at < last:
                yield from self._owned(index, at)
                yield from self._overlapped(data, at, first + stop, last)

    def _overlapped(
        self, data: memoryview, start: int, stop: int, last: int
    ) -> Iterator[tuple[int, Spelling]]:
        """A match hides those that begin within it."""
        around = bytes(data[start + 1 : stop + self._longest])
        for index, head in enumerate(self._heads):
            end = stop - start - 2 + len(head)
            at = around.find(head, 0, end)
            while at >= 0:
                if start + 1 + at < last:
                    yield from self._owned(index, start + 1 + at)
                at = around.find(head, at + 1, end)

    def _owned(self, index: int, at: int) -> Iterator[tuple[int, Spelling]]:
        for spelling in self._owners[index]:
            yield at - spelling.shared[0], spelling
