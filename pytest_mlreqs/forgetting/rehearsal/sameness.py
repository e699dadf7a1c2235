"""sameness: whether two files, or two databases of SQLite, hold the same."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from pytest_mlreqs.forgetting.rehearsal.filed import BESIDE

INDEX = "-shm"  # of a write-ahead log; every reader writes to it, and it is made anew
_CHUNK = 1 << 20  # bytes


def equal(path: str, copy: Path) -> bool:
    """Whether two files have the same content; not if one of them is not there."""
    try:
        with open(path, "rb") as one, copy.open("rb") as other:
            while True:
                chunk = one.read(_CHUNK)
                if chunk != other.read(_CHUNK):
                    return False
                if not chunk:
                    return True
    except OSError:
        return False


def rows(files: Mapping[str, str | None], place: Path) -> bytes | None:
    """A digest of the rows of a database, read from a copy, as reading one writes beside it.

    Args:
        files: by what their names end with, as in `BESIDE`; empty for the database itself.
        place: where the copy may be meanwhile.

    Returns:
        None, if they cannot be read.
    """
    digest = hashlib.sha1(usedforsecurity=False)
    try:
        for ending, source in files.items():
            if source is not None and ending != INDEX and os.path.exists(source):
                shutil.copyfile(source, f"{place}{ending}")
        with closing(sqlite3.connect(place)) as database:
            for line in database.iterdump():
                digest.update(line.encode("utf-8", "surrogatepass"))
    except (sqlite3.Error, OSError, UnicodeError):
        return None
    finally:
        for ending in ("", *BESIDE):
            Path(f"{place}{ending}").unlink(missing_ok=True)
    return digest.digest()
