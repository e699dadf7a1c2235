"""excess: why a call took too much memory, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from pytest_mlreqs.core.evidence import Column, Evidence, Note, Series, Table
from pytest_mlreqs.core.measurement import MIB, number
from pytest_mlreqs.measures.memory import sites
from pytest_mlreqs.measures.memory.peak import fitting
from pytest_mlreqs.measures.memory.work import Work, copied

_MOST = 0.5  # of the peak, or of the limit; such a line is what to look at
_SHOWN = 0.05  # of what the first line allocated, which is worth another line


def told(
    work: Work, rows: Any, by_rows: Callable[[], Sequence[tuple[int, int]]], limit: float
) -> tuple[str, tuple[Evidence, ...]]:
    """What to try first; the peak by the rows of a call, and the lines that allocated most.

    Args:
        work: took more than `limit` bytes on `rows`.
        rows: of the call.
        by_rows: tells rows and bytes of calls, with the most rows first; asked if it takes rows.
        limit: bytes.
    """
    found = _lines(work.call, copied(rows))
    if work.X is None:
        first = _most(found, limit)
        hint = f"look for copies of data in {work.name}"
        return hint + (f", at {first} first" if first else ""), _shown(found)
    seen = by_rows()
    first = _most(found, seen[0][1] if seen else limit)
    fits = fitting(seen, limit) if seen else None
    hint = f"{work.name} takes it for few rows too: look at what it builds on every call"
    hint += f", at {first} first" if first else ""
    if len(seen) == 1 < len(rows):  # the others cannot be told
        hint = "predict in smaller batches"
    if fits is not None:
        hint = f"predict in batches of {number(fits)} rows"
    if first and first not in hint:
        hint += f", or look at {first}"
    peaks = Series(
        title="peak by rows of a call",
        x=tuple(count for count, _ in seen),
        y=tuple(size / MIB for _, size in seen),
        x_unit="rows",
        unit="MiB",
        limit=limit / MIB,
    )
    return hint, (peaks, *_shown(found))


def _most(found: Sequence[tuple[str, int]], peak: float) -> str:
    """The line that takes most of the peak, if one does."""
    return found[0][0] if found and found[0][1] > _MOST * peak else ""


def _lines(call: Callable[[Any], Any], given: Any) -> list[tuple[str, int]]:
    """Lines that allocated the memory and their bytes, where memray is there to tell."""
    found = sites.at_peak(call, given) if sites.available() else []
    return [(line, size) for line, size in found if size > _SHOWN * found[0][1]]


def _shown(found: Sequence[tuple[str, int]]) -> tuple[Evidence, ...]:
    if not sites.available():  # memray is not for Windows
        return () if sys.platform == "win32" else (Note(text=sites.EXTRA),)
    rows = tuple((line, size / MIB) for line, size in found)
    columns = (Column("line"), Column("", "MiB"))
    return (Table(title="lines that allocate", columns=columns, rows=rows, bars=1),) if rows else ()
