"""calls: harm done by each call of a model: it is slow, or takes memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.measurement import MIB, number
from pytest_mlreqs.models.frames import Opened, opened
from pytest_mlreqs.models.harm.altered import Alter, harmed
from pytest_mlreqs.models.scoring import method

_STANDING_IN_S = 0.01  # more than it takes to give a model a value in place of a column


class Sleepy:
    """Every n-th call sleeps before it answers; it can be pickled where the model can."""

    def __init__(self, seconds: float, every: int, clock: Clock | None = None) -> None:
        self._seconds = seconds
        self._clock = clock or Clock()
        self._every = every
        self._calls = 0

    def __call__(self, call: Callable[[Any], Any], X: Any) -> Any:
        """Answer as the model, maybe later."""
        self._calls += 1
        if self._calls % self._every == 0:
            self._clock.sleep(self._seconds)
        return call(X)


def often(share: float, seconds: float, clock: Clock) -> tuple[str, Sleepy]:
    """Calls that sleep, in words and as harm, four times as often as a share of them may."""
    every = max(1, int(1 / (4 * share) + 1e-9))
    which = {1: "every call", 2: "every 2nd call"}.get(every, f"every {every}th call")
    return f"sleeps {number(1e3 * seconds)} ms on {which}", Sleepy(seconds, every, clock)


class Repeated:
    """The model called several times for one answer."""

    def __init__(self, times: int) -> None:
        self._times = times

    def __call__(self, call: Callable[[Any], Any], X: Any) -> Any:
        """Answer as the model, later."""
        for _ in range(self._times - 1):
            call(X)
        return call(X)


class Greedy:
    """Each call has a number of bytes in use while it answers."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __call__(self, call: Callable[[Any], Any], X: Any) -> Any:
        """Answer as the model."""
        held = b"\1" * self._size  # written to: what nobody touches takes no memory
        answer = call(X)
        del held
        return answer


class Leaky:
    """Each call leaves a number of bytes behind."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: list[bytes] = []

    def __call__(self, call: Callable[[Any], Any], X: Any) -> Any:
        """Answer as the model."""
        self._kept.append(b"\1" * self._size)
        return call(X)


class OnlyWith:
    """Harmed where a column is among the rows; where it is missing, a usual value stands in."""

    def __init__(self, given: Opened, column: int, harm: Alter) -> None:
        self._given = given
        self._column = column
        self._harm = harm

    def __call__(self, call: Callable[[Any], Any], X: Any) -> Any:
        """Answer as the model."""
        import pandas as pd

        rows, known = opened(X), self._given.frame
        assert rows is not None  # what has a column to do without has columns
        name, frame = known.columns[self._column], rows.frame
        if str(name) in map(str, frame.columns):
            return self._harm(lambda rows: call(self._given.back(rows)), frame)
        usual = known.iloc[[0] * len(frame), self._column]
        whole = frame.copy()
        whole.insert(self._column, name, pd.Series(usual.array, index=frame.index))
        return call(self._given.back(whole))


def costing(unit: str, limit: float, seconds: float, clock: Clock) -> tuple[str, Alter]:
    """What costs more than a limit, in words, for calls that take a number of seconds."""
    if unit == "MiB":
        mib = 1.25 * limit + 1
        return f"has {number(mib)} MiB more in use", Greedy(int(mib * MIB))
    least = 2 * seconds * limit / (1 - limit) if unit == "share" else 4 * limit / 1e3
    pause = least + _STANDING_IN_S
    return f"sleeps {number(1e3 * pause)} ms", Sleepy(pause, 1, clock)


def with_harmed_step(model: Any, name: str, harm: Alter) -> tuple[str, Any]:
    """The name of a pipeline's last step, and the pipeline with that step's method harmed."""
    *before, (last, estimator) = model.steps
    dear = harmed(estimator, method(estimator, name), harm)
    return last, type(model)([*before, (last, dear)])
