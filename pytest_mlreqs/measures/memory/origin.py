"""origin: which lines of code had memory allocated.

The line of a library that allocates tells little: it is whoever called it who keeps what it made,
or asked for so much. So the innermost line that is neither in the standard library nor in an
installed package stands for it, where there is one.
"""

from __future__ import annotations

import os
import re
import sysconfig
import tracemalloc
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import takewhile
from pathlib import Path

FRAMES = 25  # of the calls that led to an allocation, which lead out of most libraries
_STDLIB = sysconfig.get_path("stdlib")
_INSTALLED = re.compile(r"[/\\](site|dist)-packages[/\\]")  # of any environment on the path
_OURS = (str(Path(__file__).parents[2]), tracemalloc.__file__)
_NAMED = 3

Stack = Sequence[tuple[str, int]]
"""File and line number, innermost first."""


def lines(allocations: Iterable[tuple[Stack, int]]) -> list[tuple[str, int]]:
    """`file.py:12` and bytes, largest first: three at most, and none of this package's own.

    Args:
        allocations: the stack that led to each, and its bytes.
    """
    return largest(sizes(allocations))


def sizes(allocations: Iterable[tuple[Stack, int]]) -> Counter[str]:
    """Bytes by `file.py:12`; see `lines`."""
    found: Counter[str] = Counter()
    for stack, size in allocations:
        found[_line(stack)] += size
    del found[""]
    return found


def largest(sizes: Counter[str]) -> list[tuple[str, int]]:
    """The three with the most bytes."""
    return [(line, size) for line, size in sizes.most_common(_NAMED) if size > 0]


def _line(stack: Stack) -> str:
    called = list(takewhile(lambda at: not at[0].startswith(_OURS), stack))
    if not called:
        return ""
    own = (at for at in called if not _foreign(at[0]))
    file, number = next(own, called[0])
    return f"{os.path.basename(file)}:{number}"


def _foreign(file: str) -> bool:
    """Whether a file is of the standard library or of an installed package."""
    return file.startswith((_STDLIB, "<")) or _INSTALLED.search(file) is not None
