"""limits: a value, held to what it may be, with the sentence that says so."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pytest_mlreqs.core.evidence import Evidence
from pytest_mlreqs.core.measurement import Measurement, number

_DIGITS = 3


def at_most(
    name: str,
    value: float,
    limit: float,
    unit: str = "",
    *,
    interval: tuple[float, float] | None = None,
    how: str = "",
    worst: Sequence[object] | None = None,
    hint: str = "",
    id: str = "",
    of: str = "",
    option: str = "",
    evidence: Sequence[Evidence] = (),
) -> Measurement:
    """Hold `value` to an upper limit; equal is within it.

    With an `interval` the verdict is three-way: satisfied when all of it lies within the limit,
    violated when all of it lies beyond, else undecided. NaN keeps within no limit.
    """
    return _one_sided(
        "at_most", name, value, limit, unit, interval,
        how=how, worst=worst, hint=hint, id=id, of=of, option=option, evidence=evidence,
    )  # fmt: skip


def at_least(
    name: str,
    value: float,
    limit: float,
    unit: str = "",
    *,
    interval: tuple[float, float] | None = None,
    how: str = "",
    worst: Sequence[object] | None = None,
    hint: str = "",
    id: str = "",
    of: str = "",
    option: str = "",
    evidence: Sequence[Evidence] = (),
) -> Measurement:
    """Hold `value` to a lower limit; equal is within it. Intervals as in `at_most`."""
    return _one_sided(
        "at_least", name, value, limit, unit, interval,
        how=how, worst=worst, hint=hint, id=id, of=of, option=option, evidence=evidence,
    )  # fmt: skip


def within(
    name: str,
    value: float,
    low: float,
    high: float,
    unit: str = "",
    *,
    how: str = "",
    worst: Sequence[object] | None = None,
    hint: str = "",
    id: str = "",
    of: str = "",
    option: str = "",
    evidence: Sequence[Evidence] = (),
) -> Measurement:
    """Hold `value` between two limits, both included."""
    ok = low <= value <= high
    allowed = f"allowed {number(low)} to {_amount(high, unit)}"
    text = f"{name} is {_amount(value, unit)}, {allowed}"
    return Measurement(
        name=name, text=text, ok=ok, value=value, limit=[float(low), float(high)], unit=unit,
        how=how, worst=worst, hint=hint,
        id=id, of=of, direction="within", option=option, evidence=evidence,
    )  # fmt: skip


def none_of(
    name: str, found: Iterable[object], *, how: str = "", hint: str = "",
    id: str = "", of: str = "", option: str = "",
) -> Measurement:  # fmt: skip
    """Hold that nothing was `found`; the value is the sorted list of what was."""
    names = sorted(map(str, found))
    text = f"{name}: {', '.join(names) if names else 'none'}"
    return Measurement(
        name=name, text=text, ok=not names, value=list(names), limit=[], how=how, hint=hint,
        id=id, of=of, direction="at_most", option=option,
    )  # fmt: skip


def reported(
    name: str,
    value: float,
    unit: str = "",
    *,
    interval: tuple[float, float] | None = None,
    how: str = "",
    id: str = "",
    of: str = "",
    waited: float | None = None,
) -> Measurement:
    """Tell a value of which nothing is required: it decides nothing, and enters the history."""
    text = f"{name} is {_amount(value, unit)}{_spread(interval)}"
    return Measurement(
        name=name, text=text, ok=True, value=value, unit=unit, interval=interval, how=how,
        id=id, of=of, direction="none", waited=waited,
    )  # fmt: skip


def _one_sided(
    direction: Literal["at_most", "at_least"], name: str, value: float, limit: float, unit: str,
    interval: tuple[float, float] | None, **rest: Any,
) -> Measurement:  # fmt: skip
    low, high = ends = (value, value) if interval is None else interval
    if direction == "at_most":
        within, beyond, words = high <= limit, low > limit, "limit {}"
    else:
        within, beyond, words = low >= limit, high < limit, "at least {} required"
    ok = True if within else False if beyond else None
    if math.isnan(value) or math.isnan(limit):
        ok = False
    elif any(map(math.isnan, ends)):
        ok = None
    text = _sentence(name, value, limit, unit, interval, words)
    return Measurement(
        name=name, text=text, ok=ok, value=value, limit=limit, unit=unit, interval=interval,
        direction=direction, **rest,
    )  # fmt: skip


def _amount(value: float, unit: str, digits: int = _DIGITS) -> str:
    return f"{number(value, digits)} {unit}".rstrip()


def _sentence(
    name: str,
    value: float,
    limit: float,
    unit: str,
    interval: tuple[float, float] | None,
    words: str,
) -> str:
    # As many digits as it takes: "is 20 ms, limit 20 ms" would be no reason to fail.
    enough = (d for d in range(_DIGITS, 17) if number(value, d) != number(limit, d))
    digits = next(enough, _DIGITS) if value != limit else _DIGITS
    held = words.format(_amount(limit, unit, digits))
    return f"{name} is {_amount(value, unit, digits)}{_spread(interval)}, {held}"


def _spread(interval: tuple[float, float] | None) -> str:
    if interval is None:
        return ""
    return " (95 % interval {} to {})".format(*map(number, interval))
