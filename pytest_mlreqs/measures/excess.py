"""excess: what is told of a call that took too much memory, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pytest_mlreqs.measurement import number
from pytest_mlreqs.measures import sites
from pytest_mlreqs.measures.peak import MIB, fitting
from pytest_mlreqs.measures.table import table
from pytest_mlreqs.measures.work import Work, copied

_SHOWN = 0.05  # of what the first line allocated, which is worth another line


def told(
    work: Work, rows: Any, by_rows: Callable[[], Sequence[tuple[int, int]]], limit: float
) -> tuple[str, tuple[str, ...]]:
    """What to try first; the peak by the rows of a call, and the lines that allocated most.

    Args:
        work: took more than `limit` bytes on `rows`.
        rows: of the call.
        by_rows: tells rows and bytes of calls, with the most rows first; asked if it takes rows.
        limit: bytes.
    """
    lines = _lines(work.call, copied(rows))
    if work.X is None:
        return f"look for copies of data in {work.name}", lines
    seen = by_rows()
    fits = fitting(seen, limit) if seen else None
    hint = f"{work.name} takes it for few rows too: look at what it builds on every call"
    if len(seen) == 1 < len(rows):  # the others cannot be told
        hint = "predict in smaller batches"
    if fits is not None:
        hint = f"predict in batches of {number(fits)} rows"
    cells = [(number(count), number(size / MIB)) for count, size in seen]
    return hint, (*table([("rows", "MiB"), *cells]), *lines)


def _lines(call: Callable[[Any], Any], given: Any) -> tuple[str, ...]:
    """What allocated the memory, line by line, where memray is there to tell."""
    if not sites.available():
        return (sites.EXTRA,)
    found = sites.at_peak(call, given)
    cells = [(line, number(size / MIB)) for line, size in found if size > _SHOWN * found[0][1]]
    return tuple(table([("line", "MiB"), *cells])) if cells else ()
