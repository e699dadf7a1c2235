"""mapped: a file as bytes that are read when they are looked at."""

from __future__ import annotations

import hashlib
import io
import mmap
import os
import stat
from typing import Any


class Unsearchable(Exception):
    """Something that cannot be looked into; its text says why."""


def mapped(path: str | os.PathLike[str]) -> memoryview:
    """The bytes of a file; it is closed when nobody refers to them any more.

    Raises:
        Unsearchable: it is no file, such as a pipe that would never end.
        OSError: it cannot be read.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise Unsearchable("neither a file nor a folder")
    with open(path, "rb") as file:
        return of_file(file)


def of_file(file: Any) -> memoryview:
    """The bytes of an open file."""
    if not os.fstat(file.fileno()).st_size:
        return memoryview(b"")
    return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def fingerprint(*parts: memoryview) -> bytes:
    """What nothing but these very bytes has."""
    digest = hashlib.sha1(
        usedforsecurity=False
    )  # nobody forges here, and machines have it built in
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.digest()


def opened(data: memoryview) -> io.BufferedReader:
    """Bytes as a file for those who ask for one."""
    return io.BufferedReader(_Bytes(data), 1 << 16)


class _Bytes(io.RawIOBase):
    """Reads from bytes that are already there, without a copy of all of them."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._data)}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        part = self._data[self._at : self._at + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)
