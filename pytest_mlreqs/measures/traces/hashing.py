"""hashing: cells as 64-bit numbers, equal where the cells are, in every process and type of array.

Floats are rounded to 12 significant digits first: training and sums may differ in the last ones.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

_DIGITS = 12

Hashes = np.ndarray[Any, np.dtype[np.uint64]]

NOTHING = np.uint64(0x6E6F_7468_696E_6721)
"""The hash of a cell without a value."""


def hashed(values: np.ndarray[Any, Any]) -> Hashes:
    """The hash of each cell; a whole number's is the same whether others are missing or not."""
    values = values.reshape(-1)
    if values.dtype.kind == "O":
        return _objects(values)
    if values.dtype.kind in "biu" and values.dtype != np.uint64:
        return _numbers(values.astype(np.int64).view(np.uint64))
    if values.dtype.kind == "f":
        return _floats(values.astype(np.float64))
    if values.dtype.kind in "US":
        return hashed_texts([_text(one) for one in values.tolist()])
    if values.dtype.kind in "mM":
        return _numbers(values.astype(np.int64).view(np.uint64))
    return _objects(np.array([*values.tolist(), None], dtype=object)[:-1])


def hashed_texts(texts: list[str]) -> Hashes:
    """The hash of each text; one that writes a float with many digits is rounded."""
    import pandas as pd

    cells = np.fromiter(map(_rounded, texts), dtype=object, count=len(texts))
    return pd.util.hash_array(cells, categorize=False)


def _numbers(values: np.ndarray[Any, Any]) -> Hashes:
    import pandas as pd

    return pd.util.hash_array(np.ascontiguousarray(values), categorize=False)


def _floats(values: np.ndarray[Any, Any]) -> Hashes:
    """Rounded; a missing one is missing, whichever of the many NaN it is."""
    finite = np.isfinite(values) & (values != 0)
    rounded = np.where(values == 0, 0.0, values)
    with np.errstate(all="ignore"):
        tens = np.power(10.0, _DIGITS - 1 - np.floor(np.log10(np.abs(values[finite]))))
        cut = np.rint(values[finite] * tens) / tens
    rounded[finite] = np.where(np.isfinite(cut), cut, values[finite])
    found = _numbers(rounded)
    found[np.isnan(values)] = NOTHING
    return found


def _objects(values: np.ndarray[Any, Any]) -> Hashes:
    """Each cell by what it is."""
    found = np.empty(len(values), dtype=np.uint64)
    whole = [at for at, one in enumerate(values) if _is_whole(one)]
    real = [at for at, one in enumerate(values) if isinstance(one, (float, np.floating))]
    missing = [at for at, one in enumerate(values) if _is_missing(one)]
    rest = sorted({*range(len(values))}.difference(whole, real, missing))
    found[whole] = _numbers(np.array([int(values[at]) for at in whole], dtype=np.int64).view("u8"))
    found[real] = _floats(np.array([float(values[at]) for at in real]))
    found[missing] = NOTHING
    found[rest] = hashed_texts([_text(values[at]) for at in rest])
    return found


def _is_whole(cell: Any) -> bool:
    return isinstance(cell, (int, np.integer, np.bool_)) and -(2**63) <= int(cell) < 2**63


def _is_missing(cell: Any) -> bool:
    return cell is None or (type(cell).__name__ in ("NaTType", "NAType"))


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, (bytes, bytearray)):
        return bytes(cell).decode("latin-1")
    if isinstance(cell, np.ndarray):
        cell = cell.tolist()
    if isinstance(cell, (list, tuple, dict)):
        return json.dumps(_plain(cell), sort_keys=True, default=repr)
    return repr(cell)


def _plain(cell: Any) -> Any:
    """The same with every float rounded."""
    if isinstance(cell, dict):
        return {str(name): _plain(one) for name, one in cell.items()}
    if isinstance(cell, (list, tuple)):
        return [_plain(one) for one in cell]
    return float(f"{cell:.{_DIGITS}g}") if isinstance(cell, float) else cell


def _rounded(text: str) -> str:
    """A text, or a float that it is, to as many digits as are compared."""
    if len(text) <= _DIGITS or len(text) > 32 or not ("." in text or "e" in text):
        return text
    try:
        value = float(text)
    except ValueError:
        return text
    return f"{value:.{_DIGITS}g}" if math.isfinite(value) else text
