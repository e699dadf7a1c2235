"""written: what a text holds, hashed: the columns of CSV, the paths of JSON lines, or its lines."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import numpy as np

from pytest_mlreqs.forgetting.traces.content import Table
from pytest_mlreqs.forgetting.traces.files import delimited
from pytest_mlreqs.forgetting.traces.files.lines import blocks, lines_of, valid
from pytest_mlreqs.forgetting.traces.files.mapped import opened
from pytest_mlreqs.forgetting.traces.files.records import Records, walked
from pytest_mlreqs.forgetting.traces.hashing import NOTHING, Hashes, hashed_texts
from pytest_mlreqs.forgetting.traces.known import Known
from pytest_mlreqs.forgetting.traces.texts import Texts


def table(data: memoryview, known: Known) -> Table:
    """The columns of a text.

    Args:
        data: all of it, in UTF-8 or in what comes close.
        known: what was read before.
    """
    records = Records(data)
    found = None
    if records.json:
        found = _json_lines(data, known)
    elif records.delimiter is not None:
        found = delimited.table(data, records.delimiter, known)
    if found:
        return found
    lines = [known.block(raw, "lines", partial(_lines, raw)) for raw in blocks(opened(data))]
    return known.joined(lines, ["line"])


def _lines(raw: bytes) -> tuple[int, Table]:
    raw = valid(raw)
    if b"\r" in raw:
        lines = hashed_texts([line.rstrip("\r\n") for line in lines_of(raw)])
        return len(lines), {"line": lines}
    ends = np.flatnonzero(np.frombuffer(raw, np.uint8) == ord("\n"))
    if not raw.endswith(b"\n"):
        ends = np.append(ends, len(raw))
    starts = np.concatenate([[0], ends[:-1] + 1])
    return len(ends), {"line": hashed_texts(Texts(raw, starts, ends - starts))}


def _json_lines(data: memoryview, known: Known) -> Table | None:
    """A column for each path; nothing if some line is no JSON."""
    try:
        found = [known.block(raw, "json", partial(_paths, raw)) for raw in blocks(opened(data))]
    except ValueError:
        return None
    return known.joined(found)


def _paths(raw: bytes) -> tuple[int, Table]:
    rows: list[dict[str, Any]] = []
    for line in lines_of(raw):
        row: dict[str, Any] = {}
        for path, text in walked(json.loads(line.rstrip("\r\n"))):
            if path.startswith("$"):  # names of entries are in the paths
                row.setdefault(path, []).append(text)
        rows.append(row)
    found: dict[str, Hashes] = {}
    for path in dict.fromkeys(path for row in rows for path in row):
        at = [number for number, row in enumerate(rows) if path in row]
        cells = np.full(len(rows), NOTHING, dtype=np.uint64)
        cells[at] = hashed_texts([_joined(rows[number][path]) for number in at])
        found[path] = cells
    return len(rows), found


def _joined(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else json.dumps(texts)
