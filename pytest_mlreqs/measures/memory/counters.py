"""counters: how much memory this process has in use, and the most that it ever had.

Linux tells both in `/proc/self/status`. The high-water mark of getrusage(2) is not asked there: it
is handed on to what a process starts. macOS and the BSDs do not hand it on, and `ps` tells the
rest; Windows tells of its working set, which is what is in memory rather than paged out.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from typing import NamedTuple

from pytest_mlreqs.measures.memory.peak import in_use

UNTOLD = "this system does not tell the peak memory of a process"


class Counters(NamedTuple):
    """Bytes of this process.

    Attributes:
        most: that it ever had in use.
        now: that it has.
        files: of these, mapped files; 0 where they are not told apart.
    """

    most: int
    now: int
    files: int = 0


def counters() -> Counters | None:
    """What the system tells of this process; None where it does not tell."""
    if sys.platform == "linux":
        return _linux()
    if sys.platform == "win32":
        return _windows()
    return _unix()


def _linux() -> Counters | None:
    try:
        known = in_use()
        return Counters(known["VmHWM"], known["VmRSS"], known.get("RssFile", 0))
    except (OSError, KeyError):
        return None


def _unix() -> Counters | None:
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        told = subprocess.run(  # noqa: S603  (no word of anybody else's)
            ["ps", "-o", "rss=", "-p", str(os.getpid())],  # noqa: S607  (where it is differs)
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        now = int(told.stdout)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None
    return Counters(most if sys.platform == "darwin" else most * 1024, now * 1024)


class _Windows(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS of psapi.h."""

    _fields_ = (
        ("cb", ctypes.c_uint32),
        ("PageFaultCount", ctypes.c_uint32),
        *(
            (name, ctypes.c_size_t)
            for name in (
                "PeakWorkingSetSize", "WorkingSetSize",
                "QuotaPeakPagedPoolUsage", "QuotaPagedPoolUsage",
                "QuotaPeakNonPagedPoolUsage", "QuotaNonPagedPoolUsage",
                "PagefileUsage", "PeakPagefileUsage",
            )
        ),
    )  # fmt: skip


def _windows() -> Counters | None:
    kernel = getattr(ctypes, "WinDLL")("kernel32")  # noqa: B009  (only there on Windows)
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    ask = kernel.K32GetProcessMemoryInfo  # GetProcessMemoryInfo, in the library of every process
    ask.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32]
    ask.restype = ctypes.c_int
    told = _Windows(cb=ctypes.sizeof(_Windows))
    if not ask(kernel.GetCurrentProcess(), ctypes.byref(told), told.cb):
        return None
    return Counters(told.PeakWorkingSetSize, told.WorkingSetSize)
