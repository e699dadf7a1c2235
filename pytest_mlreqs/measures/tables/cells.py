"""cells: values of two tables in a form in which equal ones are equal, however they are written.

One of two tables has often been through a file: its dates and numbers are text, its whole numbers
floats, its times without a zone, its figures rounded, its gaps empty texts.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, Any]
Rounding = Callable[[Array, int], Array]

_ENOUGH = 20  # values that show how they are rounded
_DECIMALS = 6
_FIGURES = 10
_EXACT = 2.0**53
_GAPS = ("", "nan", "NaN", "NAN", "None", "NA", "<NA>", "N/A", "null", "NULL", "NaT")
_TRUTHS = {"true": "1", "false": "0"}
_UNITS = (1, 10**3, 10**6, 86_400 * 10**6)  # in microseconds: milliseconds, seconds, days


def cells(rows: pd.DataFrame, others: pd.DataFrame) -> tuple[Array, Array]:
    """Each cell as a random number of 64 bits, alike for equal values, of gaps as well.

    Args:
        rows: n rows of k columns.
        others: m rows of the same columns, by position.

    Returns:
        Of the rows and the others, shapes (n, k) and (m, k).
    """
    generator = np.random.default_rng(0)
    here = np.empty(rows.shape, dtype=np.uint64)
    there = np.empty(others.shape, dtype=np.uint64)
    for column in range(rows.shape[1]):
        pair = comparable(rows.iloc[:, column], others.iloc[:, column])
        codes, distinct = pd.factorize(pd.concat(pair, ignore_index=True))
        random = generator.integers(0, 2**64, len(distinct) + 1, dtype=np.uint64)
        here[:, column], there[:, column] = random[codes[: len(rows)]], random[codes[len(rows) :]]
    return here, there


def comparable(left: pd.Series[Any], right: pd.Series[Any]) -> tuple[pd.Series[Any], ...]:
    """Two columns as numbers, as times or as text, whichever both can be.

    If one column is rounded, to decimals, figures or single precision, to seconds or days, so is
    the other.
    """
    (one, its), (two, other) = map(_plain, (left, right))
    kinds = {its, other}
    if kinds == {"text"}:
        one, two = _same_gaps(one, two)
        if _all_numbers(one) and _all_numbers(two):
            return _rounded(_numbers(one), _numbers(two))
        if _all_times(one) and _all_times(two):
            return _instants(_times(one), _times(two))
        return one, two
    if "time" in kinds:
        if kinds == {"time"}:
            return _instants(one, two)
        if kinds == {"time", "number"}:
            return _counted(one, two) if its == "time" else _counted(two, one)[::-1]
        return _parsed(one, two, _times, _instants, text=its == "text")
    if "text" in kinds:
        return _parsed(one, two, _numbers, _rounded, text=its == "text")
    return _rounded(one, two)


def _plain(values: pd.Series[Any]) -> tuple[pd.Series[Any], str]:
    """The values without index, and whether they are numbers, times or text; gaps stay gaps."""
    values = values.reset_index(drop=True)
    known = values[values.notna().to_numpy()]
    if not isinstance(known.dtype, np.dtype) or known.dtype.kind == "O":  # whatever it is stored as
        known = known.astype(object).infer_objects()
    types = pd.api.types
    if not len(known):
        return pd.Series(np.nan, index=values.index), "number"
    if types.is_timedelta64_dtype(known):
        known = known.dt.total_seconds()
    elif known.dtype.kind == "O":
        known = _typed(known)
    if types.is_bool_dtype(known):
        known = known.astype(int)
    if types.is_numeric_dtype(known) and known.dtype.kind != "c":
        whole = known.dtype.kind in "iu" and len(known) == len(values)
        return (known if whole else known.astype(float).reindex(values.index)), "number"
    if types.is_datetime64_any_dtype(known):
        return known.reindex(values.index), "time"
    return known.map(str).astype(object).reindex(values.index), "text"


def _typed(known: pd.Series[Any]) -> pd.Series[Any]:
    """Objects that are all decimal numbers, periods, dates or times as such."""
    if known.map(lambda one: isinstance(one, Decimal)).all():
        return known.astype(float)
    if known.map(lambda one: isinstance(one, pd.Period)).all():
        return known.map(lambda one: one.to_timestamp())
    if known.map(lambda one: isinstance(one, (datetime.date, np.datetime64))).all():
        return _times(known)
    return known


def _same_gaps(one: pd.Series[Any], two: pd.Series[Any]) -> tuple[pd.Series[Any], ...]:
    """Texts that stand for a gap as gaps, where only the other column has gaps."""
    gaps = one.isna().any(), two.isna().any()
    if gaps[0] == gaps[1]:
        return one, two
    return tuple(
        values if has else values.where(~values.isin(_GAPS))
        for values, has in zip((one, two), gaps, strict=True)
    )


def _parsed(
    one: pd.Series[Any], two: pd.Series[Any], read: Any, same: Any, *, text: bool
) -> tuple[pd.Series[Any], ...]:
    """A text beside what is none: read as such, where half of it can be, else left as text."""
    written, other = (one, two) if text else (two, one)
    values = read(written)
    if 2 * values.notna().sum() < (~written.isin(_GAPS) & written.notna()).sum():
        pair = (written, other.map(repr))  # no value is equal
    else:
        pair = same(values, other)
        rest = values.isna() & written.notna() & ~written.isin(_GAPS)
        pair = (pair[0].astype(object).where(~rest, written), pair[1].astype(object))
    return pair if text else pair[::-1]


def _numbers(text: pd.Series[Any]) -> pd.Series[Any]:
    """Numbers as they are written; what cannot be read is a gap."""
    written = text.map(lambda one: _TRUTHS.get(str(one).lower(), one))
    numbers: pd.Series[Any] = pd.to_numeric(written, errors="coerce")
    if numbers.dtype.kind != "f":
        return numbers
    known = numbers.notna().to_numpy()
    # Of some texts pandas misses the last digit; Python reads all of them as they were written.
    exact = [float(one) for one in written[known]]
    numbers = numbers.copy()
    numbers[known] = exact
    return numbers


def _times(text: pd.Series[Any]) -> pd.Series[Any]:
    """Times, of one zone or none; what cannot be read is a gap."""
    aware = text.map(lambda one: getattr(one, "tzinfo", None) is not None).any()
    aware = aware or text.map(lambda one: str(one).endswith(("Z", "+00:00"))).any()
    return pd.to_datetime(text, errors="coerce", utc=bool(aware), format="ISO8601")


def _all_numbers(text: pd.Series[Any]) -> bool:
    """Whether all are numbers that no code would be written as: not 007, nor too long."""
    known = text.dropna()
    values = _numbers(known)
    fine = values.notna() & (values.abs() < _EXACT) & ~known.str.match(r"[+-]?0\d")
    return bool(fine.all())


def _all_times(text: pd.Series[Any]) -> bool:
    known = text.dropna()
    return bool(known.str.match(r"\d{4}-\d\d-\d\d").all()) and bool(_times(known).notna().all())


def _rounded(one: pd.Series[Any], two: pd.Series[Any]) -> tuple[pd.Series[Any], ...]:
    """Two columns of numbers, as exact as the less exact one is."""
    if all(values.dtype.kind in "iu" for values in (one, two)):
        return one, two
    pair = [values.to_numpy(dtype=float) + 0.0 for values in (one, two)]  # -0.0 is 0.0
    ways = [_roundings(values) for values in pair]
    if ways[0] == ways[1]:
        return tuple(map(pd.Series, pair))
    readings = []
    for round_, digits in dict.fromkeys(
        [*ways[0], *ways[1]]
    ):  # rounded twice, numbers are others than once
        rounded = [round_(values, digits) + 0.0 for values in pair]
        readings.append(tuple(map(pd.Series, rounded)))
    return max(readings, key=_shared)


def _roundings(values: Array) -> list[tuple[Rounding, int]]:
    """How a column is rounded: to decimals, to figures, to single precision, or not at all.

    To figures and in single precision whole numbers are exact, as they may be names.
    """
    known = values[np.isfinite(values)]
    broken = known[known != np.round(known)]
    ways: list[tuple[Rounding, int, Array]] = [
        (_figures, _FIGURES, broken),
        (_decimals, _DECIMALS, known),
    ]
    found: list[tuple[Rounding, int]] = []
    for round_, most, parts in ways:
        fits = (d for d in range(most + 1) if _same(parts, round_(parts, d)))
        digits = next(fits, None) if len(parts) >= _ENOUGH else None
        found += [] if digits is None else [(round_, digits)]
    if len(broken) and np.array_equal(broken, _single(broken, 0)):
        found.append((_single, 0))
    return found


def _same(values: Array, rounded: Array) -> bool:
    return bool(np.allclose(values, rounded, rtol=1e-13, atol=0))


def _single(values: Array, _: int) -> Array:
    with np.errstate(over="ignore"):
        single = values.astype(np.float32).astype(float)
    return np.where(np.isfinite(single) & (values != np.round(values)), single, values)


def _decimals(values: Array, digits: int) -> Array:
    with np.errstate(over="ignore"):
        rounded = np.round(values, digits)
    return np.where(np.isfinite(rounded), rounded, values)


def _figures(values: Array, digits: int) -> Array:
    with np.errstate(all="ignore"):
        size = 10.0 ** (digits - 1 - np.floor(np.log10(np.abs(values))))
        rounded = np.round(values * size) / size
    return np.where(np.isfinite(rounded) & (values != np.round(values)), rounded, values)


def _instants(one: pd.Series[Any], two: pd.Series[Any]) -> tuple[pd.Series[Any], ...]:
    """Two columns of times in microseconds, as exact as the less exact one is.

    Beside times without a zone those with one may be meant by the clock on the wall or by UTC:
    whichever has more in common.
    """
    zones = [values.dt.tz for values in (one, two)]
    readings = [(_utc(one), _utc(two))]
    if (zones[0] is None) != (zones[1] is None):
        readings.append((_wall(one), _wall(two)))
    return max((_as_exact(*pair) for pair in readings), key=_shared)


def _utc(values: pd.Series[Any]) -> pd.Series[Any]:
    return _wall(values if values.dt.tz is None else values.dt.tz_convert("UTC"))


def _wall(values: pd.Series[Any]) -> pd.Series[Any]:
    wall: pd.Series[Any] = values.dt.tz_localize(None)
    return wall.astype("datetime64[us]")


def _as_exact(one: pd.Series[Any], two: pd.Series[Any]) -> tuple[pd.Series[Any], ...]:
    whole = [values.dropna().astype("int64") for values in (one, two)]
    units = [_unit(values) for values in whole]
    pair = [values // max(units) for values in whole]
    return tuple(
        short.astype(object).reindex(values.index)
        for short, values in zip(pair, (one, two), strict=True)
    )


def _unit(values: pd.Series[Any]) -> int:
    """The largest of the usual units of which all values are multiples, in microseconds."""
    fits = (unit for unit in reversed(_UNITS) if not (values % unit).any())
    return next(fits, 1) if len(values) >= _ENOUGH else 1


def _counted(times: pd.Series[Any], numbers: pd.Series[Any]) -> tuple[pd.Series[Any], ...]:
    """Times beside numbers, which may count any unit since 1970."""
    since = _utc(times).dropna().astype("int64")

    def readings() -> Iterator[tuple[pd.Series[Any], ...]]:
        for unit in (1e-3, *_UNITS):  # nanoseconds first
            counted = (since / unit).reindex(times.index)
            yield _rounded(counted, numbers.astype(float))

    return max(readings(), key=_shared)


def _shared(pair: tuple[pd.Series[Any], ...]) -> int:
    """How many values of the first column stand in the second one."""
    return int((pair[0].isin(pair[1].dropna()) & pair[0].notna()).sum())
