"""visits: rows that a model is given for the first time, and rows that it was given before.

A model that keeps its answers is quick with rows that it knows, and users come with others. What a
few rows, called with again and again, tell of is the cache. So first visits are told from later
ones; where they are slower, only they count.
"""

from __future__ import annotations

import contextlib
import math
import pickle
from collections.abc import Callable, Iterator, Sequence
from itertools import compress
from statistics import median
from typing import Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.measurement import number
from pytest_mlreqs.measures.statistics.sequential import calls_to_pass, decide
from pytest_mlreqs.models.frames import draws, opened, take

_MOST_COMPARED = 50_000  # rows, of which equal ones are found; among more, few come twice
_MOST_PICKLED = 2_000
_ERROR = 0.001  # that a model is said to keep answers which does not
SLOWER = 2.0  # than with rows that came before; less is not what is called kept answers
_FEW = 2  # first visits that can be compared with later ones


class Visits:
    """Batches of rows, drawn with a fixed seed, without end; see `frames.batches`.

    Attributes:
        different: rows of X, equal ones counted once.
        fresh: of each batch that was drawn, whether most of its rows were never given before.
    """

    def __init__(self, X: Any, rows: int) -> None:
        self.X, self.rows = X, rows
        self.fresh: list[bool] = []
        self._keys = _keys(X)
        self.different = len(set(self._keys))
        self._seen: set[int] = set()
        self._draws = draws(len(X), rows)
        self._batches = self.different // rows

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        return self

    def __next__(self) -> tuple[int, Any]:
        positions = next(self._draws)
        self.fresh.append(self._note(positions))
        return positions[0], take(self.X, positions)

    def first(self) -> Any:
        """The first rows of X, which are no news afterwards."""
        positions = list(range(self.rows))
        self._note(positions)
        return take(self.X, positions)

    def warming(self, calls: int) -> Iterator[Any]:
        """Batches for calls that do not count: of few rows, where there are not many."""
        few = [] if self._batches >= 4 * calls else [self.first()]
        few += [next(self)[1] for _ in range(self._batches // 4 - 1) if few]
        for call in range(calls):
            yield few[call % len(few)] if few else next(self)[1]

    def _note(self, positions: Sequence[int]) -> bool:
        """Whether most of these rows are new; they are not from now on."""
        keys = {self._keys[at] for at in positions}
        new = len(keys - self._seen)
        self._seen |= keys
        return 2 * new > len(keys)


class Stopwatch:
    """A call, and the milliseconds that each took."""

    def __init__(self, call: Callable[[Any], Any], clock: Clock) -> None:
        self.call, self._clock = call, clock
        self.ms: list[float] = []

    def __call__(self, given: Any) -> Any:
        """Call, and note the time."""
        start = self._clock.seconds()
        answer = self.call(given)
        self.ms.append(1e3 * (self._clock.seconds() - start))
        return answer


def with_new_rows(
    times: Sequence[float], fresh: Sequence[bool], limit: float, q: float, alpha: float,
    different: int, cold_ms: Sequence[float] = (), *, unit: str = " ms",
) -> tuple[bool | None, str]:  # fmt: skip
    """Whether calls that keep a limit would keep it with rows that are new; undecided, and why not.

    Args:
        times: of calls, in their order, or what else is held to the limit.
        fresh: which of them were first visits.
        limit: that they keep at the quantile `q`.
        q: 0.95 for p95.
        alpha: bound on the error.
        different: how many different rows there are.
        cold_ms: what calls took before that do not count, first visits too.
        unit: of the limit.
    """
    first = list(compress(times, fresh))
    rows = "1 different row" if different == 1 else f"{different:,} different rows"
    if len(first) < _FEW:
        slowest = max(cold_ms, default=0.0)
        if slowest <= limit:  # though all was cold, so that nothing is hidden
            return True, ""
        return None, (
            f"X has {rows}, and one of the first calls took {number(slowest)} ms: only "
            "more rows can tell whether later calls are quick because answers are kept"
        )
    if len(first) == len(times) or not _slower(times, fresh, limit):
        return True, ""
    over = sum(one > limit for one in first)
    if decide(len(first), over, q, alpha) is True:
        return True, ""
    again = median(one for one, new in zip(times, fresh, strict=True) if not new)
    return None, (
        f"answers seem to be kept: with new rows it is {number(median(first))}{unit} at the "
        f"median, with others {number(again)}{unit}; {over} of {len(first)} with new ones were "
        f"over it, to pass takes {calls_to_pass(q, alpha, over):,}, and X has {rows}"
    )


def _slower(times: Sequence[float], fresh: Sequence[bool], limit: float) -> bool:
    """Whether first visits take longer than later ones, or are over the limit more often.

    Were they like others, then how many of the longest calls are first visits would follow the
    hypergeometric distribution.
    """
    total, first = len(times), sum(fresh)
    over = [one > limit for one in times]
    both = sum(one and new for one, new in zip(over, fresh, strict=True))
    if _at_least(both, total, sum(over), first) <= _ERROR:
        return True
    by_time = sorted(range(total), key=times.__getitem__, reverse=True)[:first]
    longest = sum(fresh[at] for at in by_time)
    news = median(compress(times, fresh))
    rest = median(one for one, new in zip(times, fresh, strict=True) if not new)
    return news >= SLOWER * rest and _at_least(longest, total, first, first) <= _ERROR


def _at_least(found: int, total: int, marked: int, drawn: int) -> float:
    """The probability to draw a number of marked ones or more."""
    least = max(found, drawn - (total - marked))
    return sum(
        math.exp(_ways(marked, some) + _ways(total - marked, drawn - some) - _ways(total, drawn))
        for some in range(least, min(marked, drawn) + 1)
    )


def _ways(things: int, some: int) -> float:
    """The logarithm of the number of ways to choose some of several things."""
    return math.lgamma(things + 1) - math.lgamma(some + 1) - math.lgamma(things - some + 1)


def _keys(X: Any) -> Sequence[int]:
    """A number for each row, the same for equal rows."""
    if len(X) > _MOST_COMPARED:
        return range(len(X))
    import pandas as pd

    seen = opened(X)
    with contextlib.suppress(Exception):  # what is in them cannot be hashed, or not be pickled
        if seen is not None:
            hashed = pd.util.hash_pandas_object(seen.frame, index=False)
            return [int(key) for key in hashed]
        if len(X) <= _MOST_PICKLED:
            return [hash(pickle.dumps(take(X, [at]))) for at in range(len(X))]
    return range(len(X))
