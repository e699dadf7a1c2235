"""memory: stores that are frames or other Python objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pytest_mlreqs.core.measurement import Fault, counted, number
from pytest_mlreqs.forgetting.traces.content import Content, Table
from pytest_mlreqs.forgetting.traces.hashing import hashed
from pytest_mlreqs.forgetting.traces.objects import cells
from pytest_mlreqs.forgetting.traces.objects.artifact import Searcher
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.search import Search, Trace


def search(obj: Any, people: People) -> Search:
    """Look for people in a frame by column, in frames by name, in any other object by path.

    Args:
        obj: a frame of pandas, Polars or pyarrow, a mapping of names to such, or anything.
        people: who was planted.
    """
    searcher = Searcher(people, narrow=True)
    frames = _frames(obj)
    if frames is None:
        return searcher.search(obj, "the object")
    traces: list[Trace] = []
    unsearched: list[str] = []
    rows = 0
    for name, frame in frames.items():
        within = f"table {name}, " if name else ""
        rows += len(frame)
        for kind, columns in (
            ("column", cells.columns(frame)),
            ("categories of column", cells.categories(frame)),
        ):
            for column, values in columns:
                place = column if column.startswith("index") else f"{kind} {column}"
                found = searcher.search(values, f"{within}{place}")
                traces += found.traces
                unsearched += found.unsearched
    tables = f"{number(len(frames))} tables, " if len(frames) > 1 else ""
    return Search(tuple(traces), tuple(unsearched), f"{tables}{counted(rows, 'row')}")


def content(obj: Any) -> Content:
    """What a frame, frames by name, or any other object holds, as hashes.

    A frame has its columns; anything else is one cell, `content`, by joblib.hash.

    Raises:
        Fault: the object cannot be pickled, so that there is nothing to compare.
    """
    frames = _frames(obj)
    if frames is not None:
        return {name or "frame": _table(frame) for name, frame in frames.items()}
    import joblib

    try:
        digest = joblib.hash(obj)
    except Exception as error:
        raise Fault(
            f"{type(obj).__name__} cannot be pickled, so its content is not told: {error}"
        ) from error
    return {"object": {"content": np.array([int(digest[:16], 16)], dtype=np.uint64)}}


def _table(frame: Any) -> Table:
    columns: dict[str, Any] = {}
    for name, values in cells.columns(frame):
        own = name
        while own in columns:  # names may repeat
            own += "'"
        columns[own] = hashed(values)
    return columns


def _frames(obj: Any) -> dict[str, Any] | None:
    if cells.library(obj):
        return {"": obj}
    if isinstance(obj, Mapping) and obj and all(map(cells.library, obj.values())):
        return {str(name): frame for name, frame in obj.items()}
    return None
