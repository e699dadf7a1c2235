"""content: what a file or a folder holds, as hashes, so that two states can be compared."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

import numpy as np

from pytest_mlreqs.measures.traces.content import Content
from pytest_mlreqs.measures.traces.files.kinds import kind_of
from pytest_mlreqs.measures.traces.files.mapped import Unsearchable, fingerprint, mapped, opened
from pytest_mlreqs.measures.traces.files.records import Records, walked
from pytest_mlreqs.measures.traces.files.stored_columns import COLUMNAR, columns, is_book
from pytest_mlreqs.measures.traces.files.tree import files_below
from pytest_mlreqs.measures.traces.files.unpacking import PACKED, Room, unpacked
from pytest_mlreqs.measures.traces.hashing import NOTHING, Hashes, hashed, hashed_texts

CAP = 1 << 30  # bytes that one file may unpack to; of a larger one the packed bytes are compared
_BLOCK = 1 << 20
_ROWS = 5_000  # of CSV that are taken apart at once
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

_Parts = dict[str, list[Hashes]]


def content(
    path: str | os.PathLike[str],
    *,
    ignore: Sequence[str] = (),
    cap: int = CAP,
    known: dict[Any, Any] | None = None,
) -> Content:
    """The tables of a file, or of every file in a folder, by their names in it.

    Args:
        path: the file or folder.
        ignore: patterns of what is left out: `*.tmp`, `users.csv:updated_at`, `*:seen_*`.
        cap: bytes that one file may unpack to; of a larger one the packed bytes are compared.
        known: what calls before have learned; a file with the same bytes is not taken apart again.
    """
    known = {} if known is None else known
    found: dict[str, dict[str, Hashes]] = {}
    for name, place in files_below(os.fspath(path)):
        if isinstance(place, Unsearchable):  # a link: what counts is where it leads
            found[name] = {"content": hashed_texts([str(place)])}
        elif not _ignored(name, ignore):
            data = mapped(place)
            key = name, cap, fingerprint(data)
            if key not in known:
                known[key] = _file(name, data, Room(cap))
            found |= known[key]
    kept = {}
    for name, table in found.items():
        left = {one: cells for one, cells in table.items() if not _ignored(f"{name}:{one}", ignore)}
        if left and not _ignored(name, ignore):
            kept[name] = left
    return kept


def _ignored(name: str, ignore: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in ignore)


def _file(name: str, data: memoryview, room: Room) -> dict[str, dict[str, Hashes]]:
    """The tables of one file; its bytes where they cannot be told."""
    kind = kind_of(data)
    try:
        if kind == "zip" and is_book(data):
            return _columnar(name, "xlsx", data, room)
        if kind in PACKED:
            return _packed(name, kind, data, room)
        if kind in COLUMNAR:
            return _columnar(name, kind, data, room)
    except Exception:  # a broken one, or no reader for it: the same file has the same bytes
        return _bytes(name, data)
    encoding = _BOMS.get(bytes(data[:2]))
    if encoding:
        data = memoryview(bytes(data).decode(encoding, "replace").encode())
        return {name: _text(data)}
    return {name: _text(data)} if kind == "text" and data else _bytes(name, data)


def _bytes(name: str, data: memoryview) -> dict[str, dict[str, Hashes]]:
    digest = hashlib.blake2b(digest_size=8)
    for first in range(0, len(data), _BLOCK):
        digest.update(data[first : first + _BLOCK])
    return {name: {"content": np.frombuffer(digest.digest(), dtype="<u8").astype(np.uint64)}}


def _packed(name: str, kind: str, data: memoryview, room: Room) -> dict[str, dict[str, Hashes]]:
    found: dict[str, dict[str, Hashes]] = {}
    for member, inner in unpacked(kind, data, room):
        if isinstance(inner, Unsearchable):
            raise inner
        found |= _file(f"{name}/{member}" if member else name, inner, room)
    return found


def _columnar(name: str, kind: str, data: memoryview, room: Room) -> dict[str, dict[str, Hashes]]:
    parts: dict[str, _Parts] = {}
    for column in columns(kind, data, room):
        table = f"{name}/{column.table}" if column.table else name
        cells = parts.setdefault(table, {}).setdefault(column.name or "value", [])
        made = hashed(column.values)
        if column.missing is not None:
            made[column.missing] = NOTHING
        cells.append(made)
    joined = {
        table: {one: np.concatenate(cells) for one, cells in named.items()}
        for table, named in parts.items()
    }
    return _even(joined) or _bytes(name, data)


def _even(tables: dict[str, dict[str, Hashes]]) -> dict[str, dict[str, Hashes]]:
    """The same with columns of one length in each table; others get a table of their own."""
    found: dict[str, dict[str, Hashes]] = {}
    for name, table in tables.items():
        length = len(next(iter(table.values())))
        for column, cells in table.items():
            place = name if len(cells) == length else f"{name}/{column}"
            found.setdefault(place, {})[column] = cells
    return found


def _text(data: memoryview) -> dict[str, Hashes]:
    records = Records(data)
    if records.json:
        found = _json_lines(data)
    elif records.delimiter is not None:
        found = _csv(data, records.delimiter, len(records.header))
    else:
        found = None
    return found or {"line": hashed_texts(list(_lines(data)))}


def _lines(data: memoryview) -> Iterator[str]:
    for line in opened(data):
        yield line.decode("utf-8", "backslashreplace").rstrip("\r\n")


def _csv(data: memoryview, delimiter: str, width: int) -> dict[str, Hashes] | None:
    """The columns by name; nothing if it turns out to be none."""
    lines = io.TextIOWrapper(opened(data), "utf-8", "backslashreplace", newline="\n")
    rows = csv.reader(lines, delimiter=delimiter)
    names = [name.strip("\ufeff ") for name in next(rows)]
    found: list[list[Hashes]] = [[] for _ in names]
    try:
        while batch := list(islice(rows, _ROWS)):
            if set(map(len, batch)) != {width}:
                return None
            for parts, cells in zip(found, zip(*batch, strict=True), strict=True):
                parts.append(hashed_texts(cells))
    except csv.Error:  # a field of more than 128 KiB: a quote that never ends
        return None
    none = hashed_texts([])
    return {name: np.concatenate([none, *one]) for name, one in zip(names, found, strict=True)}


def _json_lines(data: memoryview) -> dict[str, Hashes] | None:
    """A column for each path; nothing if some line is no JSON."""
    rows: list[dict[str, Any]] = []
    for line in _lines(data):
        try:
            leaves = walked(json.loads(line))
        except ValueError:
            return None
        row: dict[str, Any] = {}
        for path, text in leaves:
            if path.startswith("$"):  # names of entries are in the paths
                row.setdefault(path, []).append(text)
        rows.append(row)
    found: dict[str, Hashes] = {}
    for path in dict.fromkeys(path for row in rows for path in row):
        at = [number for number, row in enumerate(rows) if path in row]
        cells = np.full(len(rows), NOTHING, dtype=np.uint64)
        cells[at] = hashed_texts([_joined(rows[number][path]) for number in at])
        found[path] = cells
    return found


def _joined(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else json.dumps(texts)
