"""pools: the room that Python keeps for small objects, filled up for a while.

Objects of up to 512 bytes live in arenas of 1 MiB, in pools for each size, which Python manages by
itself. What was given free in them is taken again without anybody outside seeing it, and after the
imports of a usual session that is nearly a megabyte for some sizes. Filled up, every small object
that is made meanwhile needs memory that the process did not have before.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import islice, repeat
from pathlib import Path

_MAPS = Path("/proc/self/maps")
_STEP = 1 << 14  # bytes that are taken at once
_MOST = 1 << 28  # bytes that are taken of one size; there is more room in few processes
_OF_BYTES = 33  # of an object of bytes beside its content, the end included
_SIZES = range(512, 0, -16)


@contextlib.contextmanager
def filled() -> Iterator[None]:
    """Let no small object that is made meanwhile use room of one that is gone."""
    plugs = _plugs() if _MAPS.exists() else []
    try:
        yield
    finally:
        plugs.clear()


def _plugs() -> list[list[object]]:
    """Objects of each size, as many as there is room for in memory that the process has."""
    had = _mapped()
    plugs: list[list[object]] = []
    for size in _SIZES:
        for some in _batches(size):
            if had(some[-1]):
                plugs.append(some)
                continue
            plugs.append([one for one in some if had(one)])
            break  # the others are in a new arena; given free they leave room at its beginning
    return [*plugs, *islice(_batches(_SIZES[0]), 1)]


def _batches(size: int) -> Iterator[list[object]]:
    """Objects that take a number of bytes, some at a time."""
    objects = _objects(size)
    for _ in range(_MOST // _STEP):
        yield list(islice(objects, _STEP // size))


def _objects(size: int) -> Iterator[object]:
    """Objects that take a number of bytes each, without end."""
    if size == 16:
        return iter(object, None)
    if size == 32:
        return map(complex, repeat(1.0))
    return map(bytes, repeat(size - _OF_BYTES))


def _mapped() -> Callable[[object], bool]:
    """Whether an object is in memory that the process has by now."""
    starts, stops = [], []
    for line in _MAPS.read_text(encoding="utf-8", errors="replace").splitlines():
        start, _, stop = line.partition(" ")[0].partition("-")
        starts.append(int(start, 16))
        stops.append(int(stop, 16))

    def had(one: object) -> bool:
        address = id(one)  # which is where it is
        at = bisect_right(starts, address) - 1
        return at >= 0 and address < stops[at]

    return had
