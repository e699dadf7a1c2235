"""unpacking: what archives and compressed files hold, while there is room for it."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import importlib
import lzma
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from pytest_mlreqs.forgetting.traces.files.mapped import Unsearchable, of_file, opened

PACKED = frozenset({"gzip", "bzip2", "lzma", "zstd", "zlib", "zip", "tar"})
_BLOCK = 1 << 20
_IN_MEMORY = 1 << 26  # what is larger goes through a file that has no name


class Room:
    """How many bytes may still be unpacked."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._left = limit

    def take(self, size: int) -> None:
        """Use some.

        Raises:
            Unsearchable: there are fewer left.
        """
        if size > self._left:
            raise Unsearchable(f"unpacked it has more than {self.limit:,} bytes")
        self._left -= size


def unpacked(kind: str, data: memoryview, room: Room) -> Iterator[tuple[str, Any]]:
    """The members by name, of one stream that has none; in place of one, why it cannot be read."""
    if kind == "zip":
        yield from _zip(data, room)
    elif kind == "tar":
        yield from _tar(data, room)
    else:
        yield "", _read(lambda: _stream(kind, data), room)


def _zip(data: memoryview, room: Room) -> Iterator[tuple[str, Any]]:
    with zipfile.ZipFile(opened(data)) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield info.filename, _read(lambda info=info: archive.open(info), room)


def _tar(data: memoryview, room: Room) -> Iterator[tuple[str, Any]]:
    with tarfile.open(fileobj=opened(data), mode="r:") as archive:
        for info in archive:
            if info.isfile():
                yield info.name, _read(lambda info=info: archive.extractfile(info), room)


def _stream(kind: str, data: memoryview) -> Any:
    file = opened(data)
    if kind == "gzip":
        return gzip.GzipFile(fileobj=file)
    if kind == "bzip2":
        return bz2.BZ2File(file)
    if kind == "lzma":
        return lzma.LZMAFile(file)
    if kind == "zlib":
        return contextlib.closing(_Zlib(data))
    return _zstd(file)


def _zstd(file: Any) -> Any:
    if sys.version_info >= (3, 14):
        return importlib.import_module("compression.zstd").ZstdFile(file)
    try:
        import zstandard
    except ImportError:
        raise Unsearchable("zstd needs zstandard: pip install pytest-mlreqs[zstd]") from None
    return zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)


class _Zlib:
    """A bare zlib stream, read a block at a time."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0
        self._inflater = zlib.decompressobj()

    def read(self, size: int) -> bytes:
        found = b""
        while not found and not self._inflater.eof:
            more = self._inflater.unconsumed_tail
            if not more:
                more = bytes(self._data[self._at : self._at + _BLOCK])
                self._at += len(more)
            if not more:
                raise EOFError("it ends too early")
            found = self._inflater.decompress(more, size)
        return found

    def close(self) -> None:
        """Nothing is open."""


def _read(source: Any, room: Room) -> memoryview | Unsearchable:
    """All that a stream gives."""
    try:
        with source() as stream, tempfile.SpooledTemporaryFile(_IN_MEMORY) as kept:
            while block := stream.read(_BLOCK):
                room.take(len(block))
                kept.write(block)
            size = kept.tell()
            kept.seek(0)
            if size <= _IN_MEMORY:
                return memoryview(kept.read())
            kept.flush()
            return of_file(kept)
    except Unsearchable as error:
        return error
    except Exception as error:  # readers of broken files raise what they please
        return Unsearchable(f"cannot be unpacked: {error or type(error).__name__}")
