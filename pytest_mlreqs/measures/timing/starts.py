"""starts: how long a model takes to load, and its first call, each time in a new process.

One start is one sample, of which the trial needs eight at least. What is broken is not confirmed in
a further burst: to start that number of processes takes longer than its pauses.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.measures.machine.machine import busy, margin
from pytest_mlreqs.measures.timing import trial
from pytest_mlreqs.measures.timing.burst import Limit, Plan, Sampler
from pytest_mlreqs.measures.timing.fresh import Start
from pytest_mlreqs.measures.timing.trial import ALPHA, Answer


@dataclass(frozen=True, slots=True)
class Processes:
    """The processes that all limits share.

    Attributes:
        count: how many there were.
        waited: the largest share of its time for which one of them had no core; None: not counted.
    """

    count: int
    waited: float | None

    def how(self) -> str:
        """How it was timed, in words."""
        waited = (
            "" if self.waited is None else f", waited up to {100 * self.waited:.0f} % for a core"
        )
        return (
            f"median of {self.count} fresh processes{waited}; "
            f"wrong verdicts at most {100 * ALPHA:.0f} %"
        )


def judge(
    starts: Iterator[Start], limits_ms: Mapping[str, float], *,
    max_seconds: float, clock: Clock | None = None,
) -> dict[str, Answer[Processes]]:  # fmt: skip
    """Start processes until the medians are known to be within or over their limits.

    Args:
        starts: one new process after the other, see `fresh.processes`.
        limits_ms: for `LOAD` and `FIRST_CALL`, or one of them.
        max_seconds: after these no other process is started.
        clock: for tests.
    """
    plan = Plan(
        sys.maxsize, max_seconds, name="starts", first=1, step=1, slow_s=0.0,
        patient=False, confirms=False,
    )  # fmt: skip
    return trial.judge(
        {what: Limit(limit) for what, limit in limits_ms.items()},
        lambda _: _Starts(starts, limits_ms), plan, _record, clock=clock,
    )  # fmt: skip


class _Starts(Sampler[str]):
    """Processes of processes, each with counters of its own."""

    machine: _Counters

    def __init__(self, starts: Iterator[Start], limits_ms: Mapping[str, float]) -> None:
        self._starts, self._limits = starts, limits_ms
        self.machine = _Counters([])

    def take(self, most: int, keys: Collection[str]) -> int:
        """Start one process."""
        one = list(islice(self._starts, min(most, 1)))
        self.machine.starts += one
        return len(one)

    def values(self, key: str, *, pooled: bool = False) -> list[float]:
        """Milliseconds, without waiting for a core."""
        return [getattr(start, key) for start in self.machine.starts]

    def tally(self, key: str, margin: float = 1.0) -> tuple[int, int]:
        """Processes, and those beyond `margin` times the limit."""
        times = self.values(key)
        return len(times), sum(ms > margin * self._limits[key] for ms in times)

    def excuse(self, watched: str) -> str:
        """What watched one of the processes; who watches this one makes them no slower."""
        return next((start.excuse for start in self.machine.starts if start.excuse), "")


@dataclass(slots=True)
class _Counters:
    """What the machine did to processes, of which each read its own counters."""

    starts: list[Start]
    queued: float = 0.0
    pooled: bool = False  # libraries start threads, which is part of it

    def look(self) -> None:
        """Each process did."""

    look_around = look

    @property
    def waited(self) -> float | None:
        """The largest share of its time for which one had no core; None where nobody counts."""
        return max((one.waited for one in self.starts if one.waited is not None), default=None)

    @property
    def margin(self) -> float:
        """How many times as long as on an idle machine a start may have taken."""
        return margin(*self._excuses())

    def busy(self) -> str:
        """Why nothing is held against the starts; empty if nothing excuses them."""
        return busy(*self._excuses())

    def _excuses(self) -> tuple[float, float]:
        return self.waited or 0.0, max(start.taken for start in self.starts)


def _record(bursts: Sequence[_Starts], _: bool) -> Processes:  # noqa: FBT001
    machine = bursts[0].machine
    return Processes(len(machine.starts), machine.waited)
