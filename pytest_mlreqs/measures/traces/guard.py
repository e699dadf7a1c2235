"""guard: the user's own stores stay as they are, whatever the user's functions try.

A function that ignores where the copies are would plant people into the real thing. Python tells
an audit hook before it opens, renames or removes a file, and there it ends. Native libraries that
write files themselves tell nobody: they are found out by what has changed afterwards.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pytest_mlreqs.measurement import Fault

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
_CHANGING = (
    *("os.remove", "os.rename", "os.rmdir", "os.truncate", "os.link", "os.chmod", "os.utime"),
    "shutil.rmtree",  # which names what it removes by descriptors
)
_on_guard: list[_Guard] = []
_hooked: list[bool] = []  # an audit hook cannot be taken out again, so there is only one


class _Guard:
    def __init__(self, originals: Iterable[Path]) -> None:
        self.originals = [os.path.realpath(path) for path in originals]
        self.caught = ""

    def covers(self, path: object) -> str:
        """The original that a path lies in, or nothing."""
        if not isinstance(path, (str, bytes, os.PathLike)):
            return ""
        try:
            real = os.path.realpath(os.fsdecode(path))
        except (ValueError, OSError):
            return ""
        inside = (one for one in self.originals if real == one or real.startswith(one + os.sep))
        return next(inside, "")


@contextlib.contextmanager
def guarded_stores(originals: Iterable[Path]) -> Iterator[None]:
    """Let nothing that happens meanwhile change these files and folders.

    Args:
        originals: what must stay as it is.

    Raises:
        Fault: something tried to, even if whoever tried took no notice of being refused; or
            something has changed them behind Python's back.
    """
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked.append(True)
    guard = _Guard(originals)
    before = [_fingerprint(path) for path in guard.originals]
    _on_guard.append(guard)
    try:
        yield
    except Exception as error:
        raise (Fault(guard.caught) if guard.caught else error) from error
    finally:
        _on_guard.remove(guard)
    if guard.caught:
        raise Fault(guard.caught)
    for path, known in zip(guard.originals, before, strict=True):
        if _fingerprint(path) != known:
            raise Fault(f"{os.path.basename(path)} itself was changed while its copy was examined")


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _on_guard:
        return
    if event == "open":
        path, mode, flags = arguments
        writes = any(letter in (mode or "") for letter in "wax+") or bool((flags or 0) & _WRITING)
        touched: tuple[object, ...] = (path,) if writes else ()
    elif event in _CHANGING:
        touched = arguments[:2]
    elif event == "sqlite3.connect":
        database = os.fsdecode(arguments[0])
        touched = (database.removeprefix("file:").partition("?")[0],)
    else:
        return
    for path in touched:
        original = next((one for guard in _on_guard if (one := guard.covers(path))), "")
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


def _fingerprint(path: str) -> tuple[Any, ...]:
    """What changes when anything below a path does: sizes and times, not content."""
    if not os.path.isdir(path):
        return _status(path)
    found = [(path, _status(path)[2:])]
    for folder, _, names in os.walk(path):
        found += [(name, _status(os.path.join(folder, name))) for name in sorted(names)]
    return tuple(found)


def _status(path: str) -> tuple[int, ...]:
    try:
        status = os.lstat(path)
    except OSError:
        return ()
    return (status.st_size, status.st_mtime_ns, status.st_ino)
