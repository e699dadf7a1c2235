"""pairs: how many times as long as a reference a call takes, on whatever machine.

A budget in milliseconds holds for one machine on a good day. Work of the same kind, done in turns
with the calls, is slowed down by the same neighbours, caches and clock rates, and the ratio stays:
of a pipeline to its own preprocessing it spread by 1.09 where the plain times spread by 1.7 to 7. A
generic loop will not do; it lives in the first-level cache and notices nothing.

Each call is divided by that of the reference beside it, and the question put to `sequential` is
whether the ratio is above the limit. Pairs are independent where the machine's speed is not; the
quotients by a running median of the reference are less noisy but share its errors, and at the limit
twice as many of their verdicts were wrong as stated.

A busy machine still does something to the ratio: by a twentieth where models of five sorts were
tried, by a fifth at worst where calls waited for a core for nine tenths of the time. So a limit has
to be broken by more than that while the machine is busy. A pool of threads held to a reference
without is another matter: there the ratio is excused like plain times are, see `machine`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median_low
from typing import Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.measurement import number
from pytest_mlreqs.measures.machine.machine import (
    MOST_OF_OTHERS,
    MOST_WAITING,
    Machine,
    busy,
    timed,
)
from pytest_mlreqs.measures.machine.rest import at_rest
from pytest_mlreqs.measures.statistics.sequential import quantile_interval
from pytest_mlreqs.measures.timing import trial
from pytest_mlreqs.measures.timing.burst import Burst, Limit, Plan, Sampler
from pytest_mlreqs.measures.timing.calls import Rows
from pytest_mlreqs.measures.timing.trial import ALPHA, Answer
from pytest_mlreqs.measures.timing.visits import SLOWER, Visits, with_new_rows

BUSY_FACTOR = 1.2  # more than a busy machine was seen to do to such a ratio
_RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs of calls that a ratio is of.

    Attributes:
        count: how many there were.
        waited: share of the time for which there was no core; None where nobody counts.
        own_ms: median time of a call.
        reference_ms: median time of a call of the reference.
        shaken: whether a busy machine made the ratio as large as it likes: threads work along in
            the calls, and not in those of the reference.
    """

    count: int
    waited: float | None
    own_ms: float
    reference_ms: float
    shaken: bool = False

    def how(self) -> str:
        """How they were compared, in words."""
        return f"{self.pairs()}; wrong verdicts at most {100 * ALPHA:.0f} %"

    def pairs(self) -> str:
        """What was done, and that is all."""
        waited = "" if self.waited is None else f", waited {100 * self.waited:.0f} % for a core"
        return (
            f"{number(self.count)} pairs of calls in random order, {number(self.own_ms)} ms and "
            f"{number(self.reference_ms)} ms at the median, garbage collector frozen{waited}"
        )


def judge(
    call: Callable[[Any], Any], reference: Callable[[Any], Any], rows: Rows, limit: float, *,
    max_calls: int, max_seconds: float, clock: Clock | None = None,
) -> Answer[Pairs]:  # fmt: skip
    """Call both in turns, in random order, until the median ratio is known to keep the limit.

    `rows` gives position and fresh input of one pair of calls after the other, without end;
    `max_calls` pairs and `max_seconds` are for one burst. The probability that the verdict is wrong
    is at most 1 % for independent calls. A limit is called broken if two bursts, half a second
    apart, say so, and if the thread hardly had to wait for a core, or it is broken by a fifth.
    """
    return trial.judge(
        {_RATIO: Limit(limit, unit="", by_far=1.0)},
        lambda counters: _Pairs(call, reference, rows, counters, limit),
        Plan(max_calls, max_seconds, option="max_calls"), _record,
        clock=clock, visits=rows if isinstance(rows, Visits) else None,
    )[_RATIO]  # fmt: skip


def sample(
    call: Callable[[Any], Any], reference: Callable[[Any], Any], rows: Rows, *,
    max_calls: int, max_seconds: float, clock: Clock | None = None,
) -> Answer[Pairs]:  # fmt: skip
    """Call both in turns, in random order, as often as there is time, and hold it to no limit.

    To stop as soon as a limit is known to be kept would make the median depend on the limit. Its
    `why` says what makes it unlike that of other runs, if anything does.
    """
    visits = rows if isinstance(rows, Visits) else None
    with at_rest(clock) as (counters, why):
        sampler = _Pairs(call, reference, rows, counters)
        burst = Burst({_RATIO: Limit(math.inf)}, sampler, ALPHA, Plan(max_calls, max_seconds))
        burst.run(counters, visits, stops=False)
        pairs = _record([sampler], counters.counts_waiting)
    ratios, few = sampler.values(), False
    value, interval = median_low(ratios), quantile_interval(sorted(ratios), 0.5)
    if visits and not why:
        slower, different = SLOWER * value, visits.different
        _, why = with_new_rows(ratios, burst.fresh, slower, 0.5, ALPHA, different, unit="")
        few = bool(why)
    return Answer(value, interval, None, why, pairs, few=few)


class _Pairs(Sampler[str]):
    """Pairs of calls, in nanoseconds without waiting for a core."""

    machine: _Turns

    def __init__(
        self, call: Callable[[Any], Any], reference: Callable[[Any], Any], rows: Rows,
        clock: Clock, limit: float = math.inf,
    ) -> None:  # fmt: skip
        self._rows, self._clock, self._limit = rows, clock, limit
        self._order = random.Random(0)  # noqa: S311  (an order, no secret)
        self.machine = _Turns(clock)
        self._works = [(0, call), (1, reference)]

    def take(self, most: int, keys: Collection[str]) -> int:
        """Make one pair."""
        clock, machine = self._clock, self.machine
        for _, given in islice(self._rows, min(most, 1)):
            pair = list(self._works)
            self._order.shuffle(pair)
            for which, work in pair:
                others = clock.process() - clock.thread()
                _, took, queued = timed(work, given, clock)
                machine.times[which].append(took)
                machine.others[which] += clock.process() - clock.thread() - others
                machine.note(took, queued)
            return 1
        return 0

    def values(self, key: str = _RATIO, *, pooled: bool = False) -> list[float]:
        """Ratios."""
        return [own / max(reference, 1) for own, reference in zip(*self.machine.times, strict=True)]

    def tally(self, key: str, margin: float = 1.0) -> tuple[int, int]:
        """Pairs, and those beyond `margin` times the limit."""
        ratios = self.values()
        return len(ratios), sum(ratio > margin * self._limit for ratio in ratios)


class _Turns(Machine):
    """What the machine did to calls, and to those of the reference beside them.

    Attributes:
        times: nanoseconds of either.
        others: those of other threads' CPU meanwhile.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.times: tuple[list[int], list[int]] = ([], [])
        self.others = [0, 0]

    def look(self, *, pooled: bool | None = None) -> None:
        """Read the counters of this process."""
        super().look(pooled=any(self._pools()) if pooled is None else pooled)

    def _pools(self) -> list[bool]:
        """Whether other threads work along, in calls and in those of the reference."""
        each = zip(self.others, self.times, strict=True)
        return [others > MOST_OF_OTHERS * sum(times) for others, times in each]

    @property
    def margin(self) -> float:
        """How many times as large as on an idle machine the ratio may have become."""
        if self._pools() == [True, False]:
            return super().margin
        return BUSY_FACTOR if self.waited > MOST_WAITING else 1

    @property
    def shaken(self) -> bool:
        """Whether it may have become as large as it likes."""
        return self.margin > BUSY_FACTOR

    def busy(self) -> str:
        """Why nothing is held against the calls; empty if nothing excuses them."""
        return super().busy() if self.shaken else busy(self.waited)


def _record(bursts: Sequence[_Pairs], counted: bool) -> Pairs:  # noqa: FBT001
    """What there is to tell of all pairs."""
    machines = [burst.machine for burst in bursts]
    own, reference = ([ns for machine in machines for ns in machine.times[at]] for at in range(2))
    return Pairs(
        count=len(own),
        waited=max(machine.waited for machine in machines) if counted else None,
        own_ms=median_low(own) / 1e6,
        reference_ms=median_low(reference) / 1e6,
        shaken=any(machine.shaken for machine in machines),
    )
