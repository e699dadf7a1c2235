"""budgets: how many calls, and so seconds, it takes to judge quantiles of latency.

A model that takes half of its budget must be passed in the time there is; where that cannot be, no
run of any length tells anything, and it is better to know before the first one.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_mlreqs.measurement import number
from pytest_mlreqs.measures.sequential import calls_to_pass
from pytest_mlreqs.measures.timing import ALPHA

QUANTILES = {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99, "p999": 0.999}
_MOST = {"p99": 5_000, "p999": 20_000}  # calls in one burst; for the others 1,000
_BURST_S = (10.0, 29.0)  # as long as the budgets need, within these; two fit into a minute
_HEALTHY = 0.5  # of its budget, such a model must be passed in the time there is
LEAST_CALLS = 40  # at a rate, independent ones
_PROCESS_MS = 30.0  # before a new one can load anything; one with libraries takes many times that
_QUEUEING = 2.0  # calls that queue tell less than as many that do not


@dataclass(frozen=True, slots=True)
class Budgets:
    """Budgets that are judged together.

    Attributes:
        ms: milliseconds by the name of the quantile, lowest quantile first.
        max_calls: of one burst; None for as many as they take.
        max_seconds: of one burst; None for as long as they take, within a minute for two.
        rate_per_s: at which calls are due, or None where each waits for the one before.
    """

    ms: Mapping[str, float]
    max_calls: int | None = None
    max_seconds: float | None = None
    rate_per_s: float | None = None

    @property
    def limits(self) -> dict[float, float]:
        """Milliseconds by quantile."""
        return {QUANTILES[name]: budget for name, budget in self.ms.items()}

    @property
    def calls(self) -> int:
        """The most calls of one burst."""
        return self.max_calls or max(_MOST.get(name, 1_000) for name in self.ms)

    @property
    def seconds(self) -> float:
        """The most seconds of one burst."""
        if self.max_seconds is not None:
            return self.max_seconds
        least, most = _BURST_S
        needed = [self._least(name) * self._each_s(name) for name in self.ms]
        return min(max(least, *needed), most)

    def impossible(self) -> str:
        """Why they cannot be judged, or empty."""
        for lower, higher in itertools.pairwise(self.ms):
            if self.ms[lower] > self.ms[higher]:
                return f"max_{higher}_ms must be at least max_{lower}_ms"
        for name, budget in self.ms.items():
            calls = self._least(name)
            if self.calls < calls:
                most = f"max_calls is {self.calls:,}"
                return f"max_{name}_ms takes {calls:,} calls at least, and {most}"
            seconds = calls * self._each_s(name) * _HEALTHY
            if seconds <= self.seconds:
                continue
            each = f"at half of {number(budget)} ms each"
            if self.rate_per_s:
                each = f"at {number(self.rate_per_s)} a second"
            return (
                f"max_{name}_ms takes {calls:,} calls, {each} {number(seconds)} s, and a burst "
                f"lasts {number(self.seconds)} s: raise max_seconds, or take a lower quantile, "
                "which takes fewer calls"
            )
        return ""

    def impossible_warmup(self, calls: int) -> str:
        """Why so many calls that do not count would take too long, or empty."""
        if not self.ms:
            return ""
        least = min(self.ms.values())
        seconds = calls * _HEALTHY * least / 1e3
        most = max(self.seconds, _BURST_S[1])
        if seconds <= most:
            return ""
        each = f"at half of {number(least)} ms each {number(seconds)} s"
        return f"warmup takes {calls:,} calls, {each}, which is more than {number(most)} s"

    def _least(self, name: str) -> int:
        """The fewest calls that can show that a quantile keeps its budget."""
        calls = calls_to_pass(QUANTILES[name], ALPHA / len(self.ms))
        return max(calls, LEAST_CALLS) if self.rate_per_s else calls

    def _each_s(self, name: str) -> float:
        """Seconds that a call may need of a burst."""
        return _QUEUEING / self.rate_per_s if self.rate_per_s else self.ms[name] / 1e3


def impossible_starts(limits_ms: Mapping[str, float], seconds: float) -> str:
    """Why limits of what happens once in a process cannot be judged so soon, or empty.

    Args:
        limits_ms: all of them, each under its name; a process is one start for all.
        seconds: for all processes.
    """
    if not limits_ms:
        return ""
    starts = calls_to_pass(0.5, ALPHA / len(limits_ms))
    each_ms = _HEALTHY * sum(limits_ms.values()) + _PROCESS_MS
    needed = starts * each_ms / 1e3
    if needed <= seconds:
        return ""
    names = " and ".join(f"max_{name}_ms" for name in limits_ms)
    each = f"at half of the limit and {_PROCESS_MS:g} ms of its own {number(needed)} s"
    return (
        f"{names} take{'s' if len(limits_ms) == 1 else ''} {starts} starts, {each}, "
        f"and there are {number(seconds)} s: raise max_seconds"
    )


def impossible_rounds(limits_ms: Mapping[str, float], seconds: float) -> str:
    """Why limits of what a part of a call takes cannot be judged in one burst, or empty.

    Args:
        limits_ms: each under the name of its option.
        seconds: of a burst.
    """
    rounds = calls_to_pass(0.5, ALPHA)
    for name, limit in limits_ms.items():
        needed = rounds * _HEALTHY * limit / 1e3
        if needed > seconds:
            each = f"at half of {number(limit)} ms each {number(needed)} s"
            return (
                f"{name} takes {rounds} rounds, {each}, and a burst lasts {number(seconds)} s: "
                "raise max_seconds"
            )
    return ""
