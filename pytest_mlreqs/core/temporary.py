"""temporary: one folder for what a check writes to disk, which goes with it however it ends.

Copies of the user's data are in there. The session makes the folder, and the warden of the check
removes it (see `isolation`). Each process that works on it holds a lock that the system gives
back, so that the next check may remove what is left of one whose session and warden were killed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_PREFIX = "mlreqs-check-"
_folders: list[Path] = []  # of the checks that run in this process, innermost last


def folder() -> Path:
    """The folder of the check that runs here; outside of checks, that of the system."""
    return _folders[-1] if _folders else Path(tempfile.gettempdir())


class CheckFolder:
    """A new folder, locked until all processes that work with it have ended.

    Attributes:
        path: where it is.
    """

    def __init__(self) -> None:
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
            self._lock = _locked(self.path)
            # Else it was taken for an orphan before it had its lock, and is gone or going.
            if self._lock is not None and self.path.exists():
                return
            self.close()

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Let it be the one that `folder` returns."""
        _folders.append(self.path)
        try:
            yield
        finally:
            _folders.remove(self.path)

    def remove(self) -> None:
        """Remove it with all that is in it, if it is there."""
        _remove(self.path)

    def close(self) -> None:
        """Give the lock back; forked processes may still hold theirs."""
        if self._lock is not None and self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def remove_orphans() -> None:
    """Remove the folders of checks of which no process is left."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if path.is_symlink() or not _is_own(path):
                continue
            lock = _locked(path)
            if lock is not None and lock >= 0:
                try:
                    _remove(path)
                finally:
                    os.close(lock)


def _is_own(path: Path) -> bool:
    return not hasattr(os, "getuid") or path.lstat().st_uid == os.getuid()


def _locked(path: Path) -> int | None:
    """The descriptor of a lock on a folder; None where somebody has it, -1 where there is none."""
    if fcntl is None:
        return -1
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return -1
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        return None if isinstance(error, BlockingIOError) else -1
    return descriptor


def _remove(path: Path) -> None:
    """Remove a folder, also where a program has made folders in it that nobody may change."""
    for where, names, _ in os.walk(path):
        for name in names:
            inner = os.path.join(where, name)
            if not os.path.islink(inner):
                with contextlib.suppress(OSError):
                    os.chmod(inner, 0o700)
    shutil.rmtree(path, ignore_errors=True)
