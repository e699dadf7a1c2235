"""stacks: whose code a process was in, from frames and from what faulthandler has written."""

from __future__ import annotations

import functools
import os
import re
import sysconfig
import threading
from typing import IO, Literal

Owner = Literal["ours", "stdlib", "library", "project"]

_HERE = os.path.dirname(os.path.abspath(__file__))
_OURS = os.path.dirname(os.path.dirname(_HERE)) + os.sep
_CHILD = os.path.join(_HERE, "child.py")
_STDLIB = (os.path.dirname(threading.__file__) + os.sep, sysconfig.get_path("stdlib") + os.sep)
_INSTALLED = re.compile(r"[/\\](site|dist)-packages[/\\]")
_THREAD = re.compile(r"^(Current thread|Thread) 0x")
_FRAME = re.compile(r'File "(?P<file>.+)", line (?P<line>\d+) in (?P<name>.+)')


@functools.cache
def owner(file: str) -> Owner:
    """Whose code a file holds: this package's, Python's, a library's or the project's."""
    if file.startswith(_OURS):
        return "ours"
    if _INSTALLED.search(file):
        return "library"
    if file.startswith((*_STDLIB, "<frozen ")):
        return "stdlib"
    # Libraries compile code under names such as <__array_function__ internals>.
    return "library" if file.startswith("<") else "project"


def place(stacks: IO[bytes]) -> str:
    """`; it was at model.py:12, in predict`: the innermost line of the project's, else of others'.

    Empty where all of it was Python's own or ours.
    """
    stacks.seek(0)
    text = stacks.read().decode(errors="replace")
    threads = [_frames(lines) for lines in _threads(text)]
    # One only waits; below it is the stack of the thread that forked it. The check's is first.
    threads = [frames for frames in threads if not _is_in(frames, "run")]
    threads.sort(key=lambda frames: not _is_in(frames, "_work"))
    for frames in threads:
        for wanted in ("project", "library"):
            for file, line, name in frames:
                if owner(file) == wanted:
                    return f"; it was at {os.path.basename(file)}:{line}, in {name}"
    return ""


def _is_in(frames: list[tuple[str, str, str]], name: str) -> bool:
    """Whether a thread is in that function of `child`."""
    return any(file == _CHILD and called == name for file, _, called in frames)


def _threads(text: str) -> list[list[str]]:
    """The lines about each thread, innermost frame first; only of the last time it was written."""
    threads: list[list[str]] = [[]]
    for line in text.splitlines():
        if _THREAD.match(line):
            threads.append([])
        threads[-1].append(line)
    return threads


def _frames(lines: list[str]) -> list[tuple[str, str, str]]:
    found = [frame for line in lines if (frame := _FRAME.search(line))]
    return [(frame["file"], frame["line"], frame["name"]) for frame in found]
