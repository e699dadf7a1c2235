"""identifiers: do the values of an input tell rows apart rather than describe them?"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.measurement import number

_ROWS = 20  # what fewer rows hold may be different by chance
_DIFFERENT = 0.95
_ALIKE = 0.95
_CHANCE = 1e-6
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9_.@#\-]{2,63}", re.DOTALL)
_NO_CODE = re.compile(
    r"[+-]?[\d.,]*\d[A-Za-z%]{0,4}"  # a number, with a unit
    r"|[+-]?\d+(\.\d+)?[eE][+-]?\d+"
    r"|\d{1,4}([-./])\d{1,2}\2\d{1,4}([T_ ].*)?"  # a date
    r"|\d{4}-?[QWM]\d+"
)


def identifier(values: pd.Series[Any]) -> str:
    """Why the values are those of an identifier, in words; empty where they are not.

    Whole numbers: nearly all different, though so dense that chance would repeat some. Drawn from
    any distribution that does not jump from one number to the next, a value is repeated at least
    as often as it is followed by the next number; that neighbours are many and repetitions few has
    a probability below one in a million then (sign test). So are row numbers, counters and ranks.

    Text: nearly all different, and short codes with digits in them, without blanks: no free text,
    no dates, no numbers with or without a unit. Other numbers and times are measurements.
    """
    known = values.dropna()
    if len(known) < _ROWS or pd.api.types.is_bool_dtype(known):
        return ""
    if pd.api.types.is_numeric_dtype(known):
        return _counted(known.to_numpy(dtype=float))
    if pd.api.types.is_datetime64_any_dtype(known) or pd.api.types.is_timedelta64_dtype(known):
        return ""
    text = known.map(str)
    if text.nunique() < _DIFFERENT * len(text):
        return ""
    numbers = pd.to_numeric(text, errors="coerce")
    if numbers.notna().all() and not text.str.match("0[0-9]").any():  # no number begins with 0
        return _counted(numbers.to_numpy(dtype=float))
    padded = bool(text.str.match("0[0-9]+$").any())
    codes = [bool(_CODE.fullmatch(one)) and (padded or not _NO_CODE.fullmatch(one)) for one in text]
    if sum(codes) < _ALIKE * len(codes):
        return ""
    return f"{number(text.nunique())} different codes in {number(len(text))} rows"


def _counted(values: np.ndarray[Any, Any]) -> str:
    """Why these numbers are counted through, in words, or empty."""
    if not np.isfinite(values).all() or (values != np.round(values)).any():
        return ""
    different = np.unique(values)
    if len(different) < max(_DIFFERENT * len(values), 2) or np.abs(values).max() >= 2**53:
        return ""
    steps = np.diff(different).astype(np.int64)
    steps //= np.gcd.reduce(steps)  # numbers that go in tens are as dense as those in ones
    repeated, next_ = len(values) - len(different), int((steps == 1).sum())
    both = repeated + next_
    if 2 * repeated >= both or _half(repeated, both) >= _CHANCE:
        return ""
    return (
        f"{number(len(different))} different whole numbers in {number(len(values))} rows, "
        f"{number(next_)} of them followed by the next one"
    )


def _half(times: int, tries: int) -> float:
    """At most this is the probability that a fair coin shows heads so few times (Chernoff)."""
    share = times / tries
    lost = sum(part * math.log(2 * part) for part in (share, 1 - share) if part > 0)
    return math.exp(-tries * lost)
