"""content: what a file or a folder holds, as hashes, so that two states can be compared."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import partial

import numpy as np

from pytest_mlreqs.forgetting.traces.content import Content, Table
from pytest_mlreqs.forgetting.traces.files import written
from pytest_mlreqs.forgetting.traces.files.kinds import kind_of
from pytest_mlreqs.forgetting.traces.files.mapped import Unsearchable, fingerprint, mapped
from pytest_mlreqs.forgetting.traces.files.stored_columns import COLUMNAR, columns, is_book
from pytest_mlreqs.forgetting.traces.files.tree import files_below
from pytest_mlreqs.forgetting.traces.files.unpacking import PACKED, Room, unpacked
from pytest_mlreqs.forgetting.traces.hashing import NOTHING, Hashes, hashed, hashed_texts
from pytest_mlreqs.forgetting.traces.known import Known

CAP = 1 << 30  # bytes that one file may unpack to; of a larger one the packed bytes are compared
_BLOCK = 1 << 20
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

_Parts = dict[str, list[Hashes]]


def content(
    path: str | os.PathLike[str],
    *,
    ignore: Sequence[str] = (),
    cap: int = CAP,
    known: Known | None = None,
) -> Content:
    """The tables of a file, or of every file in a folder, by their names in it.

    Args:
        path: the file or folder.
        ignore: patterns of what is left out: `*.tmp`, `users.csv:updated_at`, `*:seen_*`.
        cap: bytes that one file may unpack to; of a larger one the packed bytes are compared.
        known: what calls before have learned; a file with the same bytes is not taken apart again.
    """
    known = Known() if known is None else known
    found: dict[str, Table] = {}
    for name, place in files_below(os.fspath(path)):
        if isinstance(place, Unsearchable):  # a link: what counts is where it leads
            found[name] = {"content": hashed_texts([str(place)])}
        elif not _ignored(name, ignore):
            data = mapped(place)
            read = partial(_file, name, data, Room(cap), known)
            found |= known.content((name, cap, fingerprint(data)), read)
    kept = {}
    for name, table in found.items():
        left = {one: cells for one, cells in table.items() if not _ignored(f"{name}:{one}", ignore)}
        if left and not _ignored(name, ignore):
            kept[name] = left
    return kept


def _ignored(name: str, ignore: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in ignore)


def _file(name: str, data: memoryview, room: Room, known: Known) -> Content:
    """The tables of one file; its bytes where they cannot be told."""
    kind = kind_of(data)
    try:
        if kind == "zip" and is_book(data):
            return _columnar(name, "xlsx", data, room)
        if kind in PACKED:
            return _packed(name, kind, data, room, known)
        if kind in COLUMNAR:
            return _columnar(name, kind, data, room)
    except Exception:  # a broken one, or no reader for it: the same file has the same bytes
        return _bytes(name, data)
    encoding = _BOMS.get(bytes(data[:2]))
    if encoding:
        data = memoryview(bytes(data).decode(encoding, "replace").encode())
        return {name: written.table(data, known)}
    return {name: written.table(data, known)} if kind == "text" and data else _bytes(name, data)


def _bytes(name: str, data: memoryview) -> Content:
    digest = hashlib.blake2b(digest_size=8)
    for first in range(0, len(data), _BLOCK):
        digest.update(data[first : first + _BLOCK])
    return {name: {"content": np.frombuffer(digest.digest(), dtype="<u8").astype(np.uint64)}}


def _packed(name: str, kind: str, data: memoryview, room: Room, known: Known) -> Content:
    found: dict[str, Table] = {}
    for member, inner in unpacked(kind, data, room):
        if isinstance(inner, Unsearchable):
            raise inner
        found |= _file(f"{name}/{member}" if member else name, inner, room, known)
    return found


def _columnar(name: str, kind: str, data: memoryview, room: Room) -> Content:
    parts: dict[str, _Parts] = {}
    for column in columns(kind, data, room):
        if column.aside:
            continue
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
