"""known: what was read before, by its bytes, so that nothing is taken apart twice.

From one state of a store to the next almost nothing changes, but a file with one row more has other
bytes. So its rows are known in blocks: of a block with bytes that were seen before, the hashes are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pytest_mlreqs.forgetting.traces.content import Content, Table
from pytest_mlreqs.forgetting.traces.hashing import NOTHING, Hashes


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a table, one after the other.

    Attributes:
        key: what only such rows have; None where they are not to be known again.
        rows: how many.
        columns: their cells, hashed; one that is not here has no values in these rows.
    """

    key: Hashable
    rows: int
    columns: Table


class Known:
    """The content of stores as it was read so far; keep it for as long as states are compared."""

    def __init__(self) -> None:
        self._contents: dict[Hashable, Content] = {}
        self._blocks: dict[Hashable, Block] = {}
        self._tables: dict[tuple[Hashable, ...], Table] = {}

    def content(self, key: Hashable, read: Callable[[], Content]) -> Content:
        """The content by a key that only the same bytes have; read if that is not known."""
        if key not in self._contents:
            self._contents[key] = read()
        return self._contents[key]

    def held(self, key: Hashable) -> Content | None:
        """The content by a key, if it is known."""
        return self._contents.get(key)

    def block(
        self, raw: bytes | None, how: Hashable, read: Callable[[], tuple[int, Table]]
    ) -> Block:
        """Some rows by their bytes.

        Args:
            raw: the bytes; None if there are none that tell all of it.
            how: all else that decides what they are read as.
            read: how many rows they are and their columns, if such bytes are not known.
        """
        key = None if raw is None else (how, hashlib.sha1(raw, usedforsecurity=False).digest())
        if key in self._blocks:
            return self._blocks[key]
        block = Block(key, *read())
        if key is not None:
            self._blocks[key] = block
        return block

    def joined(self, blocks: Sequence[Block], names: Iterable[str] = ()) -> Table:
        """The table of some blocks; the same object if there was one of the same blocks before.

        Args:
            blocks: in the order of the rows.
            names: columns that it has in any case.
        """
        key = (tuple(names), *(block.key for block in blocks))
        if None in key:
            return self._join(blocks, names)
        if key not in self._tables:
            self._tables[key] = self._join(blocks, names)
        return self._tables[key]

    def _join(self, blocks: Sequence[Block], names: Iterable[str]) -> Table:
        found = dict.fromkeys([*names, *(name for block in blocks for name in block.columns)])
        ends = np.cumsum([0, *(block.rows for block in blocks)]).tolist()
        table: dict[str, Hashes] = {name: np.full(ends[-1], NOTHING) for name in found}
        for block, first, last in zip(blocks, ends, ends[1:], strict=False):
            for name, cells in block.columns.items():
                table[name][first:last] = cells
            if block.key is not None:  # what is known is a part of the table, and no copy
                parts = {name: table[name][first:last] for name in block.columns}
                self._blocks[block.key] = Block(block.key, block.rows, parts)
        return table
