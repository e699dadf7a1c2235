"""pages: memory is counted by the page, so that it comes in small ones where it can.

Linux may give memory in huge pages of 2 MiB, by chance where it does so unasked, and for good where
a program advises it of a range. NumPy does that for each array of 4 MiB and more, which is exact,
as the array fills its pages, and fast; but the advice stays when the array is gone, and what small
thing comes to lie there next is counted as 2 MiB. See madvise(2), prctl(2), proc_pid_smaps(5).
"""

from __future__ import annotations

import contextlib
import ctypes
import re
import sys
from collections.abc import Iterator
from pathlib import Path

_MAPS = Path("/proc/self/smaps")
_UNASKED = Path("/sys/kernel/mm/transparent_hugepage/enabled")
_SET_THP_DISABLE, _GET_THP_DISABLE = 41, 42
_DISABLED, _EXCEPT_ADVISED = 1, 2
_HUGE, _SMALL = 14, 15  # of madvise
_FLAGS = b"VmFlags:"
_ADVISED = re.compile(_FLAGS + rb"[^\n]* hg\b")
_RANGE = re.compile(rb"^([0-9a-f]+)-([0-9a-f]+) ", re.MULTILINE)


@contextlib.contextmanager
def small() -> Iterator[None]:
    """Let pages be huge only where that is advised meanwhile."""
    if sys.platform != "linux":
        yield
        return
    with _asked_only(), _unadvised():
        yield


@contextlib.contextmanager
def _asked_only() -> Iterator[None]:
    """No huge pages unasked; before Linux 6.18 that means none, which takes more time."""
    if not _unasked():
        yield
        return
    library = ctypes.CDLL(None)
    before = library.prctl(_GET_THP_DISABLE, 0, 0, 0, 0)
    if library.prctl(_SET_THP_DISABLE, 1, _EXCEPT_ADVISED, 0, 0) != 0:
        library.prctl(_SET_THP_DISABLE, 1, 0, 0, 0)
    try:
        yield
    finally:
        was, kind = before & _DISABLED, before & _EXCEPT_ADVISED
        library.prctl(_SET_THP_DISABLE, was, kind, 0, 0)


def _unasked() -> bool:
    """Whether the system gives huge pages to each process that takes enough memory."""
    try:
        return "[always]" in _UNASKED.read_text(encoding="ascii")
    except OSError:
        return False  # a kernel without huge pages


@contextlib.contextmanager
def _unadvised() -> Iterator[None]:
    """Take back what was advised for arrays that may be gone, for as long."""
    library = ctypes.CDLL(None)
    library.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    ranges = _advised()
    for start, size in ranges:
        library.madvise(start, size, _SMALL)
    try:
        yield
    finally:
        for start, size in ranges:
            library.madvise(start, size, _HUGE)


def _advised() -> list[tuple[int, int]]:
    """Where huge pages are advised: addresses and bytes."""
    try:
        told = _MAPS.read_bytes()
    except OSError:
        return []
    found = []
    for flags in _ADVISED.finditer(told):
        before = max(0, told.rfind(_FLAGS, 0, flags.start()))  # the end of the range before
        at = _RANGE.search(told, before)
        if at is not None:
            start, stop = (int(address, 16) for address in at.groups())
            found.append((start, stop - start))
    return found
