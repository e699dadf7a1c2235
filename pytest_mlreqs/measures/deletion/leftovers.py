"""leftovers: how to undo what a sandbox has made, also when its process is dead."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

from pytest_mlreqs.measures.deletion.originals import release
from pytest_mlreqs.measures.traces.databases import copies, redis
from pytest_mlreqs.measures.traces.databases.database import Unreadable
from pytest_mlreqs.measures.traces.journal import Undo

SANDBOX, ORIGINALS = "mlreqs-sandbox-", "mlreqs-originals-"  # how the names of folders begin


def _remove(folder: str) -> None:
    if _ours(folder, SANDBOX):
        for path in Path(folder).glob("work-*/work"):  # the kernel's, which lets nobody in
            path.chmod(0o700)
        shutil.rmtree(folder)


def _release(folder: str) -> None:
    if _ours(folder, ORIGINALS):
        release(folder)


def _ours(folder: str, prefix: str) -> bool:
    path = Path(folder)  # a journal is only a file, and may say anything
    return (
        path.name.startswith(prefix) and path.parent == Path(tempfile.gettempdir())
    ) and path.exists()


def _empty(url: str) -> None:
    with contextlib.suppress(Unreadable):  # it was not taken into use, and is not ours to empty
        redis.clear(url)


UNDO: Undo = {"originals": _release, "folder": _remove, "database": copies.drop, "redis": _empty}
