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

from pytest_mlreqs.forgetting.traces.texts import Texts

Array = np.ndarray[Any, Any]
Hashes = np.ndarray[Any, np.dtype[np.uint64]]

_DIGITS = 12
_WHOLE, _FRACTION, _TIME, _SPAN, _TEXT, _OTHER = range(11, 77, 11)  # apart from each other
_WRITTEN = 32  # letters that a float is written with at most
_LARGEST = 2.0**63
_AT_ONCE = 1 << 16  # cells: so few that what is made of them stays in the cache
_POWERS = np.array([float(f"1e{power}") for power in range(-300, 301)])

NOTHING = np.uint64(0x9E3779B97F4A7C15)
"""The hash of a cell without a value."""


def hashed(values: Array | Texts) -> Hashes:
    """The cells of a column, hashed; the same in every process.

    Args:
        values: n cells in any shape, of any type.
    """
    values = values if isinstance(values, Texts) else values.reshape(-1)
    if len(values) > _AT_ONCE:
        parts = range(0, len(values), _AT_ONCE)
        return np.concatenate([hashed(values[first : first + _AT_ONCE]) for first in parts])
    if isinstance(values, Texts):
        return _mixed(values.hashed(), _TEXT)
    kind = values.dtype.kind
    if kind in "iub":
        return _mixed(values.astype(np.int64 if kind != "u" else np.uint64).view(np.uint64), _WHOLE)
    if kind == "f":
        return _floats(values.astype(np.float64))
    if kind in "mM":
        return _times(values)
    return _objects(values.tolist() if kind == "O" else values.astype(object).tolist())


def hashed_objects(values: Iterable[object]) -> Hashes:
    """The hash of each value, whatever it is."""
    return _objects(values if isinstance(values, list) else list(values))


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
        tens = _ten_to((power - _DIGITS + 1).clip(-300, 300))
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
        digits = np.rint(size * _ten_to(shift >> 1) * _ten_to(shift - (shift >> 1)))
        power = power + (digits >= 10.0**_DIGITS) - (digits < 10.0 ** (_DIGITS - 1))
    shift = _DIGITS - 1 - power
    digits = np.rint(size * _ten_to(shift >> 1) * _ten_to(shift - (shift >> 1)))
    return (np.sign(values) * digits).astype(np.int64), power


def _ten_to(power: Array) -> Array:
    return np.take(_POWERS, power + 300)


def _times(values: Array) -> Hashes:
    """By the microsecond and what is left of it, as units differ from library to library."""
    micro = values.astype(f"{values.dtype.kind}8[us]")
    rest = (values - micro).astype("m8[ns]").view(np.int64)
    kind = _TIME if values.dtype.kind == "M" else _SPAN
    made = _mixed(_mixed(micro.view(np.int64).view(np.uint64), kind) ^ rest.view(np.uint64), kind)
    return np.where(np.isnat(values), NOTHING, made)


def hashed_texts(texts: Texts | Sequence[str]) -> Hashes:
    """The hash of each text; one that writes a float with many digits is rounded."""
    texts = texts if isinstance(texts, Texts) else Texts.of(texts)
    made = _mixed(texts.hashed(), _TEXT)
    sized = (texts.lengths > _DIGITS) & (texts.lengths <= 4 * _WRITTEN)  # a letter has 4 bytes
    long = np.flatnonzero(sized & texts.begin_numbers())
    if len(long):
        made[long] = _texts(_rounded_texts(texts.at(long)))
    return made


def _texts(texts: Sequence[str], kind: int = _TEXT) -> Hashes:
    return _mixed(Texts.of(texts).hashed(), kind)


def _whole(values: Sequence[Any]) -> Hashes:
    return hashed(np.fromiter(values, np.int64, len(values)))


def _real(values: Sequence[Any]) -> Hashes:
    return hashed(np.fromiter(values, np.float64, len(values)))


def _objects(values: Sequence[Any]) -> Hashes:
    """Each kind of value in its own way; told by their types where these tell it."""
    made = np.full(len(values), NOTHING)
    types = set(map(type, values))
    there: Any = slice(None)
    some = values
    if type(None) in types:
        there = [at for at, value in enumerate(values) if value is not None]
        some = [values[at] for at in there]
    only = types - {type(None)}
    way = _ALIKE.get(only.pop()) if len(only) == 1 else None
    try:
        if way is not None:
            made[there] = way(some)
            return made
    except OverflowError:  # a whole number of more than 64 bits
        pass
    kinds: dict[str, list[int]] = {}
    for at, value in enumerate(values):
        kinds.setdefault(_kind(value), []).append(at)
    for kind, places in kinds.items():
        if kind != "missing":
            made[places] = _WAYS[kind]([values[at] for at in places])
    return made


def _moments(values: Sequence[Any]) -> Hashes:
    import pandas as pd

    moments = pd.to_datetime(pd.Series(values, dtype=object), utc=True)
    return _times(moments.dt.tz_localize(None).to_numpy())


def _spans(values: Sequence[Any]) -> Hashes:
    import pandas as pd

    return _times(pd.to_timedelta(pd.Series(values, dtype=object)).to_numpy())


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


def _rounded_texts(texts: list[str]) -> list[str]:
    """Texts, or the floats that they write to as many digits as are compared."""
    try:
        values = list(map(float, texts))
    except ValueError:
        return [_rounded_text(text) for text in texts]
    likely = [one for one in texts if _DIGITS < len(one) <= _WRITTEN and ("." in one or "e" in one)]
    if len(likely) < len(texts) or not all(map(math.isfinite, values)):
        return [_rounded_text(text) for text in texts]
    return (f"%.{_DIGITS}g\n" * len(values) % tuple(values)).split("\n")[:-1]  # all in one call


def _rounded_text(text: str) -> str:
    if not _DIGITS < len(text) <= _WRITTEN or not ("." in text or "e" in text):
        return text
    try:
        value = float(text)
    except ValueError:
        return text
    return f"{value:.{_DIGITS}g}" if math.isfinite(value) else text


_ALIKE: dict[type, Callable[[Sequence[Any]], Hashes]] = {str: _texts, int: _whole, float: _real}
_WAYS: dict[str, Callable[[Sequence[Any]], Hashes]] = {
    "text": _texts,
    "whole": _whole,
    "float": _real,
    "time": _moments,
    "span": _spans,
    "other": lambda some: _texts([_told(value) for value in some], _OTHER),
}
