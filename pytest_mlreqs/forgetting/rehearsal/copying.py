"""copying: files and folders as they are now, with the databases among them as libraries do."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from pytest_mlreqs.forgetting.rehearsal import stores
from pytest_mlreqs.forgetting.rehearsal.filed import BESIDE
from pytest_mlreqs.forgetting.rehearsal.mounts import View
from pytest_mlreqs.forgetting.traces.databases import copies


def copy(source: Path, target: Path) -> None:
    """Copy a file, or a folder with what its links lead to: nothing may lead back out."""
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_copy_file, ignore_dangling_symlinks=True)
    else:
        _copy_file(str(source), str(target))


def _copy_file(source: str, target: str) -> None:
    """Copy one file; that of a database as its library does it, with what is not in it yet."""
    sort = stores.database(Path(source))
    if sort:
        copies.copy(f"{sort}:///{source}", f"{sort}:///{target}")
    elif not _beside(source):
        shutil.copy2(source, target)


def _beside(path: str) -> bool:
    """Whether a file belongs to that of a database, and is copied with it."""
    endings = [ending for ending in BESIDE if path.endswith(ending)]
    return any(stores.database(Path(path.removesuffix(ending))) for ending in endings)


def remove_beside(paths: Iterable[Path], view: View) -> None:
    """Let no journal of an original be taken for one of its copy, where a view shows both."""
    for path in map(os.path.realpath, paths):
        for ending in BESIDE if stores.database(Path(path)) else ():
            one = path + ending
            if os.path.isfile(one) and not view.upper(one).exists():
                os.unlink(one)


def make_above(source: Path, target: Path, top: Path) -> None:
    """The folders above a copy, below a top one, with the rights of those above the original."""
    for original, folder in reversed(list(zip(source.parents, target.parents, strict=False))):
        if top in folder.parents and not folder.exists():
            folder.mkdir()
            shutil.copystat(original, folder)
            folder.chmod(folder.stat().st_mode | stat.S_IRWXU)
