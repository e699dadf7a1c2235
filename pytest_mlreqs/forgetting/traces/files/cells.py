"""cells: planted people in a column, whatever its type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pytest_mlreqs.forgetting.traces.narrow import in_narrow
from pytest_mlreqs.forgetting.traces.scan import Hit, Scanner
from pytest_mlreqs.forgetting.traces.texts import Texts

_Array = np.ndarray[Any, np.dtype[Any]]


def in_cells(values: _Array | Texts, scanner: Scanner, doubts: list[str]) -> Iterator[Hit]:
    """Everybody in some cells; where a hit starts says nothing.

    Args:
        values: the cells.
        scanner: of the people.
        doubts: takes why some of it tells of nobody for sure.
    """
    if isinstance(values, Texts):
        yield from scanner.hits(values.data)
        return
    kind = values.dtype.kind
    if kind in "iu" and values.dtype.itemsize < 8:
        values = values.astype(np.int64)
    elif kind in "US":
        # one more letter each, lest the digits of one cell run into those of the next
        values = values.astype(f"{kind}{values.dtype.itemsize // (4 if kind == 'U' else 1) + 1}")
    elif kind == "f":
        yield from in_narrow(values, scanner, doubts)
        values = values.astype(np.float64)
    if kind == "O":
        if set(map(type, values)) == {str}:
            written = "\n".join(values).encode("utf-8", "replace")
        else:
            written = b"\n".join(map(_written, values))
        yield from scanner.hits(written)
    elif values.size:
        yield from scanner.hits(np.ascontiguousarray(values).view(np.uint8).data)


def _written(cell: Any) -> bytes:
    if isinstance(cell, (bytes, bytearray)):
        return bytes(cell)
    if isinstance(cell, np.ndarray):  # whose repr leaves out what is in the middle
        cell = cell.tolist()
    return (cell if isinstance(cell, str) else repr(cell)).encode("utf-8", "replace")
