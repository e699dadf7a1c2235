"""entries: what is known of one path of an original, and how it becomes that again."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from pytest_mlreqs.forgetting.rehearsal.sameness import INDEX


@dataclass(slots=True)
class Entry:
    """One path, as it was.

    Attributes:
        sort: `file`, `folder`, `link`, `other`, or `nothing` where there was none.
        target: what a link leads to.
        copy: of a file, put aside.
        status: size, times and number; without a change of these, most likely there was none.
        links: how many names a file has.
        owner: the numbers of its user and group.
        restless: whether it was written to while it was copied.
    """

    sort: str
    target: str = ""
    copy: Path | None = None
    status: tuple[int, ...] = ()
    links: int = 1
    owner: tuple[int, int] = (-1, -1)
    restless: bool = False


def restore(place: str, entry: Entry) -> None:
    """Make a path what it was.

    Raises:
        OSError: it cannot be.
    """
    if entry.sort == "nothing":
        os.unlink(place)
    elif entry.sort == "folder":
        if not os.path.isdir(place) or os.path.islink(place):
            _remove(place)
            os.makedirs(place)
    elif entry.sort == "link":
        _remove(place)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.symlink(entry.target, place)
    elif entry.sort == "file":
        assert entry.copy is not None
        if not os.path.isfile(place) or os.path.islink(place):
            _remove(place)
            os.makedirs(os.path.dirname(place), exist_ok=True)
        # Into the file that is there: another name of it shall show the same.
        mode = "r+b" if os.path.exists(place) else "wb"
        with entry.copy.open("rb") as source, open(place, mode) as target:
            shutil.copyfileobj(source, target)
            target.truncate()
        shutil.copystat(entry.copy, place)
        with contextlib.suppress(OSError):  # only root may, and only root has to
            os.chown(place, *entry.owner)
        with contextlib.suppress(OSError):
            os.unlink(place + INDEX)
        entry.status = status_of(os.lstat(place))


def status_of(status: os.stat_result) -> tuple[int, ...]:
    """What is another, most likely, where a file was written to."""
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
