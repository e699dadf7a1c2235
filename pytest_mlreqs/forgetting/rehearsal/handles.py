"""handles: who has a file open, here and in other processes; Linux tells, others do not."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

Files = Mapping[tuple[int, int], str]
"""Files by device and number -> what they are called."""

_PROC = "/proc"


def writable_here(files: Files) -> list[str]:
    """Those of the files that this process can write to without opening them."""
    found = {
        files[number]
        for descriptor, number, _ in _open(os.getpid())
        if number in files and _writes(os.getpid(), descriptor)
    }
    # Some file systems tell another device there than `stat` does, but all tell the path.
    paths = {path: path for path in files.values()}
    mapped = (files.get(number) or paths.get(path) for number, path in _shared_here())
    return sorted(found | set(filter(None, mapped)))


def folders_here() -> list[str]:
    """The folders that this process has open: what is within can be opened by way of them."""
    return [
        os.path.realpath(f"{_PROC}/self/fd/{descriptor}")
        for descriptor, _, mode in _open(os.getpid())
        if stat.S_ISDIR(mode)
    ]


def elsewhere(files: Files, reach: Callable[[str], str] = str) -> list[str]:
    """The processes of other groups that can write to one of the files: name and number.

    Args:
        files: which.
        reach: from what they are called to a path by which they can be opened.

    Returns:
        `another process`, where one has them open into which this one may not look.
    """
    found, own = [], False
    for name in os.listdir(_PROC) if os.path.isdir(_PROC) else ():
        if not name.isdecimal():
            continue
        with contextlib.suppress(OSError):
            if not any(
                number in files and _writes(int(name), descriptor)
                for descriptor, number, _ in _open(int(name))
            ):
                continue
            if os.getpgid(int(name)) == os.getpgid(0):
                own = True
            else:
                command = Path(_PROC, name, "comm").read_text(encoding="utf-8", errors="replace")
                found.append(f"{command.strip()} (process {name})")
    if not found and not own and any(map(_busy, map(reach, files.values()))):
        return ["another process"]
    return found


def _busy(path: str) -> bool:
    """Whether somebody can write to a file: then the kernel lends it to nobody (see fcntl(2))."""
    if sys.platform != "linux":
        return False
    import fcntl

    with contextlib.suppress(OSError), open(path, "rb") as file:
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            return True
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def _open(process: int) -> Iterator[tuple[str, tuple[int, int], int]]:
    """Each descriptor of a process, with device, number and mode of what it leads to."""
    folder = f"{_PROC}/{process}/fd"
    with contextlib.suppress(OSError):
        for descriptor in os.listdir(folder):
            with contextlib.suppress(OSError):
                status = os.stat(f"{folder}/{descriptor}")
                yield descriptor, (status.st_dev, status.st_ino), status.st_mode


def _writes(process: int, descriptor: str) -> bool:
    text = Path(f"{_PROC}/{process}/fdinfo/{descriptor}").read_text(encoding="ascii")
    flags = re.search(r"^flags:\s+(\d+)", text, re.MULTILINE)
    return flags is not None and int(flags[1], 8) & os.O_ACCMODE != os.O_RDONLY


def _shared_here() -> Iterator[tuple[tuple[int, int], str]]:
    """Files that are mapped into this process so that writing there writes to them."""
    with contextlib.suppress(OSError), open(f"{_PROC}/self/maps", encoding="utf-8") as lines:
        for line in lines:
            _, rights, _, device, number, *path = line.rstrip("\n").split(maxsplit=5)
            if rights[1] == "w" and rights[3] == "s" and number != "0":
                major, _, minor = device.partition(":")
                yield (os.makedev(int(major, 16), int(minor, 16)), int(number)), "".join(path)
