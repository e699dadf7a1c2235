"""unpacking: what is in compressed bytes, told by how they begin."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable

CAP = 64 << 20  # bytes; enough to see who is in, and no bomb


def unpacked(data: bytes) -> tuple[str, bytes] | None:
    """By what `data` is compressed, and what is in it (of more than 64 MiB the beginning)."""
    packer = _packer(data)
    if packer is None:
        return None
    name, unpack = packer
    try:
        return name, unpack(data)
    except (OSError, EOFError, lzma.LZMAError, zlib.error):  # it only began like that
        return None


def _packer(data: bytes) -> tuple[str, Callable[[bytes], bytes]] | None:
    if data[:2] == b"\x1f\x8b":
        return "gzip", lambda raw: zlib.decompressobj(31).decompress(raw, CAP)
    if data[:3] == b"BZh":
        return "bz2", lambda raw: bz2.BZ2Decompressor().decompress(raw, CAP)
    if data[:6] == b"\xfd7zXZ\0":
        return "xz", lambda raw: lzma.LZMADecompressor().decompress(raw, CAP)
    deflated = len(data) > 2 and data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0
    return ("zlib", lambda raw: zlib.decompressobj().decompress(raw, CAP)) if deflated else None
