"""budgets: how many calls, and so seconds, it takes to judge quantiles of latency.

A burst lasts as long as its budgets need, within a minute, so that a model that takes half of its
budget is passed. What no model could pass, however quick, is told before the first call.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_mlreqs.core.measurement import number
from pytest_mlreqs.measures.statistics.sequential import calls_to_pass
from pytest_mlreqs.measures.timing.trial import ALPHA

QUANTILES = {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99, "p999": 0.999}
_MOST = {"p99": 5_000, "p999": 20_000}  # calls in one burst; for the others 1,000
_BURST_S = (10.0, 60.0)  # as long as the budgets need, within these
PAIRS_S = 10.0  # of one burst of pairs of calls
_STARTS_S = (30.0, 120.0)
_ONE_S = 20.0  # that one new process may take, or twice its limits
LEAST_CALLS = 40  # at a rate, independent ones
_PROCESS_MS = (30.0, 1_000.0)  # before a new one can load anything: at least, and with libraries
_QUEUEING = 2.0  # calls that queue tell less than as many that do not


@dataclass(frozen=True, slots=True)
class Budgets:
    """Budgets that are judged together.

    Attributes:
        ms: milliseconds by the name of the quantile, lowest quantile first.
        max_calls: of one burst; None for as many as they take.
        max_seconds: of one burst; None for as long as they take, which without a rate is a minute
            at most.
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
        needed = max([least, *(self._least(name) * self._each_s(name) for name in self.ms)])
        return needed if self.rate_per_s else min(needed, most)

    def impossible(self) -> str:
        """Why no model could keep them, however quick, or empty."""
        for lower, higher in itertools.pairwise(self.ms):
            if self.ms[lower] > self.ms[higher]:
                return f"max_{higher}_ms must be at least max_{lower}_ms"
        for name in self.ms:
            calls = self._least(name)
            due = int(self.rate_per_s * self.seconds) if self.rate_per_s else calls
            if self.calls < calls:
                most = f"max_calls is {self.calls:,}"
                return f"max_{name}_ms takes {calls:,} calls at least, and {most}"
            if due < calls:
                rate = f"at {number(self.rate_per_s or 0)} a second there are {due:,} calls"
                return (
                    f"max_{name}_ms takes {calls:,} calls at least, and {rate} in "
                    f"{number(self.seconds)} s: raise max_seconds"
                )
        return ""

    def _least(self, name: str) -> int:
        """The fewest calls that can show that a quantile keeps its budget."""
        calls = calls_to_pass(QUANTILES[name], ALPHA / len(self.ms))
        return max(calls, LEAST_CALLS) if self.rate_per_s else calls

    def _each_s(self, name: str) -> float:
        """Seconds that a call may need of a burst."""
        return _QUEUEING / self.rate_per_s if self.rate_per_s else self.ms[name] / 1e3


@dataclass(frozen=True, slots=True)
class Starts:
    """Limits of what happens once in a process; a new process is one start for all of them.

    Attributes:
        ms: milliseconds, each under its name.
        max_seconds: of all processes; None for as long as the limits need.
    """

    ms: Mapping[str, float]
    max_seconds: float | None = None

    @property
    def seconds(self) -> float:
        """The most seconds of all processes."""
        least, most = _STARTS_S
        each_ms = sum(self.ms.values()) + _PROCESS_MS[1]
        return self.max_seconds or min(max(least, self._least() * each_ms / 1e3), most)

    @property
    def one_s(self) -> float:
        """Seconds that one process may take."""
        return max(_ONE_S, 2 * sum(self.ms.values()) / 1e3)

    @property
    def all_seconds(self) -> float:
        """Seconds that all may take, and one that began before these were over."""
        return self.seconds + self.one_s if self.ms else 0.0

    def impossible(self) -> str:
        """Why no model, however quick, could keep the limits in the seconds; or empty."""
        needed = self._least() * _PROCESS_MS[0] / 1e3
        if not self.ms or needed <= self.seconds:
            return ""
        names = " and ".join(f"max_{name}_ms" for name in self.ms)
        take = "takes" if len(self.ms) == 1 else "take"
        return (
            f"{names} {take} {self._least()} new processes, {number(needed)} s at least, and there "
            f"are {number(self.seconds)} s: raise max_seconds"
        )

    def _least(self) -> int:
        """The fewest new processes that can show that the limits are kept."""
        return calls_to_pass(0.5, ALPHA / max(1, len(self.ms)))
