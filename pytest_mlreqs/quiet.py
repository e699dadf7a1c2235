"""quiet: no two checks that measure the machine run at the same time, whatever the session.

The workers of pytest-xdist would time each other. A lock on a file is given back by the system
when its process ends, however that comes about.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_AGAIN_S = 0.05


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Wait until no other process of this user measures, and keep others from it meanwhile.

    Where there is no place for the lock, nobody waits.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            descriptor = os.open(_file(), os.O_RDWR | os.O_CREAT, 0o600)
            stack.callback(os.close, descriptor)
            _lock(descriptor)
        yield


def _lock(descriptor: int) -> None:
    """Wait for the lock, which children do not get: one that is left behind holds none."""
    if sys.platform != "win32":
        fcntl.lockf(descriptor, fcntl.LOCK_EX)
        return
    import msvcrt

    while True:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:  # somebody has it; waiting for it would end after ten seconds
            time.sleep(_AGAIN_S)
        else:
            return


def _file() -> Path:
    try:
        user = getpass.getuser()
    except (ImportError, KeyError, OSError):  # no name: Windows services, numbers in containers
        user = str(os.getuid()) if hasattr(os, "getuid") else "nobody"
    return Path(tempfile.gettempdir(), f"pytest-mlreqs-{user}.lock")
