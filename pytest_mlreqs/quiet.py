"""quiet: no two checks that measure the machine run at the same time, whatever the session.

The workers of pytest-xdist would time each other. A lock on a file is given back by the system
when its process ends, however that comes about.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Wait until no other process of this user measures, and keep others from it meanwhile.

    Where there is no such lock (Windows) or no place for it, nobody waits.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            descriptor = os.open(_file(), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            stack.callback(os.close, descriptor)
            if fcntl is not None:
                # Record locks are not handed on to children, so one that is left behind holds none.
                fcntl.lockf(descriptor, fcntl.LOCK_EX)
        yield


def _file() -> Path:
    return Path(tempfile.gettempdir(), f"pytest-mlreqs-{getpass.getuser()}.lock")
