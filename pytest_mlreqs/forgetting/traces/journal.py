"""journal: what a check has made outside its own memory, so that it is gone even after kill -9.

Each check that copies stores has a file of its own. A line is written, and is on the disk, before
the thing it names is made; the file goes when all of it is undone. Its owner holds a lock on it
that the system gives back however the owner ends: the next process that gets the lock cleans up.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

Undo = Mapping[str, Callable[[str], None]]
"""How to undo one thing of each sort: removes it, if it is there, and raises if it cannot."""

_ENDING = ".journal"
_open_here: set[Path] = set()  # a lock does not keep out the process that holds it


class Journal:
    """What one check has made; `close` undoes it.

    Args:
        undo: how to undo each sort of thing.
        folder: where the journals of this user are.
    """

    def __init__(self, undo: Undo, folder: Path | None = None) -> None:
        self._undo = undo
        self._path, self._file = _made(journals() if folder is None else folder)
        _open_here.add(self._path)

    def note(self, sort: str, what: str) -> None:
        """Write down what is about to be made."""
        self._file.write(json.dumps([sort, what]) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Undo everything, last made first; the file goes only if all of it went."""
        try:
            _undo(self._file, self._undo)
            self._path.unlink()
        finally:
            self._file.close()
            _open_here.discard(self._path)


def recover(undo: Undo, folder: Path | None = None) -> list[str]:
    """Undo what checks that were killed have left behind.

    Returns:
        What could not be undone, each with why; it is tried again the next time.
    """
    problems: list[str] = []
    for path in sorted((journals() if folder is None else folder).glob(f"*{_ENDING}")):
        if path in _open_here:
            continue
        with contextlib.suppress(OSError), path.open("r+", encoding="utf-8") as file:
            if not _locked(file):
                continue
            try:
                _undo(file, undo)
            except Exception as error:  # of a database that does not answer, say
                problems.append(f"{path.name}: {error}")
            else:
                path.unlink()
    return problems


def journals() -> Path:
    """The folder of this user's journals; a new one where somebody else has taken its name."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    folder = Path(tempfile.gettempdir(), f"pytest-mlreqs-journals-{user}")
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o022):
        return Path(tempfile.mkdtemp(prefix="pytest-mlreqs-journals-"))
    return folder


def _made(folder: Path) -> tuple[Path, IO[str]]:
    """A new journal with the lock on it, which nobody took for an orphan meanwhile."""
    while True:
        path = folder / f"{uuid.uuid4().hex}{_ENDING}"
        file = path.open("x+", encoding="utf-8")
        if _locked(file) and path.exists():
            return path, file
        file.close()


def _undo(file: IO[str], undo: Undo) -> None:
    file.seek(0)
    for line in reversed(file.read().splitlines()):
        try:
            sort, what = json.loads(line)
        except ValueError:  # half a line: what it names was not made yet
            continue
        undo[sort](what)


if sys.platform == "win32":
    import msvcrt

    def _locked(file: IO[str]) -> bool:
        """Take the lock on a file, if nobody has it: on a byte far behind its end."""
        try:
            os.lseek(file.fileno(), 1 << 30, os.SEEK_SET)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(file.fileno(), 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _locked(file: IO[str]) -> bool:
        """Take the lock on a file, if nobody has it."""
        try:
            fcntl.lockf(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
