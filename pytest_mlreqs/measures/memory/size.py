"""size: how many bytes a model has as it is stored, and which parts of it are the largest."""

from __future__ import annotations

import os
import pickle
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_PARTS = 8
_WORTH = 0.5  # of the whole: such a part is taken apart in turn
_DEEPEST = 6

Parts = list[tuple[str, int]]


class _Sink:
    """Counts what is written to it."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, chunk: Any) -> int:
        length = memoryview(chunk).nbytes
        self.size += length
        return length


def pickled(value: Any) -> int:
    """Bytes that `value` has pickled (protocol 5, not compressed); they are written nowhere."""
    sink = _Sink()
    pickle.Pickler(sink, protocol=5).dump(value)
    return sink.size


def stored(path: str | os.PathLike[str]) -> int:
    """Bytes of a file, or of all files in a folder; links are followed for the former only.

    Raises:
        FileNotFoundError: there is neither.
    """
    place = Path(path)
    if not place.is_dir():
        return place.stat().st_size
    return sum(file.lstat().st_size for file in _files(place))


def parts(value: Any) -> Parts:
    """The largest parts of an object by what they have pickled; those within large ones too.

    What two parts share counts in both of them.
    """
    found: Parts = []
    seen: set[int] = set()
    level = [("", value)]
    whole = pickled(value)
    for _ in range(_DEEPEST):
        below: list[tuple[str, Any]] = []
        for name, one in level:
            if id(one) in seen:
                continue
            seen.add(id(one))
            for part, inner in _inner(one):
                path = f"{name}.{part}" if name else part
                size = _size(inner)
                found.append((path, size))
                if size > _WORTH * whole:
                    below.append((path, inner))
        level = below
    return _largest(found)


def stored_parts(path: str | os.PathLike[str]) -> Parts:
    """The largest files of a folder, or members of an archive; nothing for other files."""
    place = Path(path)
    if place.is_dir():
        return _largest(
            [(file.relative_to(place).as_posix(), file.lstat().st_size) for file in _files(place)]
        )
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            return _largest([(one.filename, one.compress_size) for one in archive.infolist()])
    return []


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_symlink() or file.is_file())


def _largest(found: Parts) -> Parts:
    return sorted(found, key=lambda part: (-part[1], part[0]))[:_PARTS]


def _size(value: Any) -> int:
    try:
        return pickled(value)
    except Exception:  # a part that is not pickled by itself, as what owns it knows better
        return 0


def _inner(value: Any) -> Iterator[tuple[str, Any]]:
    """The named parts: attributes, entries of a dictionary, steps of a pipeline."""
    if isinstance(value, Mapping):
        items: Any = value.items()
    elif isinstance(value, (list, tuple)):
        named = (one for one in value if isinstance(one, (list, tuple)) and len(one) > 1)
        items = ((one[0], one[1]) for one in named if isinstance(one[0], str))
    else:
        items = getattr(value, "__dict__", {}).items()
    yield from ((str(name), part) for name, part in items)
