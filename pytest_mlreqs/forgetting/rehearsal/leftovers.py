"""leftovers: how to undo what a sandbox has made, also when its process is dead."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from pytest_mlreqs.core import processes
from pytest_mlreqs.forgetting.rehearsal import handles
from pytest_mlreqs.forgetting.rehearsal.originals import LIST, Originals
from pytest_mlreqs.forgetting.traces.databases import copies, redis
from pytest_mlreqs.forgetting.traces.databases.database import Unreadable
from pytest_mlreqs.forgetting.traces.journal import Undo

SANDBOX, ORIGINALS = "mlreqs-sandbox-", "mlreqs-originals-"  # how the names of folders begin


def _remove(folder: str) -> None:
    if _ours(folder, SANDBOX):
        for work in Path(folder).glob("work-*"):  # the kernel's, which lets nobody in
            for where, names, _ in os.walk(work):
                for name in names:
                    Path(where, name).chmod(0o700)
        shutil.rmtree(folder)


def _release(folder: str) -> None:
    """Remove what was put aside, unless an original is another now.

    The process that started the check, and knows that it has just died, puts back what it has
    changed. A later process cannot know who changed it.

    Raises:
        Unreadable: an original is another, and was not put back.
    """
    aside = Path(folder)
    if _ours(folder, ORIGINALS) and (aside / LIST).exists():  # else nobody was planted yet
        listed = json.loads((aside / LIST).read_text(encoding="utf-8"))
        originals = Originals.read(aside)
        changes = originals.changes(whole=True) if listed["within_reach"] else []
        old = [one for one in changes if one.sort != "new"]
        just_died = listed["parent"] == processes.identity(os.getpid())
        if old and just_died and not handles.elsewhere(originals.files):
            left = originals.put_back(changes)
            back = [one.path for one in old if one.path not in left]
            old = [one for one in old if one.path in left]
            sys.stderr.write(f"a check was ended that had changed {', '.join(back)}: it is back\n")
        if old:
            raise Unreadable(
                f"{old[0].path} is not as it was before a check that was killed; what it was is "
                f"in {folder}: compare them, and remove that folder"
            )
    if _ours(folder, ORIGINALS):
        shutil.rmtree(aside, ignore_errors=True)


def _ours(folder: str, prefix: str) -> bool:
    path = Path(folder)  # a journal is only a file, and may say anything
    return (
        path.name.startswith(prefix) and path.parent == Path(tempfile.gettempdir())
    ) and path.exists()


def _empty(url: str) -> None:
    with contextlib.suppress(Unreadable):  # it was not taken into use, and is not ours to empty
        redis.clear(url)


UNDO: Undo = {"originals": _release, "folder": _remove, "database": copies.drop, "redis": _empty}
