"""lines: a text in blocks of whole lines, which are read again only where they have changed."""

from __future__ import annotations

import io
from collections.abc import Iterator

_BLOCK = 1 << 18  # bytes


def blocks(file: io.BufferedReader, *, quotes: bool = False) -> Iterator[bytes]:
    """What is left of a file, in blocks of some lines.

    Args:
        file: opened, at the beginning of a line.
        quotes: whether there are no lines to be parted between a double quote and the next.
    """
    while block := file.read(_BLOCK) + file.readline():
        while quotes and block.count(b'"') % 2 and (more := file.read(len(block))):
            block += more + file.readline()
        yield block


def text_of(block: bytes) -> str:
    """Lines as a text; what is no UTF-8 comes as escapes."""
    return block.decode("utf-8", "backslashreplace")


def valid(block: bytes) -> bytes:
    """Lines in UTF-8, as `text_of` reads them."""
    return block if block.isascii() else text_of(block).encode()


def lines_of(block: bytes) -> list[str]:
    """The lines of a block, with how they end."""
    found = text_of(block).split("\n")
    return [f"{line}\n" for line in found[:-1]] + [found[-1]] * bool(found[-1])
