"""drift: has something become larger than it may, over many runs of which no two are alike?

A ratio that is measured within one run has a small error of its own, and another one from run to
run: where the allocator put things, what the neighbours do, which of several equal machines it was.
Only the history tells how large that is. It is estimated from differences of successive runs
(von Neumann, *Annals of Mathematical Statistics* 12, 1941), which a slow drift hardly enters and a
step once. The largest twelfth of them is left out, and what that takes from normal errors added:
else an incident, and its end, would hide the next one.

The mean of the last 2, 3, 5, 9 and 17 runs, each time without the largest of them, is held against
two medians:

* the anchor, five runs that stay what they are: a slow drift moves away from it;
* the baseline, up to twenty runs just before: a jump stands out, also after the model got faster.

All is about logarithms, as a slowdown multiplies. For independent runs with normal errors each
difference, divided by its standard error, has a t distribution. "Beyond the limit" is said at a
level that leaves 1 % for all comparisons of 365 runs together (Bonferroni), whether nothing changed
or it grew by just what it may. Leaving out the largest can only make that rarer, and errors are not
normal: one bad night, however bad, should fail nobody. A single run tells only by
three times the margin.

"Within the limit" is said at 1 % for each verdict, and from the last run alone: earlier ones may
have been another model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

ANCHOR = 5
BASELINE = 20
YEAR = 365
ALPHA = 0.01
WINDOWS = (1, 2, 3, 5, 9, 17)
_ALONE = 3.0  # times the margin, for a single run
_LEAST_SPREAD = 0.01  # runs within minutes of each other look more alike than nights do
_MEDIAN = math.pi / 2  # times the variance of a mean
_MOST_RUNS = 400  # whose differences tell the spread
_STEPS = 12  # one of these many differences may be a step rather than spread
_TRIMMED = 0.85  # of the degrees of freedom that are left without these; simulated: 0.85 to 0.93

Against = Literal["anchor", "baseline"]


@dataclass(frozen=True, slots=True)
class Change:
    """The last runs over others: a ratio held to a limit.

    Attributes:
        against: what they are held against.
        value: how many times as large they are.
        interval: its 95 % interval.
        ok: within the limit, beyond it, or None.
        last: of how many of the last runs, without the largest of several, that is the mean.
        others: how many runs they are held against.
        spread: standard deviation from run to run; 0.02 is 2 %.
        confirmable: the least limit that the last run could be said to keep.
    """

    against: Against
    value: float
    interval: tuple[float, float]
    ok: bool | None
    last: int
    others: int
    spread: float
    confirmable: float


def judge(values: Sequence[float], limit: float, own_error: float = 0.0) -> list[Change]:
    """Hold the last runs against the anchor and against the baseline.

    Args:
        values: of all runs since the anchor began, oldest first; positive; more than `ANCHOR`.
        limit: how many times as large a value may become.
        own_error: standard error of the logarithm of a value within its run, where it is known.

    Returns:
        One for the anchor and, where the baseline holds other runs than it, one for that.
    """
    logs = [math.log(value) for value in values]
    if len(logs) <= ANCHOR:
        raise ValueError("nothing to compare with")
    starts = [len(logs) - last for last in WINDOWS if len(logs) - last >= ANCHOR]
    spreads = [(start, *_spread(logs, start, own_error)) for start in starts]
    found = [_held("anchor", logs, limit, spreads)]
    if len(logs) > ANCHOR + 1:
        found.append(_held("baseline", logs, limit, spreads))
    return found


def _held(
    against: Against, logs: list[float], limit: float, spreads: list[tuple[int, float, float]]
) -> Change:
    """What the shortest window tells that is beyond the limit, else the last run."""
    changes = (_change(against, logs, limit, *one) for one in spreads)
    last = next(changes)
    return next((one for one in (last, *changes) if one.ok is False), last)


def _change(
    against: Against, logs: list[float], limit: float, start: int, spread: float, freedom: float
) -> Change:
    """The runs from `start` on, held against others."""
    from scipy.special import stdtrit  # the quantiles of a t distribution

    last = len(logs) - start
    others = logs[:ANCHOR] if against == "anchor" else logs[max(0, start - BASELINE) : start]
    latest = sorted(logs[start:])[: max(1, last - 1)]
    error = spread * math.sqrt(1 / len(latest) + _MEDIAN / len(others))
    change = _mean(latest) - median(others)
    ends, sure, rare = (
        -stdtrit(freedom, level) * error
        for level in (0.025, ALPHA, ALPHA / (YEAR * 2 * len(WINDOWS)))
    )
    beyond = change - rare * (_ALONE if last == 1 else 1) > math.log(limit)
    within = last == 1 and change + sure <= math.log(limit)
    return Change(
        against=against,
        value=math.exp(change),
        interval=(math.exp(change - ends), math.exp(change + ends)),
        ok=False if beyond else True if within else None,
        last=last,
        others=len(others),
        spread=spread,
        confirmable=math.exp(change + sure),
    )


def _spread(logs: list[float], start: int, own_error: float) -> tuple[float, float]:
    """Standard deviation from run to run, and its degrees of freedom.

    The step to the runs from `start` on is what is asked about, so it is left out.
    """
    from scipy.special import gammainc, gammaincinv

    first = max(1, len(logs) - _MOST_RUNS)
    squares = sorted((logs[i] - logs[i - 1]) ** 2 for i in range(first, len(logs)) if i != start)
    n = len(squares)
    kept = n - n // _STEPS
    variance = _mean(squares[:kept]) / 2
    freedom = 2 * n * n / (3 * n - 1)  # as overlapping differences tell less than n others
    if kept < n:  # by how much that is less, as the squares of normal errors are
        variance *= (kept / n) / gammainc(1.5, gammaincinv(0.5, kept / n))
        freedom *= _TRIMMED
    return max(math.sqrt(variance), _LEAST_SPREAD, own_error), freedom


def rise(values: Sequence[float]) -> int:
    """The position of the run that a rise most likely begins with, were it a single step."""
    logs = [math.log(value) for value in values]

    def gain(at: int) -> float:
        weight = math.sqrt(at * (len(logs) - at))
        return weight * (_mean(logs[at:]) - _mean(logs[:at]))

    return max(range(1, len(logs)), key=gain)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
