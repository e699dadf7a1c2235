"""interleaved: how many times as long as a reference a call takes, on whatever machine.

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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from statistics import median_low
from typing import Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.measurement import number
from pytest_mlreqs.core.tracers import excuse, resting
from pytest_mlreqs.measures.machine.machine import (
    MOST_OF_OTHERS,
    MOST_WAITING,
    PAUSES_S,
    Machine,
    busy,
    timed,
)
from pytest_mlreqs.measures.machine.rest import frozen_garbage
from pytest_mlreqs.measures.statistics.sequential import decide, enough, missing, quantile_interval
from pytest_mlreqs.measures.timing.calls import Rows
from pytest_mlreqs.measures.timing.trial import ALPHA
from pytest_mlreqs.measures.timing.visits import SLOWER, Visits, with_new_rows

_LEAST_CALLS = 40
BUSY_FACTOR = 1.2  # more than a busy machine was seen to do to such a ratio


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median ratio held to a limit; if that is undecided, `ok` is None and `why` says why.

    Attributes:
        value: the median over all calls.
        interval: its 95 % interval, or None for few calls.
        ok: within the limit, beyond it, or None.
        why: why it is undecided, or empty.
        calls: how many calls of each there were.
        waited: share of the time for which there was no core; None where nobody counts.
        own_ms: median time of a call.
        reference_ms: median time of a call of the reference.
        shaken: whether a busy machine made it as large as it likes: threads work along in the
            calls, and not in those of the reference.
        option: which one would give what is missing, where one would.
        few: whether more different rows are what is missing.
    """

    value: float
    interval: tuple[float, float] | None
    ok: bool | None
    why: str
    calls: int
    waited: float | None
    own_ms: float
    reference_ms: float
    shaken: bool = False
    option: str = ""
    few: bool = False

    def how(self) -> str:
        """How they were compared, in words."""
        return f"{self.pairs()}; wrong verdicts at most {100 * ALPHA:.0f} %"

    def pairs(self) -> str:
        """What was done, and that is all."""
        waited = "" if self.waited is None else f", waited {100 * self.waited:.0f} % for a core"
        return (
            f"{number(self.calls)} pairs of calls in random order, {number(self.own_ms)} ms and "
            f"{number(self.reference_ms)} ms at the median, garbage collector frozen{waited}"
        )


def hold(
    call: Callable[[Any], Any], reference: Callable[[Any], Any], rows: Rows, limit: float, *,
    max_calls: int, max_seconds: float, clock: Clock | None = None,
) -> Ratio:  # fmt: skip
    """Call both in turns, in random order, until the median ratio is known to keep the limit.

    `rows` gives position and fresh input of one pair of calls after the other, without end;
    `max_calls` pairs and `max_seconds` are for one burst. The probability that the verdict is wrong
    is at most 1 % for independent calls. A limit is called broken if two bursts, half a second
    apart, say so, and if the thread hardly had to wait for a core, or it is broken by a fifth.
    """
    fresh = rows.fresh if isinstance(rows, Visits) else ()
    with clock or Clock() as counters, frozen_garbage(), resting() as awake:
        bursts = [_Burst(limit, counters)]
        bursts[0].run(call, reference, islice(rows, max_calls), max_seconds, fresh)
        if bursts[0].refutes():
            counters.sleep(PAUSES_S[0])
            bursts.append(_Burst(limit, counters))
            bursts[1].run(call, reference, islice(rows, max_calls), max_seconds, fresh)
    ok, why = _verdict(bursts)
    seen = _together(bursts, ok, why, counted=counters.counts_waiting)
    if bursts[0].known is None:
        why, option = bursts[0].missing()
        return replace(seen, ok=None, why=why, option=option)
    if ok is not None and ok is not (seen.value <= limit):
        return replace(seen, ok=None, why="earlier and later calls disagree")
    if ok is False and awake:
        return replace(seen, ok=None, why=excuse(awake))
    if ok is True and isinstance(rows, Visits):
        ok, why = _with_new_rows(bursts, limit, rows.different)
        return replace(seen, ok=ok, why=why, few=ok is None)
    return seen


def sample(
    call: Callable[[Any], Any], reference: Callable[[Any], Any], rows: Rows, *,
    max_calls: int, max_seconds: float, clock: Clock | None = None,
) -> Ratio:  # fmt: skip
    """Call both in turns, in random order, as often as there is time, and hold it to no limit.

    To stop as soon as a limit is known to be kept would make the median depend on the limit. Its
    `why` says what makes it unlike that of other runs, if anything does.
    """
    with clock or Clock() as counters, frozen_garbage(), resting() as awake:
        burst = _Sample(math.inf, counters)
        fresh = rows.fresh if isinstance(rows, Visits) else ()
        burst.run(call, reference, islice(rows, max_calls), max_seconds, fresh)
    seen = _together([burst], None, excuse(awake), counted=counters.counts_waiting)
    if not seen.why and isinstance(rows, Visits):
        _, why = _with_new_rows([burst], SLOWER * seen.value, rows.different)
        return replace(seen, why=why, few=bool(why))
    return seen


def _with_new_rows(
    bursts: Sequence[_Burst], limit: float, different: int
) -> tuple[bool | None, str]:
    """Whether the ratio would be kept with rows that are new, or why nobody knows."""
    ratios = [ratio for burst in bursts for ratio in burst.ratios()]
    fresh = [new for burst in bursts for new in burst.fresh]
    return with_new_rows(ratios, fresh, limit, 0.5, ALPHA, different, unit="")


def _together(bursts: list[_Burst], ok: bool | None, why: str, *, counted: bool) -> Ratio:  # noqa: FBT001
    """What there is to tell of all pairs."""
    ratios = sorted(ratio for burst in bursts for ratio in burst.ratios())
    return Ratio(
        value=median_low(ratios),
        interval=quantile_interval(ratios, 0.5),
        ok=ok,
        why=why,
        calls=len(ratios),
        waited=max(burst.waited for burst in bursts) if counted else None,
        own_ms=median_low(ns for b in bursts for ns in b.own) / 1e6,
        reference_ms=median_low(ns for b in bursts for ns in b.reference) / 1e6,
        shaken=any(burst.shaken for burst in bursts),
    )


class _Burst:
    """Pairs of calls made in a row, in nanoseconds without waiting for a core."""

    def __init__(self, limit: float, clock: Clock) -> None:
        self.limit = limit
        self.clock, self.machine = clock, Machine(clock)
        self.fresh: list[bool] = []
        self.own: list[int] = []
        self.reference: list[int] = []
        self.others = [0, 0]  # CPU of other threads during calls, and during those of the reference
        self.known: bool | None = None
        self.ended, self.seconds = "calls", 0.0  # as of `burst`

    def run(
        self, call: Callable[[Any], Any], reference: Callable[[Any], Any], rows: Rows,
        max_seconds: float, fresh: Sequence[bool] = (),
    ) -> None:  # fmt: skip
        clock = self.clock
        generator = random.Random(0)  # noqa: S311  (an order, no secret)
        began = clock.wall()
        until, next_look = began + max_seconds * 1e9, _LEAST_CALLS
        for _, given in rows:
            self.fresh += fresh[-1:]
            pair = [(0, call, self.own), (1, reference, self.reference)]
            generator.shuffle(pair)
            for which, work, times in pair:
                others = clock.process() - clock.thread()
                _, took, queued = timed(work, given, clock)
                times.append(took)
                self.others[which] += clock.process() - clock.thread() - others
                self.machine.note(took, queued)
                until += queued  # a busy machine gets as many calls as an idle one
            self.seconds = (clock.wall() - began - self.machine.queued) / 1e9
            if clock.wall() >= until:
                self.ended = "seconds"
                break
            if len(self.own) >= next_look:
                next_look += max(5, next_look // 20)
                if self._look():
                    return
        self._look()

    def _look(self) -> bool:
        """Whether all is known by now; on a busy machine, by how much the limit is broken too."""
        self.machine.look(pooled=any(self._pools()))
        if self.machine.pooled:
            self.machine.look_around()
        if self.known is None:
            self.known = decide(len(self.own), self.over(self.limit), 0.5, ALPHA)
        return self.known is True or (self.known is False and self._beyond() is not None)

    def _beyond(self) -> bool | None:
        """Whether the limit is kept but for what a busy machine may have done."""
        if self.margin == 1:
            return self.known
        return decide(len(self.own), self.over(self.margin * self.limit), 0.5, ALPHA)

    def _pools(self) -> tuple[bool, bool]:
        """Whether other threads work along, in calls and in those of the reference."""
        own, reference = self.others
        return (
            own > MOST_OF_OTHERS * sum(self.own),
            reference > MOST_OF_OTHERS * sum(self.reference),
        )

    def ratios(self) -> list[float]:
        pairs = zip(self.own, self.reference, strict=True)
        return [own / max(reference, 1) for own, reference in pairs]

    def over(self, limit: float) -> int:
        return sum(ratio > limit for ratio in self.ratios())

    def missing(self) -> tuple[str, str]:
        """What was missing to either answer, and the option that gives it."""
        calls = len(self.own)
        why, needed = missing(calls, self.over(self.limit), 0.5, ALPHA)
        if self.ended == "seconds":
            return why, enough("max_seconds", self.seconds * needed / calls)
        return why, enough("max_calls", needed)

    def refutes(self) -> bool:
        """Whether the limit is broken: by a margin, if the machine was busy."""
        return self.known is False and self._beyond() is False

    @property
    def margin(self) -> float:
        """How many times as large as on an idle machine the ratio may have become."""
        if self._pools() == (True, False):
            return self.machine.margin
        return BUSY_FACTOR if self.waited > MOST_WAITING else 1

    @property
    def shaken(self) -> bool:
        return self.margin > BUSY_FACTOR

    def busy(self) -> str:
        """Why nothing is held against the calls; empty if nothing excuses them."""
        return self.machine.busy() if self.shaken else busy(self.waited)

    @property
    def waited(self) -> float:
        return self.machine.waited


class _Sample(_Burst):
    """Pairs of calls of which none is the last before its time."""

    def _look(self) -> bool:
        super()._look()
        return False


def _verdict(bursts: list[_Burst]) -> tuple[bool | None, str]:
    first, last = bursts[0], bursts[-1]
    if first.known is True or (first.refutes() and last.refutes()):
        return first.known, ""
    return None, last.busy() or "a second burst of calls did not confirm it"
