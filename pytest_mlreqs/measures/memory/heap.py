"""heap: what the C library's allocator has in use, and what it keeps for later.

glibc tells of all its arenas (mallinfo(3), 2.33 and later); musl, macOS and Windows do not, and
neither does an allocator that was put in its place, or that a library brings along: mimalloc and
jemalloc in Arrow, Polars and DuckDB. What these keep shows in the private memory of the process.
"""

from __future__ import annotations

import contextlib
import ctypes
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_TRIED = 100_000  # bytes, below what is mapped each by itself
_ROLLUP = Path("/proc/self/smaps_rollup")
_MAPS = Path("/proc/self/maps")
_SHARED = re.compile(  # of no file: what `mmap(-1)` and shared_memory of Python are
    rb"^([0-9a-f]+)-([0-9a-f]+) .w.s .*(?:/dev/zero|/dev/shm/|/memfd:|/SYSV)", re.MULTILINE
)
_OWN = re.compile(rb"^(?:Anonymous|Swap): +(\d+) kB", re.MULTILINE)
_PLUG = 1 << 16
_MOST_PLUGS = 16_384  # 1 GiB; an arena of a thread keeps 64 MiB at most
_BEYOND = 1 << 21  # bytes after the end of an arena: it may lie in a huge page, which is there too


class _Mallinfo2(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd",
            "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
        )
    )  # fmt: skip


def _library() -> Any:
    """The C library, its functions typed; None without `mallinfo2`."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallinfo2"):
        return None
    library.mallinfo2.restype = _Mallinfo2
    library.malloc.restype = ctypes.c_void_p
    library.malloc.argtypes = [ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    library.malloc_trim.argtypes = [ctypes.c_size_t]
    return library


_C = _library()


def counted() -> bool:
    """Whether the heap in use is counted here, which is tried."""
    if _C is None:
        return False
    before = in_use()
    taken = _C.malloc(_TRIED)
    after = in_use()
    _C.free(taken)
    return after - before >= _TRIED


def in_use() -> int:
    """Bytes that are allocated, in whichever arena; only where it is `counted`."""
    info = _C.mallinfo2()
    return int(info.uordblks + info.hblkhd)


def pooled() -> int:
    """Bytes in Arrow's pool, which texts of pandas 3 are in; an allocator of its own serves it."""
    arrow = sys.modules.get("pyarrow")
    pool = getattr(arrow, "default_memory_pool", None)
    if pool is None or pool().backend_name == "system":  # then they are in the heap
        return 0
    return int(pool().bytes_allocated())


def private() -> int:
    """Bytes of memory that this process has for itself, however allocated; 0 where not counted.

    Pages are counted whether or not they are still shared with the process that this was forked
    from, as writing to one is no growth; see proc_pid_smaps(5). Of memory that others may share
    counts what is mapped: pages of it come by and by, as they are read.
    """
    try:
        told = _ROLLUP.read_bytes()
        maps = _MAPS.read_bytes()
    except OSError:
        return 0
    shared = (int(end, 16) - int(start, 16) for start, end in _SHARED.findall(maps))
    return sum(1024 * int(kib) for kib in _OWN.findall(told)) + sum(shared)


@contextlib.contextmanager
def emptied() -> Iterator[None]:
    """Let everything that is allocated meanwhile be memory that the process did not have before.

    What was given free is returned to the system: `malloc_trim` does that for all but the end of a
    thread's arena, of which it says nothing. That is filled up, and given free again afterwards.
    Without it, 10 MiB that a thread takes, gives free and takes again are seen only once.
    """
    if _C is None:
        yield
        return
    _C.malloc_trim(0)
    plugs: list[int] = []
    full = _C.mallinfo2().arena + _BEYOND
    while _C.mallinfo2().arena <= full and len(plugs) < _MOST_PLUGS:
        plugs.append(_C.malloc(_PLUG))
    try:
        yield
    finally:
        for plug in plugs:
            _C.free(plug)
