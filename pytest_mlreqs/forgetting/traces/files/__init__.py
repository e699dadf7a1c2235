"""files: planted people in a file or a folder, in whatever format it is.

The bytes of every file are searched; what is packed is unpacked, what is coded in columns decoded.
What cannot be is said to be unsearched, and is never clean.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from pytest_mlreqs.core.measurement import MIB
from pytest_mlreqs.forgetting.traces.files.cells import in_cells
from pytest_mlreqs.forgetting.traces.files.finds import Finds
from pytest_mlreqs.forgetting.traces.files.kinds import CLOSED, kind_of
from pytest_mlreqs.forgetting.traces.files.mapped import Unsearchable, mapped
from pytest_mlreqs.forgetting.traces.files.numbers import narrow_numbers
from pytest_mlreqs.forgetting.traces.files.pickled import in_pickle
from pytest_mlreqs.forgetting.traces.files.stored_columns import COLUMNAR, columns, is_book
from pytest_mlreqs.forgetting.traces.files.text import in_text
from pytest_mlreqs.forgetting.traces.files.tree import files_below
from pytest_mlreqs.forgetting.traces.files.unpacking import PACKED, Room, unpacked
from pytest_mlreqs.forgetting.traces.narrow import in_narrow, in_raw
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.scan import Hit, Scanner
from pytest_mlreqs.forgetting.traces.search import Search, Trace, everybody

CAP = 1 << 30  # bytes that one file may unpack to
_DEEPEST = 8  # archives within archives
_DATABASES = {
    "sqlite": "as a database (sqlite:///{}) its tables are searched, too",
    "duckdb": "as a database (duckdb:///{}) its tables are searched, too",
}


def search(
    path: str | os.PathLike[str], people: People, *, cap: int = CAP, fast: bool | None = None
) -> Search:
    """Look for people in a file, or in every file of a folder.

    Args:
        path: the file or folder. Links that lead out of the folder are not followed.
        people: who is looked for.
        cap: bytes that may be unpacked or decoded of one file; it is unsearched if it has more.
        fast: as `Scanner` has it.
    """
    scanner = Scanner(people, fast=fast)
    traces: list[Trace] = []
    unsearched: list[str] = []
    count = size = 0
    for name, place in files_below(os.fspath(path)):
        try:
            if isinstance(place, Unsearchable):
                raise place
            data = mapped(place)
        except (OSError, Unsearchable) as error:
            unsearched.append(f"{name}: {getattr(error, 'strerror', None) or error}")
            continue
        count, size = count + 1, size + len(data)
        one = _File(scanner, Room(cap))
        traces += [*one.named(name), *one.search(name, data)]
        unsearched += one.unsearched
    files = "1 file" if count == 1 else f"{count:,} files"
    return Search(tuple(traces), tuple(unsearched), f"{files}, {size / MIB:,.3g} MiB")


class _File:
    """One file, and what is packed in it."""

    def __init__(self, scanner: Scanner, room: Room) -> None:
        self.unsearched: list[str] = []
        self._scanner = scanner
        self._room = room

    def named(self, name: str, where: str | None = None) -> list[Trace]:
        """Those whom a name tells."""
        people = frozenset(self._scanner.people.in_text(name))
        return [Trace(where or name, "file name", people, 1)] if people else []

    def search(self, name: str, data: memoryview, depth: int = 0) -> list[Trace]:
        """Everything that is found in some bytes, and in what they hold."""
        kind = kind_of(data)
        found = Finds(self._scanner.hits(data))
        traces: list[Trace] = []
        if kind == "text":
            return in_text(name, data, found, self._scanner) + self._written(name, data)
        if kind in PACKED:
            traces = self._packed(name, kind, data, depth)
        elif kind in COLUMNAR:
            traces = self._columns(name, kind, data)
        elif kind == "pickle":
            traces = self._narrow(name, in_pickle, data, found.people())
        elif kind == "bytes":
            traces = self._narrow(name, in_raw, data, found.people())
        elif kind in CLOSED:
            self._leave(name, f"nothing here reads {kind}")
        elif kind == "random":
            self._leave(name, "it seems compressed or encrypted, in a way that is not known here")
        elif kind in _DATABASES:
            self._leave(name, f"raw bytes only; {_DATABASES[kind].format(name)}")
        rest = f"{name}, outside its columns" if kind in COLUMNAR else name
        return traces + found.traces(rest, everybody(traces))

    def _packed(self, name: str, kind: str, data: memoryview, depth: int) -> list[Trace]:
        if depth == _DEEPEST:
            self._leave(name, f"more than {_DEEPEST} archives inside each other")
            return []
        traces = []
        try:
            for member, content in unpacked(kind, data, self._room):
                inner = f"{name}/{member}" if member else name
                traces += self.named(member, inner)
                if isinstance(content, Unsearchable):
                    self._leave(inner, content)
                else:
                    traces += self.search(inner, content, depth + 1)
            if traces and kind == "zip" and is_book(data):
                traces = self._in_book(name, data, traces)
        except Exception as error:
            self._leave(name, f"cannot be read as {kind}: {error}")
        return traces

    def _in_book(self, name: str, data: memoryview, traces: list[Trace]) -> list[Trace]:
        """What was found in the parts of an Excel file, by sheet and column where that is known."""
        places: dict[str, Finds] = {}
        try:
            self._gather(places, name, "xlsx", data)
        except Exception:  # without openpyxl, or with more than there is room for: they are found
            return traces
        named = [trace for place, finds in places.items() for trace in finds.traces(place)]
        known = everybody(named)
        return named + [trace for trace in traces if not trace.people <= known]

    def _columns(self, name: str, kind: str, data: memoryview) -> list[Trace]:
        places: dict[str, Finds] = {}
        try:
            self._gather(places, name, kind, data)
        except Unsearchable as error:
            self._leave(name, error)
        except Exception as error:
            self._leave(name, f"cannot be read as {kind}: {error}")
        return [trace for place, finds in places.items() for trace in finds.traces(place)]

    def _gather(self, places: dict[str, Finds], name: str, kind: str, data: memoryview) -> None:
        """What is found in each column; what was found before it turns out to be broken counts."""
        for column in columns(kind, data, self._room):
            parts = [name, column.table, column.name and f"column {column.name}"]
            place = ", ".join(filter(None, parts))
            doubts: list[str] = []
            hits = in_cells(column.values, self._scanner, doubts)
            places.setdefault(place, Finds()).add(hits)
            self._doubt(place, doubts)

    def _written(self, name: str, data: memoryview) -> list[Trace]:
        """Who is told by the numbers of a text that were of 32 bits before."""
        numbers = narrow_numbers(data) if self._scanner.people.values else None
        if isinstance(numbers, str):
            self._leave(name, numbers)
        elif numbers is not None:
            return self._narrow(name, in_narrow, numbers, set())
        return []

    def _narrow(
        self, name: str, look: Callable[..., Iterable[Hit]], data: object, known: set[int]
    ) -> list[Trace]:
        """What is found where some of it may be others'; that is left as unsearched."""
        doubts: list[str] = []
        traces = Finds(look(data, self._scanner, doubts)).traces(name, known)
        self._doubt(name, doubts)
        return traces

    def _doubt(self, place: str, doubts: list[str]) -> None:
        for why in dict.fromkeys(doubts):
            self._leave(place, why)

    def _leave(self, name: str, why: object) -> None:
        self.unsearched.append(f"{name}: {why}")
