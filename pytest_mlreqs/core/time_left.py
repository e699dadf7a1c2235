"""time_left: how much of its time a check has left, and how much of its work fits into that.

What one unit of work costs is known after the first of them. A check that asks for more than there
is time for would end in the middle, with nothing: it takes less, or says at once what it needs.
"""

from __future__ import annotations

import bisect
import math
import time
from collections.abc import Callable

from pytest_mlreqs.core.measurement import Undecided, number

_SPARE = 0.8  # of the time left may be planned: costs are known from few units
_until = [math.inf]
_allowed = [math.inf]


def start(timeout_s: float) -> None:
    """Let the time of a check begin now."""
    _allowed[0] = timeout_s
    _until[0] = time.monotonic() + timeout_s


def left_s() -> float:
    """Seconds that the running check has left; infinite where nothing limits it."""
    return max(0.0, _until[0] - time.monotonic())


def fits(seconds: float) -> bool:
    """Whether there is time for work that takes so long."""
    return seconds <= _SPARE * left_s()


def fitting(
    wanted: int,
    seconds: Callable[[int], float],
    option: str,
    *,
    least: int | None = None,
    name: str = "",
) -> int:
    """How many units of work fit into the time that is left: `wanted`, or fewer.

    Args:
        wanted: how many there would be.
        seconds: that a number of them takes, which is no less for more of them.
        option: the option that says how many, such as `rows`.
        least: the fewest that are worth it; None where exactly `wanted` are to be done.
        name: what is measured, in words.

    Raises:
        Undecided: too few fit; it says what would be needed.
    """
    left = left_s()
    fit = bisect.bisect_right(range(1, wanted + 1), _SPARE * left, key=seconds)
    if fit == wanted or (least is not None and fit >= least):
        return fit
    fewest = wanted if least is None else least
    needed = seconds(fewest)
    timeout_s = math.ceil(_allowed[0] - left + needed / _SPARE)
    fewer = f"{option} = {_rounded(fit)} or " if least is None and fit else ""
    raise Undecided(
        f"{number(fewest)} {option} need about {number(max(1, round(needed)))} s, and the "
        f"check has {number(math.floor(left))} s left: {fewer}timeout_s = {timeout_s}",
        name,
    )


def _rounded(count: int) -> int:
    """Down to two digits: the estimate has no more."""
    step: int = 10 ** max(0, len(str(count)) - 2)
    return count // step * step
