"""processes: what other processes of this machine do, where /proc says so (Linux).

Elsewhere nothing is known of them: no state, no descendants, no work.
"""

from __future__ import annotations

import contextlib
import os

# In /proc/PID/stat after the name.
_STATE, _PARENT, _TIMES, _START, _RESIDENT = 0, 1, slice(11, 15), 19, 21
_STOPPED = "Tt"  # by a signal, and by a debugger
_ENDED = "ZX"


def alive(pid: int) -> bool:
    """Whether a process runs or could; one that nobody has waited for is dead all the same."""
    return (fields := _stat(pid)) is not None and fields[_STATE] not in _ENDED


def identity(pid: int) -> str:
    """Number and beginning of a process: numbers are given again, in containers in each run."""
    fields = _stat(pid)
    return str(pid) if fields is None else f"{pid} {fields[_START]}"


def stopped(pid: int) -> bool:
    """Whether a process rests until somebody sends it a signal to go on (Ctrl-Z, SIGSTOP)."""
    return (fields := _stat(pid)) is not None and fields[_STATE] in _STOPPED


def descendants(pid: int) -> list[int]:
    """The children of a process, theirs, and so on; those that have ended are not among them."""
    found = [pid]
    for one in found:
        found += filter(alive, _children(one))
    return found[1:]


def forks(pid: int) -> list[int]:
    """The descendants of a process that run the same program with the same words."""
    own = _words(pid)
    return [one for one in descendants(pid) if own and _words(one) == own]


def work_s(pid: int) -> float:
    """Seconds of processor time that a process, its descendants and those that ended have used."""
    ticks = 0
    for one in (pid, *descendants(pid)):
        if (fields := _stat(one)) is not None:
            ticks += sum(map(int, fields[_TIMES]))
    return ticks / os.sysconf("SC_CLK_TCK") if ticks else 0.0


def resident_mib(pid: int) -> float:
    """MiB of memory that a process has in use."""
    fields = _stat(pid)
    return 0.0 if fields is None else int(fields[_RESIDENT]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _words(pid: int) -> bytes:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""


def _children(pid: int) -> list[int]:
    """The children of each thread of a process: proc_tid_children(5)."""
    if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):  # an option of the kernel
        everybody = map(int, filter(str.isdecimal, _listed("/proc")))
        return [one for one in everybody if (_stat(one) or "??")[_PARENT] == str(pid)]
    found: list[int] = []
    for thread in _listed(f"/proc/{pid}/task"):
        with (
            contextlib.suppress(OSError),  # it has ended meanwhile
            open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file,
        ):
            found += map(int, file.read().split())
    return found


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the name, which may hold anything: proc_pid_stat(5)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:  # it has ended, or there is no /proc
        return None


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
