"""identifiers: do the values of an input tell rows apart rather than describe them?"""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.core.measurement import number

Array = np.ndarray[Any, Any]

_ROWS = 20  # what fewer rows hold may be different by chance
_DIFFERENT = 0.95
_ALIKE = 0.95
_CHANCE = 5e-7  # of either of two tests
_LONG = 9  # digits: every postal code has fewer
_SHORT = 5  # digits after a prefix that a postal code may have
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9_.@#\-]{2,63}", re.DOTALL)
_HEX = re.compile(r"[0-9a-f]{6,64}|[0-9A-F]{6,64}")
_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_NO_CODE = re.compile(
    r"[+-]?[\d.,]*\d[A-Za-z%]{0,4}"  # a number, with a unit
    r"|[A-Za-z]{1,3}[+-]?\d[\d.,]*[.,]\d\d"  # an amount after its currency
    r"|[+-]?\d+(\.\d+)?[eE][+-]?\d+"
    r"|(\d{4}([-./])\d{1,2}\3\d{1,2}|\d{1,2}([-./])\d{1,2}\4\d{2,4})([T_ ].*)?"  # a date
    r"|\d{8}[T_-]\d{4,6}Z?"
    rf"|(?i:\d{{1,4}}[-._]?({_MONTH})[a-z]*[-._]?\d{{1,4}}.*|({_MONTH})[a-z]*[-._]?\d[\d._-]*)"
    r"|\d{4}-?[QWM]\d+"
    # Postal codes: GB, CA, IE, AR; US, BR, JP, PT, PL; and with the sign of a country or province.
    r"|(?i:[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}|[A-Z]\d[A-Z]-?\d[A-Z]\d|[A-Z]\d[\dW][A-Z\d]{4})"
    r"|(?i:[A-Z]\d{4}[A-Z]{3})|\d{5}-\d{3,4}|\d{3,4}-\d{3,4}|\d{2}-\d{3}"
    r"|(?i:[A-Z]{1,3}-?\d{3,5})"
)
_DATES = {6: "%Y%m", 8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_YEARS = (1500, 2200)
_EPOCH = (631_152_000, 2_840_140_800)  # seconds from 1970 to 1990 and 2060


@dataclass(frozen=True, slots=True)
class Identifier:
    """What speaks for an identifier.

    Attributes:
        why: in words, without any value.
        or_else: what else such values may be, which cannot be told; or empty.
    """

    why: str
    or_else: str = ""


def identifier(values: pd.Series[Any]) -> Identifier | None:
    """What makes the values those of an identifier, or None where they are not.

    Whole numbers: nearly all different, though so dense that chance would repeat some. If rows are
    drawn from any population of whole numbers, there are at most twice as many pairs of neighbours
    as of equal numbers (by Cauchy and Schwarz, the sum of p(k) p(k + 1) is at most that of p(k)
    squared, and a neighbour may be above or below); and there are at least as many repetitions as
    of numbers spread evenly over the same span. That there are so few repetitions has a probability
    below one in a million then. So are row numbers, serial numbers with gaps and ranks.

    Text: nearly all different, and codes with digits in them, without blanks: no free text, no
    dates, no numbers with or without a unit, no postal codes. Other numbers and times are
    measurements.
    """
    known = values.dropna()
    if len(known) < _ROWS or pd.api.types.is_bool_dtype(known):
        return None
    if pd.api.types.is_numeric_dtype(known):
        return None if known.dtype.kind == "c" else counted(known.to_numpy(dtype=float))
    if pd.api.types.is_datetime64_any_dtype(known) or pd.api.types.is_timedelta64_dtype(known):
        return None
    text = known.map(str)
    if text.nunique() < _DIFFERENT * len(text):
        return None
    code = Identifier(f"{number(text.nunique())} different codes in {number(len(text))} rows")
    numbers = pd.to_numeric(text, errors="coerce")
    if numbers.notna().all():  # no number of nine digits begins with 0
        padded = text.str.fullmatch("[0-9]+").all() and text.str.match("0[0-9]").any()
        long = padded and text.str.len().min() >= _LONG
        return code if long else counted(numbers.to_numpy(dtype=float))
    return _coded(text, code)


def _coded(text: pd.Series[Any], code: Identifier) -> Identifier | None:
    """Whether texts are codes: counted through after a prefix, of hexadecimal digits, or others."""
    pairs = zip(min(text), max(text), strict=False)  # what these two share, all texts do
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], pairs)
    prefix = "".join(letter for letter, _ in same).rstrip("0123456789")
    rest = text.str[len(prefix) :]
    if _CODE.fullmatch(text.iloc[0]) and prefix and rest.str.fullmatch("[0-9]+").all():
        if rest.str.len().max() > _SHORT and not _NO_CODE.fullmatch(text.iloc[0]):
            return code
        return counted(rest.astype(float).to_numpy())
    sizes = text.str.len()
    if sizes.min() == sizes.max() and all(map(_HEX.fullmatch, text)):
        digits, letters = (text.str.contains(kind).mean() for kind in ("[0-9]", "[a-fA-F]"))
        return code if min(digits, letters) > 0.5 else None
    codes = sum(bool(_CODE.fullmatch(one)) and not _NO_CODE.fullmatch(one) for one in text)
    return code if codes >= _ALIKE * len(text) else None


def counted(values: Array) -> Identifier | None:
    """What makes these numbers those of an identifier, or None.

    Args:
        values: n numbers, shape (n,).
    """
    if not np.isfinite(values).all() or (values != np.round(values)).any():
        return None
    different = np.unique(values)
    if len(different) < max(_DIFFERENT * len(values), 2) or np.abs(values).max() >= 2**53:
        return None
    steps = np.diff(different).astype(np.int64)
    steps //= np.gcd.reduce(steps)  # numbers that go in tens are as dense as those in ones
    repeated, next_ = len(values) - len(different), int((steps == 1).sum())
    span = int(steps.sum()) + 1
    chances = (_few(repeated, next_), _fewer(repeated, len(values), span))
    if min(chances) >= _CHANCE or _dates(different):
        return None
    why = f"{number(len(different))} different whole numbers in {number(len(values))} rows, "
    if 2 * next_ >= len(different):
        why += f"{number(next_)} of them followed by the next one"
    else:
        why += f"in a span of {number(span)}"
    return Identifier(why, _times(different))


def _few(repeated: int, neighbours: int) -> float:
    """A bound of the probability of these few repetitions beside these neighbours (Chernoff).

    Where rows are drawn at random, at least every third of both is a repetition.
    """
    both, least = repeated + neighbours, 1 / 3
    share = repeated / both if both else 1.0
    if share >= least:
        return 1.0
    parts = ((share, least), (1 - share, 1 - least))
    return math.exp(-both * sum(a * math.log(a / b) for a, b in parts if a > 0))


def _fewer(repeated: int, rows: int, span: int) -> float:
    """A bound of the probability of a count of repetitions or less, among places (Chernoff).

    The birthday problem: the i-th row finds i - 1 - `repeated` places taken at least, and numbers
    that are not spread evenly repeat more often.
    """
    taken = np.minimum(np.arange(rows - repeated) / span, 1 - 1e-9)
    if not repeated:
        return float(np.exp(np.log1p(-taken).sum()))
    expected = float(taken.sum())
    if repeated >= expected:
        return 1.0
    return math.exp(repeated - expected + repeated * math.log(expected / repeated))


def _dates(different: Array) -> bool:
    """Whether all are dates, written as 20301231 or with hours, minutes and seconds."""
    text = pd.Series(different).map("{:.0f}".format)
    sizes = text.str.len()
    form = _DATES.get(sizes.min()) if sizes.min() == sizes.max() else None
    return form is not None and bool(
        pd.to_datetime(text, format=form, errors="coerce").notna().all()
    )


def _times(different: Array) -> str:
    """What times these may be that are counted in whole numbers, or empty."""
    first, last = float(different[0]), float(different[-1])
    if _YEARS[0] <= first and last <= _YEARS[1]:
        return "years"
    for unit, per_second in (("seconds", 1), ("milliseconds", 10**3), ("microseconds", 10**6)):
        if _EPOCH[0] * per_second <= first and last <= _EPOCH[1] * per_second:
            return f"times in {unit} since 1970"
    return ""
