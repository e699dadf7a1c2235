"""hashing: cells as numbers of 64 bits that are equal where the cells are.

Numbers are equal by value, whatever their type: a column of whole numbers that had a gap for a
while is one of floats since. Those with a fraction are compared to twelve significant digits, as
sums in another order differ in the last. Everything that is missing is equal: None, NaN, NaT, NA.
"""

from __future__ import annotations

import datetime
import decimal
import json
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Hashes = np.ndarray[Any, np.dtype[np.uint64]]

_DIGITS = 12
_WHOLE, _FRACTION, _TIME, _SPAN, _TEXT, _OTHER = range(11, 77, 11)  # apart from each other
_LARGEST = 2.0**63
_SAMPLE = 1_000  # texts that tell whether they repeat

NOTHING = np.uint64(0x9E3779B97F4A7C15)
"""The hash of a cell without a value."""


def hashed(values: Array) -> Hashes:
    """The cells of a column, hashed; the same in every process.

    Args:
        values: n cells in any shape, of any type.
    """
    values = values.reshape(-1)
    kind = values.dtype.kind
    if kind in "iub":
        return _mixed(values.astype(np.int64 if kind != "u" else np.uint64).view(np.uint64), _WHOLE)
    if kind == "f":
        return _floats(values.astype(np.float64))
    if kind in "mM":
        return _times(values)
    return _objects(values if kind == "O" else values.astype(object))


def hashed_objects(values: Iterable[object]) -> Hashes:
    """The hash of each value, whatever it is."""
    return hashed(np.fromiter(values, dtype=object))


def _mixed(bits: Array, kind: int) -> Hashes:
    """Bits made to differ everywhere if they differ anywhere (the finaliser of SplitMix64)."""
    made: Hashes = bits.astype(np.uint64) + np.uint64((kind * 0x9E3779B97F4A7C15) % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        made = (made ^ (made >> np.uint64(shift))) * np.uint64(factor)
    return made ^ (made >> np.uint64(31))


def _floats(values: Array) -> Hashes:
    missing = np.isnan(values)
    with np.errstate(all="ignore"):
        whole = (values == np.floor(values)) & (np.abs(values) < _LARGEST)
        safe = np.where(np.isfinite(values) & (values != 0), np.abs(values), 1.0)
        power = np.floor(np.log10(safe)).astype(np.int64)
        digits, power = _rounded(values, safe, power)
        # 3.0000000000000004 is 3, as it is among the whole numbers
        tens = 10.0 ** (power - _DIGITS + 1).clip(-300, 300)
        near = np.round(digits * tens)
        whole_now = whole | ((power >= 0) & (power < _DIGITS) & (near == digits * tens))
        exact = np.where(whole, values, np.where(whole_now, near, 0)).astype(np.int64)
    fraction = _mixed(_mixed(digits.view(np.uint64), _FRACTION) ^ power.view(np.uint64), _FRACTION)
    made = np.where(whole_now, _mixed(exact.view(np.uint64), _WHOLE), fraction)
    made = np.where(np.isinf(values), _mixed(values.view(np.uint64), _OTHER), made)
    return np.where(missing, NOTHING, made)


def _rounded(values: Array, size: Array, power: Array) -> tuple[Array, Array]:
    """Twelve significant digits, signed, and the power of ten of the first."""
    for _ in range(2):  # the logarithm may be off by one, and rounding may add a digit
        shift = _DIGITS - 1 - power
        scaled = size * 10.0 ** (shift // 2) * 10.0 ** (shift - shift // 2)
        digits = np.rint(scaled)
        power = power + (digits >= 10.0**_DIGITS) - (digits < 10.0 ** (_DIGITS - 1))
    shift = _DIGITS - 1 - power
    digits = np.rint(size * 10.0 ** (shift // 2) * 10.0 ** (shift - shift // 2))
    return (np.sign(values) * digits).astype(np.int64), power


def _times(values: Array) -> Hashes:
    """By the microsecond and what is left of it, as units differ from library to library."""
    micro = values.astype(f"{values.dtype.kind}8[us]")
    rest = (values - micro).astype("m8[ns]").view(np.int64)
    kind = _TIME if values.dtype.kind == "M" else _SPAN
    made = _mixed(_mixed(micro.view(np.int64).view(np.uint64), kind) ^ rest.view(np.uint64), kind)
    return np.where(np.isnat(values), NOTHING, made)


def hashed_texts(texts: Sequence[str]) -> Hashes:
    """The hash of each text; one that writes a float with many digits is rounded."""
    told = [text if len(text) <= _DIGITS else _rounded_text(text) for text in texts]
    return _texts(np.fromiter(told, dtype=object, count=len(told)))


def _texts(values: Array, kind: int = _TEXT) -> Hashes:
    """Each text; each distinct one once where they repeat."""
    import pandas as pd

    some = values[:_SAMPLE].tolist()
    repeat = 2 * len(set(some)) < len(some)
    return _mixed(pd.util.hash_array(values, categorize=repeat), kind)


def _objects(values: Array) -> Hashes:
    """Each kind of value in its own way."""
    made = np.full(len(values), NOTHING)
    ways: dict[str, Callable[[Array], Hashes]] = {
        "text": _texts,
        "whole": lambda some: hashed(some.astype(np.int64)),
        "float": lambda some: hashed(some.astype(float)),
        "time": _moments,
        "span": _spans,
        "other": lambda some: _texts(np.fromiter(map(_told, some), dtype=object), _OTHER),
    }
    for kind, some in _kinds(values).items():
        if kind != "missing":
            made[some] = ways[kind](values[some])
    return made


def _kinds(values: Array) -> dict[str, Any]:
    """Which values are of which kind; told by their types where these tell it."""
    types = set(map(type, values))
    some = slice(None) if type(None) not in types else np.flatnonzero(values != None)  # noqa: E711
    only = types - {type(None)}
    if only == {str}:
        return {"text": some}
    if only == {float}:  # those that are missing are hashed as such
        return {"float": some}
    if only == {int} and all(-_LARGEST <= end(values[some]) < _LARGEST for end in (np.min, np.max)):
        return {"whole": some}
    kinds: dict[str, list[int]] = {}
    for at, value in enumerate(values):
        kinds.setdefault(_kind(value), []).append(at)
    return dict(kinds)


def _moments(values: Array) -> Hashes:
    import pandas as pd

    return _times(pd.to_datetime(pd.Series(values), utc=True).dt.tz_localize(None).to_numpy())


def _spans(values: Array) -> Hashes:
    import pandas as pd

    return _times(pd.to_timedelta(pd.Series(values)).to_numpy())


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, (bool, int, np.bool_, np.integer)):
        return "whole" if -_LARGEST <= value < _LARGEST else "other"
    if isinstance(value, (float, decimal.Decimal, np.floating)):
        return "float" if value == value else "missing"  # noqa: PLR0124
    if value is None or type(value).__name__ in ("NaTType", "NAType"):
        return "missing"
    if isinstance(value, (np.datetime64, np.timedelta64)) and np.isnat(value):
        return "missing"
    if isinstance(value, (datetime.datetime, np.datetime64)):
        return "time"
    return "span" if isinstance(value, (datetime.timedelta, np.timedelta64)) else "other"


def _told(cell: Any) -> str:
    """A value that is none of these, in words."""
    if isinstance(cell, (bytes, bytearray, memoryview)):
        return f"bytes:{bytes(cell).decode('latin-1')}"
    if isinstance(cell, np.ndarray):
        cell = cell.tolist()
    if isinstance(cell, (list, tuple, dict)):
        return f"json:{json.dumps(_plain(cell), sort_keys=True, default=_told)}"
    return f"{type(cell).__name__}:{cell!s}"


def _plain(cell: Any) -> Any:
    """The same with every float rounded."""
    if isinstance(cell, dict):
        return {str(name): _plain(one) for name, one in cell.items()}
    if isinstance(cell, (list, tuple)):
        return [_plain(one) for one in cell]
    return float(f"{cell:.{_DIGITS}g}") if isinstance(cell, float) else cell


def _rounded_text(text: str) -> str:
    """A text, or the float that it writes to as many digits as are compared."""
    if len(text) > 32 or text[0].isalpha() or not ("." in text or "e" in text):
        return text  # with a letter at its beginning it is none that is finite
    try:
        value = float(text)
    except ValueError:
        return text
    return f"{value:.{_DIGITS}g}" if math.isfinite(value) else text
