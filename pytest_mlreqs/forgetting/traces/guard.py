"""guard: the user's own stores stay as they are, whatever the user's functions try in Python.

A function that ignores where the copies are would plant people into the real thing. Python tells
an audit hook before it opens, renames or removes a file, and there it ends. Native libraries and
other programs tell nobody: what they change has to be found by comparing afterwards.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pytest_mlreqs.core.measurement import DeclarationError

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
# What each event names, and where among its arguments the folders are that paths start from.
_CHANGING: dict[str, tuple[tuple[int, int | None], ...]] = {
    "os.remove": ((0, 1),),
    "os.rmdir": ((0, 1),),
    "os.mkdir": ((0, 2),),
    "os.rename": ((0, 2), (1, 3)),
    "os.link": ((0, 2), (1, 3)),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, None),),
    "os.chmod": ((0, 2),),
    "os.chown": ((0, 3),),
    "os.utime": ((0, 3),),
    "os.setxattr": ((0, None),),
    "os.removexattr": ((0, None),),
    "shutil.rmtree": ((0, 1),),  # which names what it removes by descriptors
    "shutil.move": ((0, None), (1, None)),
}
_ABOVE = ("os.rename", "os.rmdir", "shutil.rmtree", "shutil.move")  # take along what is below
_FOLDERS = "/proc/self/fd"
_on_guard: list[Guard] = []
_hooked: list[bool] = []  # an audit hook cannot be taken out again, so there is only one


class Guard:
    """What must stay as it is, and what was tried.

    Args:
        originals: files and folders; also what they are linked to.
        folder: where the copies are, if whatever is missing there is to be noticed.
        root: what the copies in that folder are laid out like.

    Attributes:
        caught: what was tried, in a sentence; empty if nothing was.
        missing: files that were opened in the folder, and are only below the root.
    """

    def __init__(
        self, originals: Iterable[Path], folder: Path | None = None, root: Path | None = None
    ) -> None:
        self._originals = [os.path.realpath(path) for path in originals]
        self._folder, self._root = folder, root
        self._rests_in = 0
        self.caught = ""
        self.missing: set[str] = set()

    @contextlib.contextmanager
    def rest(self) -> Iterator[None]:
        """Let this thread do what it has to with the originals."""
        self._rests_in = threading.get_ident()
        try:
            yield
        finally:
            self._rests_in = 0

    def covers(self, path: str, *, above: bool) -> str:
        """The original that a path lies in, or nothing; also one below it, where that counts."""
        if self._rests_in == threading.get_ident():
            return ""
        # What is removed or renamed is a link itself, and what is opened is what it leads to.
        last = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        for one in self._originals:
            for real in (os.path.realpath(path), last):
                beside = real.startswith(one + "-") and real[len(one) :] in _BESIDE
                if real == one or real.startswith(one + os.sep) or beside:
                    return one
                if above and one.startswith(real.rstrip(os.sep) + os.sep):
                    return one
        return ""

    def look(self, path: str) -> None:
        """Notice whether a file that is opened is missing where the copies are."""
        if self._folder is None or self._root is None or os.path.lexists(path):
            return
        relative = os.path.relpath(os.path.abspath(path), self._folder)
        if not relative.startswith(os.pardir) and os.path.exists(self._root / relative):
            self.missing.add(relative)


_BESIDE = ("-wal", "-shm", "-journal")


@contextlib.contextmanager
def guarded(guard: Guard) -> Iterator[None]:
    """Let nothing that Python code does meanwhile change what is guarded.

    Raises:
        DeclarationError: something tried to, even if what tried took no notice of being refused.
    """
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked.append(True)
    _on_guard.append(guard)
    try:
        yield
    except Exception as error:
        if guard.caught:
            raise DeclarationError(guard.caught) from error
        raise
    finally:
        _on_guard.remove(guard)
    if guard.caught:
        raise DeclarationError(guard.caught)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _on_guard:
        return
    if event == "open":
        path, mode, flags = arguments
        for guard in _on_guard:
            for one in _paths(path):
                guard.look(one)
        if any(letter in (mode or "") for letter in "wax+") or (flags or 0) & _WRITING:
            _refuse([*_paths(path), *_from_open_folders(path)], above=False)
    elif event in _CHANGING:
        places = _CHANGING[event]
        named = [one for at, base in places for one in _paths(*_from(arguments, at, base))]
        if event == "os.mkdir":  # most that make a folder are content if it is there
            named = [one for one in named if not os.path.isdir(one)]
        _refuse(named, above=event in _ABOVE)
    elif event == "sqlite3.connect":
        for one in _uris(arguments[0]):
            for guard in _on_guard:
                guard.look(one)
        _refuse(_uris(arguments[0]), above=False)


def _refuse(paths: Iterable[str], *, above: bool) -> None:
    for path in paths:
        original = next((one for g in _on_guard if (one := g.covers(path, above=above))), "")
        if not original:
            continue
        name = os.path.basename(original)
        caught = (
            f"the functions to be examined went for {name} itself, not for its copy: let "
            "them take the place from their parameter `stores`, from the environment "
            "(`env`), or from a relative path"
        )
        for guard in _on_guard:  # whichever ends first has to tell
            guard.caught = guard.caught or caught
        raise PermissionError(caught)


def _from(arguments: tuple[Any, ...], at: int, base: int | None) -> tuple[Any, Any]:
    folder = arguments[base] if base is not None and base < len(arguments) else None
    return (arguments[at] if at < len(arguments) else None), folder


def _paths(path: object, folder: object = None) -> list[str]:
    """What a path names, from the folder of a descriptor where there is one; else nothing."""
    if isinstance(path, int) and not isinstance(path, bool):  # a descriptor
        return [f"{_FOLDERS}/{path}"] if os.path.isdir(_FOLDERS) else []
    if not isinstance(path, (str, bytes, os.PathLike)):
        return []
    try:
        text = os.path.join(*_paths(folder), os.fsdecode(path)) if _is_open(folder) else path
        return [os.fsdecode(text)] if "\0" not in os.fsdecode(text) else []
    except ValueError:
        return []


def _is_open(folder: object) -> bool:
    return isinstance(folder, int) and folder >= 0 and os.path.isdir(_FOLDERS)


def _from_open_folders(path: object) -> list[str]:
    """What a relative path would name from each open folder: no event tells which it was."""
    if not isinstance(path, (str, bytes)) or os.path.isabs(path) or not os.path.isdir(_FOLDERS):
        return []
    found = []
    for name in os.listdir(_FOLDERS):
        with contextlib.suppress(OSError):
            if stat.S_ISDIR(os.stat(f"{_FOLDERS}/{name}").st_mode):
                found.append(
                    os.path.join(os.path.realpath(f"{_FOLDERS}/{name}"), os.fsdecode(path))
                )
    return found


def _uris(database: object) -> list[str]:
    """The paths that the name of a database of SQLite may mean, as a path and as a URI."""
    names = _paths(database)
    for name in list(names):
        if name.startswith("file:"):
            path = name.removeprefix("file:").partition("#")[0].partition("?")[0]
            if path.startswith("//"):
                path = "/" + path[2:].partition("/")[2]  # after the host
            names.append(unquote(path))
    return names
