"""per_core: the kernel counts the pages of a process on each core, and adds them up now and then.

Since Linux 6.2 a core keeps its count to itself until it is 32 pages, or two for each core of the
machine if that is more; the high-water mark knows nothing of it till then, while the memory in use
now is told exactly since 6.16. So the one could be off the other by as much for each core that the
process ever ran on. A count that changes by more at once is added up as it does. Its own pages and
those of files are counted each by themselves; few share memory with others, which is left out.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import mmap
import os
from collections.abc import Callable, Iterator
from pathlib import Path

_MAPS = Path("/proc/self/maps")
_PAGE = mmap.PAGESIZE
_LEAST = 32
_AT_ONCE = 512  # pages of a table, which are given back together


def kept() -> int:
    """Bytes of one kind that a core may keep to itself."""
    return max(_LEAST, 2 * (os.cpu_count() or 1)) * _PAGE


def added_up() -> None:
    """Let each core that this thread may run on add up what it has counted so far."""
    if not hasattr(os, "sched_setaffinity"):
        return
    size = min(2 * kept(), _AT_ONCE * _PAGE)  # its own count may be the other way
    file = _large_file(2 * size)
    with contextlib.suppress(OSError), _moved() as move:  # some sandboxes keep threads in place
        for core in sorted(os.sched_getaffinity(0)):
            move(core)
            _counted(size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            if file is not None:
                with file.open("rb") as opened:
                    _counted(size, mmap.MAP_PRIVATE, opened.fileno())


def _counted(size: int, kind: int, file: int = -1) -> None:
    """Take a number of bytes that are in one table, and give them back at once."""
    with mmap.mmap(file, 2 * size, flags=kind) as pages:
        table = _AT_ONCE * _PAGE
        left = -ctypes.addressof(ctypes.c_char.from_buffer(pages)) % table
        start = left if left < size else 0
        if file == -1:
            pages[start : start + size : _PAGE] = bytes(size // _PAGE)
        else:
            pages[start : start + size : _PAGE]  # a page of a file that is written to is its own


@functools.cache
def _large_file(size: int) -> Path | None:
    """A file of at least a size in bytes that this process has mapped: the code of a library."""
    with (
        contextlib.suppress(OSError),  # without /proc
        _MAPS.open(encoding="utf-8", errors="replace") as maps,
    ):
        for line in maps:  # one by one: what all of them take would be there to be used again
            path = Path(line[line.find("/") :].rstrip("\n"))
            with contextlib.suppress(OSError):
                if "r-xp" in line and path.is_file() and path.stat().st_size >= size:
                    return path
    return None


@contextlib.contextmanager
def _moved() -> Iterator[Callable[[int], None]]:
    """Move this thread to one core and another, and let it go where it likes afterwards."""
    before = os.sched_getaffinity(0)
    try:
        yield lambda core: os.sched_setaffinity(0, {core})
    finally:
        os.sched_setaffinity(0, before)
