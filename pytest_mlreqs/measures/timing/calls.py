"""calls: how long single calls take, on a machine that is not ours alone."""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.measurement import counted, number
from pytest_mlreqs.measures.machine.machine import MOST_TAKEN, Machine
from pytest_mlreqs.measures.machine.workers import pools
from pytest_mlreqs.measures.statistics.sequential import at_quantile
from pytest_mlreqs.measures.timing import trial
from pytest_mlreqs.measures.timing.burst import Limit, Plan, Sampler
from pytest_mlreqs.measures.timing.trial import ALPHA, Answer
from pytest_mlreqs.measures.timing.visits import Visits

_BURSTS = {2: "two", 3: "three", 4: "four", 5: "five"}
_COUNTED_NS = 1_000_000  # of calls at least, between two looks at the counters, which cost 10 us
_TOGETHER = 64

Rows = Iterator[tuple[int, Any]]


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls that all budgets share.

    Attributes:
        count: how many there were.
        seconds: that they took.
        bursts: in which they were made.
        times_ms: those that are judged, ascending.
        wall_ms: p50, p95 and maximum of the elapsed times.
        waited: share of the time for which no core was there; None where nobody counts.
        cpu_ratio: CPU time of the process over that of the thread.
        pooled: whether other threads worked along, so that elapsed times are judged.
        slowest: position and milliseconds of up to five rows.
        load: the machine's load average; None on Windows.
        rate_per_s: at which they were due, and counted from then.
        taken: share of the time of all cores that went to other processes.
        pools: of BLAS and OpenMP threads, if threads worked along.
        different: rows that they were made with, where rows came again.
    """

    count: int
    seconds: float
    bursts: int
    times_ms: tuple[float, ...]
    wall_ms: tuple[float, float, float]
    waited: float | None
    cpu_ratio: float
    pooled: bool
    slowest: tuple[tuple[int, float], ...]
    load: float | None
    rate_per_s: float | None = None
    taken: float = 0.0
    pools: str = ""
    different: int | None = None

    def how(self) -> str:
        """How they were timed, in words."""
        rate = f", due at {number(self.rate_per_s or 0)} a second and counted from then"
        parts = [
            counted(self.count, "call")
            + (f" with {self.different:,} different rows" if self.different else "")
            + f" in {self.seconds:.2g} s"
            + (f" and {_BURSTS[self.bursts]} bursts" if self.bursts > 1 else "")
            + (rate if self.rate_per_s else ""),
            "garbage collector frozen",
            self._waiting(),
            f"others took {100 * self.taken:.0f} % of the cores" if self.taken > MOST_TAKEN else "",
            f"elapsed time, as threads work along ({self.cpu_ratio:.1f} x its CPU time"
            f"{self.pools and '; pools: '}{self.pools})" if self.pooled else "",
        ]  # fmt: skip
        return ", ".join(filter(None, parts)) + f"; wrong verdicts at most {100 * ALPHA:.0f} %"

    def _waiting(self) -> str:
        if self.waited is not None:
            return f"waited {100 * self.waited:.0f} % for a core"
        return "" if self.load is None else f"load average {self.load:.1f}"


def judge(
    call: Callable[[Any], Any], rows: Rows, budgets_ms: Mapping[float, float], *,
    max_calls: int, max_seconds: float, clock: Clock | None = None, cold_ms: Sequence[float] = (),
) -> dict[float, Answer[Calls]]:  # fmt: skip
    """Time calls until every quantile (0.95) is known to be within or over its budget.

    `rows` gives position and fresh input of one call after the other, without end. `max_calls` and
    `max_seconds` are for one burst; waiting for a core takes none of these seconds. If calls are
    independent, the probability that any of the verdicts is wrong is at most 1 %.

    `Visits` tell rows that are new from others: what is kept has to be kept with new ones, where
    these take longer. `cold_ms` is what calls took that were made before and do not count.
    """
    visits = rows if isinstance(rows, Visits) else None
    plan = Plan(
        max_calls, max_seconds, option="max_calls", least=5, slow_s=1.0,
        pause_ns=500_000, blink_ns=50_000_000,
        unconfirmed="a later burst of calls did not confirm it",
    )  # fmt: skip
    return trial.judge(
        {q: Limit(budget, q) for q, budget in budgets_ms.items()},
        lambda counters: _Calls(call, rows, budgets_ms, counters), plan, partial(_record, visits),
        clock=clock, visits=visits, cold_ms=cold_ms,
    )  # fmt: skip


class _Calls(Sampler[float]):
    """Calls made in a row, in milliseconds."""

    machine: Machine

    def __init__(
        self, call: Callable[[Any], Any], rows: Rows, budgets_ms: Mapping[float, float],
        clock: Clock,
    ) -> None:  # fmt: skip
        self.call, self._rows, self._budgets = call, rows, budgets_ms
        self._clock, self.machine = clock, Machine(clock)
        self.rows: list[int] = []
        self.wall: list[float] = []
        self.own: list[float] = []  # elapsed, without waiting for a core
        self._over = dict.fromkeys(budgets_ms, (0, 0))  # calls beyond the budget, by either time
        self._together = 1

    def take(self, most: int, keys: Collection[float]) -> int:
        """Make calls; as many as there are between two looks at the counters."""
        given = list(islice(self._rows, min(self._together, most)))
        clock, wall, call, took = self._clock, self._clock.wall, self.call, list[int]()
        queued, cpu, start = clock.waited(), clock.thread(), wall()
        for _, X in given:
            before = wall()
            call(X)
            took.append(wall() - before)
        end = wall()
        cpu = clock.thread() - cpu
        # Waiting was read around the calls; no more of it is within than the CPU left time for.
        queued = max(0, min(clock.waited() - queued, end - start - cpu))
        self._note([position for position, _ in given], took, queued)
        self._together = min(_TOGETHER, max(1, int(_COUNTED_NS * len(took) // max(sum(took), 1))))
        return len(given)

    def _note(self, rows: list[int], took: list[int], queued: int) -> None:
        """Note calls that together waited for a core for so long: the longest, most likely."""
        self.rows += rows
        wall = own = [ns / 1e6 for ns in took]
        self.machine.note(max(0, sum(took) - queued), queued)
        if queued:
            took, usual = list(took), sorted(took)[len(took) // 2] if len(took) > 1 else 0
            for at in sorted(range(len(took)), key=took.__getitem__, reverse=True):
                part = min(queued, max(took[at] - usual, 0))
                took[at] -= part
                queued -= part
            own = [ns / 1e6 for ns in took]
        self.wall += wall
        self.own += own
        for q, budget in self._budgets.items():  # counted once, as there are many looks at them
            walls, owns = self._over[q]
            more = _over(wall, budget)
            self._over[q] = walls + more, owns + (more if own is wall else _over(own, budget))

    def values(self, key: float, *, pooled: bool) -> list[float]:
        """Milliseconds; elapsed ones with a pool."""
        return self.wall if pooled else self.own

    def tally(self, key: float, margin: float = 1.0) -> tuple[int, int]:
        """Calls, and those beyond `margin` times the budget."""
        pooled = self.machine.pooled
        if margin == 1:
            wall, own = self._over[key]
            return len(self.rows), wall if pooled else own
        times = self.values(key, pooled=pooled)
        return len(self.rows), _over(times, margin * self._budgets[key])


def _over(times: list[float], budget: float) -> int:
    return sum(map(float(budget).__lt__, times))


def _record(visits: Visits | None, bursts: Sequence[_Calls], counted: bool) -> Calls:  # noqa: FBT001
    """What there is to tell of all calls."""
    machines = [burst.machine for burst in bursts]
    pooled = any(machine.pooled for machine in machines)
    wall = sorted(ms for burst in bursts for ms in burst.wall)
    times = [ms for burst in bursts for ms in (burst.wall if pooled else burst.own)]
    rows = [row for burst in bursts for row in burst.rows]
    worst: dict[int, float] = {}  # of each row
    for row, ms in zip(rows, times, strict=True):
        if ms > worst.get(row, -1.0):
            worst[row] = ms
    elapsed, thread, process = (
        sum(total) for total in zip(*(machine.totals for machine in machines), strict=True)
    )
    return Calls(
        count=len(rows),
        seconds=elapsed / 1e9,
        bursts=len(bursts),
        times_ms=tuple(sorted(times)),
        wall_ms=(at_quantile(wall, 0.5), at_quantile(wall, 0.95), wall[-1]),
        waited=max(machine.waited for machine in machines) if counted else None,
        cpu_ratio=process / max(thread, 1),
        pooled=pooled,
        slowest=tuple(heapq.nlargest(5, worst.items(), key=itemgetter(1))),
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        taken=max(machine.taken for machine in machines),
        pools=pools() if pooled else "",
        different=visits.different if visits and not all(visits.fresh) else None,
    )


def typical(call: Callable[[Any], Any], given: Any, clock: Clock) -> float:
    """Seconds that a call takes, more or less: the median of five."""
    times = []
    for _ in range(5):
        start = clock.seconds()
        call(given)
        times.append(clock.seconds() - start)
    return sorted(times)[2]
