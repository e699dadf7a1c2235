"""origin: which lines of code had memory allocated.

The line of a library that allocates tells little: it is whoever called it who keeps what it made,
or asked for so much. So the innermost line that is neither in the standard library nor in an
installed package stands for it, where there is one.
"""

from __future__ import annotations

import os
import sysconfig
import tracemalloc
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import takewhile
from pathlib import Path

FRAMES = 25  # of the calls that led to an allocation, which lead out of most libraries
_INSTALLED = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))
_OURS = (str(Path(__file__).parents[1]), tracemalloc.__file__)
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
    own = (at for at in called if not at[0].startswith((*_INSTALLED, "<")))
    file, number = next(own, called[0])
    return f"{os.path.basename(file)}:{number}"
