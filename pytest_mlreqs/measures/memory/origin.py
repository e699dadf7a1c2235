"""origin: which lines of code had memory allocated.

The line of a library that allocates tells little: the code that called it keeps what it made,
or asked for so much. So the innermost line that is neither in the standard library nor in an
installed package stands for it, where there is one.
"""

from __future__ import annotations

import os
import tracemalloc
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import takewhile

from pytest_mlreqs.core.isolation.stacks import owner

FRAMES = 25  # of the calls that led to an allocation, which lead out of most libraries
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
    called = list(takewhile(lambda at: not _measuring(at[0]), stack))
    if not called:
        return ""
    own = (at for at in called if owner(at[0]) == "project")
    file, number = next(own, called[0])
    return f"{os.path.basename(file)}:{number}"


def _measuring(file: str) -> bool:
    return owner(file) == "ours" or file == tracemalloc.__file__
