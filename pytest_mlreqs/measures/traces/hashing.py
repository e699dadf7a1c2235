"""hashing: cells as numbers of 64 bits that are equal where the cells are.

Numbers are equal by value, whatever their type: a column of whole numbers that had a gap for a
while is one of floats since. Those with a fraction are compared to twelve significant digits, as
sums in another order differ in the last. Everything that is missing is equal: None, NaN, NaT, NA.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Hashes = np.ndarray[Any, np.dtype[np.uint64]]

_DIGITS = 12
_WHOLE, _FRACTION, _TIME, _SPAN, _OTHER = 0x11, 0x22, 0x33, 0x44, 0x55  # apart from each other
_MISSING = np.uint64(0x9E3779B97F4A7C15)
_LARGEST = 2.0**63


def hashed(values: Array) -> Hashes:
    """The cells of a column, hashed; the same in every process.

    Args:
        values: shape (n,), of any type.
    """
    kind = values.dtype.kind
    if kind in "iub":
        return _mixed(values.astype(np.int64 if kind != "u" else np.uint64).view(np.uint64), _WHOLE)
    if kind == "f":
        return _floats(values.astype(np.float64))
    if kind in "mM":
        return _times(values)
    return _objects(values)


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
    return np.where(missing, _MISSING, made)


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
    return np.where(np.isnat(values), _MISSING, made)


def _objects(values: Array) -> Hashes:
    """Each kind of value in its own way, each distinct value once."""
    import pandas as pd

    made = np.empty(len(values), dtype=np.uint64)
    made[:] = _MISSING
    kinds = np.array([_kind(value) for value in values], dtype="U8")
    ways: dict[str, Callable[[Array], Hashes]] = {
        "text": lambda some: _mixed(pd.util.hash_array(some, categorize=True), _OTHER),
        "whole": lambda some: hashed(some.astype(np.int64)),
        "float": lambda some: hashed(some.astype(float)),
        "time": lambda some: _times(pd.to_datetime(some, utc=True).tz_localize(None).to_numpy()),
        "span": lambda some: _times(pd.to_timedelta(some).to_numpy()),
        "other": _by_pickle,
    }
    for kind, way in ways.items():
        some = np.flatnonzero(kinds == kind)
        if len(some):
            made[some] = way(values[some])
    return made


def _kind(value: Any) -> str:
    import datetime
    import decimal

    import pandas as pd

    if isinstance(value, str):
        return "text"
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124
        return "missing"
    if isinstance(value, (bool, int, np.bool_, np.integer)):
        return "whole" if -_LARGEST <= value < _LARGEST else "other"
    if isinstance(value, (float, decimal.Decimal, np.floating)):
        return "float"
    if isinstance(value, datetime.datetime):
        return "time"
    return "span" if isinstance(value, datetime.timedelta) else "other"


def _by_pickle(values: Array) -> Hashes:
    import joblib

    return np.array([int(joblib.hash(value)[:16], 16) for value in values], dtype=np.uint64)
