"""costs: what parts of a call cost, asked of all of them together, with a bounded error rate.

In each round everything that is to be compared runs once, in random order, on the same rows: a
difference of times measured minutes apart would tell of the machine. The cost of a part in a round
is what its own runs took, or what the whole took beyond a run without it; and the question put to
`sequential` is whether that is above its limit. The bound is shared out evenly among the questions
(Bonferroni), so that it holds for all of them together; those that are answered drop out.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from statistics import median_low
from typing import Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.measurement import number
from pytest_mlreqs.core.tracers import excuse, resting
from pytest_mlreqs.measures.machine.machine import BY_FAR, Machine, cold, later, timed
from pytest_mlreqs.measures.machine.rest import frozen_garbage
from pytest_mlreqs.measures.statistics.sequential import decide, enough, missing, quantile_interval
from pytest_mlreqs.measures.timing.trial import ALPHA
from pytest_mlreqs.measures.timing.visits import Visits, with_new_rows

MOST_ROUNDS = 1_000
_LEAST_ROUNDS = 20
_BUSY_RATIO = 1.25  # more than a busy machine was seen to do to a ratio of two works alike

Inputs = Iterator[Callable[[str], Any]]
Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a part costs more than it may.

    Attributes:
        plus: names of the runs that its cost is made of.
        minus: names of the runs without it, whose time is taken off.
        whole: names of the runs that are the call as a whole.
        limit: milliseconds, or a share of the whole.
        relative: whether the limit is a share, below 1.
    """

    plus: tuple[str, ...]
    whole: tuple[str, ...]
    limit: float
    minus: tuple[str, ...] = ()
    relative: bool = False

    def runs(self) -> set[str]:
        """All that has to run to answer it."""
        return {*self.plus, *self.minus, *self.whole}

    def spent(self, took: Mapping[str, int]) -> tuple[int, int]:
        """Nanoseconds of the part and of the whole, from those of the runs."""
        cost = sum(took[one] for one in self.plus) - sum(took[one] for one in self.minus)
        return cost, sum(took[one] for one in self.whole)

    def value(self, cost: int, whole: int) -> float:
        """Milliseconds, or the share."""
        return cost / max(whole, 1) if self.relative else cost / 1e6

    def over(self, cost: int, whole: int, margin: float = 1.0) -> bool:
        """Whether that is above the limit, by more than a busy machine makes of it; see `machine`.

        A share is slowed down by the same neighbours as the whole is, unless threads work along.
        """
        if margin == 1 or not self.relative:
            return self.value(cost, whole) > margin * self.limit
        return margin < math.inf and whole * (1 - self.limit) > _BUSY_RATIO * (whole - cost)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a part costs, held to its limit.

    Attributes:
        value: milliseconds, or the share, at the median over all rounds.
        interval: its 95 % interval, or None for few rounds.
        ok: within the limit, beyond it, or None.
        why: why it is undecided, or empty.
        rounds: how many there were.
        cost_ms: median milliseconds of the part.
        whole_ms: median milliseconds of the whole.
        waited: share of the time for which there was no core; None where nobody counts.
        questions: how many share the bound on errors.
        option: which one would give what is missing, where one would.
        few: whether more different rows are what is missing.
    """

    value: float
    interval: tuple[float, float] | None
    ok: bool | None
    why: str
    rounds: int
    cost_ms: float
    whole_ms: float
    waited: float | None
    questions: int
    option: str = ""
    few: bool = False

    def how(self) -> str:
        """How it was measured, in words."""
        waited = "" if self.waited is None else f", waited {100 * self.waited:.0f} % for a core"
        among = "" if self.questions == 1 else f" for all {self.questions} budgets together"
        return (
            f"{number(self.rounds)} rounds in random order, {number(self.whole_ms)} ms as a whole "
            f"at the median, garbage collector frozen{waited}; wrong verdicts at most "
            f"{100 * ALPHA:.0f} %{among}"
        )


def hold(
    runs: Mapping[str, Callable[[Any], Any]], inputs: Inputs, questions: Mapping[Key, Question], *,
    max_seconds: float, max_rounds: int = MOST_ROUNDS, clock: Clock | None = None,
    visits: Visits | None = None,
) -> dict[Key, Cost]:  # fmt: skip
    """Run everything in rounds until each question is answered.

    The probability that any of the verdicts is wrong is at most 1 % if rounds are independent. A
    limit is called broken if further bursts of rounds, later and later, say so, and if the machine
    had little else to do, or if it is broken by far. One more is enough for a share, which a slower
    machine leaves as it is, and for what is broken by far.

    Args:
        runs: what is run, by name.
        inputs: of one round after the other, without end: what makes the input of a run by its
            name, which takes none of the time.
        questions: by the place of the part and the unit of the limit.
        max_seconds: of one burst; waiting for a core takes none of them.
        max_rounds: in one burst.
        clock: for tests.
        visits: tells which rounds are made with new rows, if anything does.
    """
    new = visits.fresh if visits else ()
    with clock or Clock() as counters, frozen_garbage(), resting() as awake:
        began = counters.wall()
        bursts = [_Burst(questions, ALPHA / len(questions), counters)]
        bursts[0].run(runs, islice(inputs, max_rounds), max_seconds, new)
        for broken in later(counters, began, max_seconds, questions, bursts, _by_far):
            for fresh in islice(inputs, cold(bursts[-1].machine, bursts[-1].rounds)):
                for name in {name for one in broken.values() for name in one.runs()}:
                    runs[name](fresh(name))
            bursts.append(_Burst(broken, ALPHA / len(questions), counters))
            bursts[-1].run(runs, islice(inputs, max_rounds), max_seconds, new)
        counted = counters.counts_waiting
    costs = {key: _told(key, one, bursts, counted) for key, one in questions.items()}
    for key, cost in costs.items():
        if cost.ok is False and awake:
            costs[key] = replace(cost, ok=None, why=excuse(awake))
        elif cost.ok is True and visits:
            ok, why = _with_new_rows(key, questions[key], bursts, visits.different)
            costs[key] = replace(cost, ok=ok, why=why, few=ok is None)
    return costs


def _with_new_rows(
    key: Key, question: Question, bursts: Sequence[_Burst], different: int
) -> tuple[bool | None, str]:
    """Whether a limit would be kept with rows that are new, or why nobody knows."""
    values = [question.value(*spent) for one in bursts for spent in one.spent.get(key, ())]
    fresh = [new for one in bursts if key in one.spent for new in one.fresh[: len(one.spent[key])]]
    unit, alpha = "" if question.relative else " ms", bursts[0].alpha
    return with_new_rows(values, fresh, question.limit, 0.5, alpha, different, unit=unit)


class _Burst:
    """Rounds made one after the other, in nanoseconds without waiting for a core."""

    def __init__(self, questions: Mapping[Key, Question], alpha: float, clock: Clock) -> None:
        self.questions, self.alpha = questions, alpha
        self.clock, self.machine = clock, Machine(clock)
        self.spent: dict[Key, list[tuple[int, int]]] = {key: [] for key in questions}
        self.known: dict[Key, bool | None] = dict.fromkeys(questions)
        self.open = set(questions)
        self.fresh: list[bool] = []  # which rounds were made with new rows
        self.seconds = 0.0  # for which there were runs, but for those spent waiting for a core

    def run(
        self, runs: Mapping[str, Callable[[Any], Any]], inputs: Iterable[Callable[[str], Any]],
        max_seconds: float, new: Sequence[bool] = (),
    ) -> None:  # fmt: skip
        clock = self.clock
        generator = random.Random(0)  # noqa: S311  (an order, no secret)
        began = clock.wall()
        until, next_look = began + max_seconds * 1e9, _LEAST_ROUNDS
        for rounds, fresh in enumerate(inputs, 1):
            self.fresh += new[-1:]
            asked = {key: self.questions[key] for key in self.open}
            wanted = set[str]().union(*(one.runs() for one in asked.values()))
            order = sorted(wanted)
            generator.shuffle(order)
            took = {}
            for name in order:
                _, took[name], queued = timed(runs[name], fresh(name), clock)
                self.machine.note(took[name], queued)
                until += queued  # a busy machine gets as many rounds as an idle one
            for key, one in asked.items():
                self.spent[key].append(one.spent(took))
            late = clock.wall() >= until
            self.seconds = (clock.wall() - began - self.machine.queued) / 1e9
            if late or rounds >= next_look:
                next_look = rounds + max(5, rounds // 20)
                if self._look() or late:
                    return
        self._look()

    def _look(self) -> bool:
        """Whether all is known by now: of what is broken, whether it is by enough, too."""
        self.machine.look()
        for key, verdict in self.known.items():
            if verdict is None:  # one that was reached once stands
                self.known[key] = self._decided(key)
        if False in self.known.values():  # else nobody asks yet
            self.machine.look_around()
        self.open = {key for key in self.known if self._kept(key) is None}
        return not self.open

    def _decided(self, key: Key, margin: float = 1.0) -> bool | None:
        return decide(len(self.spent[key]), self.over(key, margin), 0.5, self.alpha)

    def over(self, key: Key, margin: float = 1.0) -> int:
        one = self.questions[key]
        return sum(one.over(*spent, margin) for spent in self.spent[key])

    @property
    def rounds(self) -> int:
        return max(map(len, self.spent.values()))

    def missing(self, key: Key) -> tuple[str, str]:
        """What was missing to either answer, and the option that gives it, if one does."""
        rounds = len(self.spent[key])
        why, needed = missing(rounds, self.over(key), 0.5, self.alpha, "rounds")
        fit = needed <= MOST_ROUNDS
        return why, enough("max_seconds", self.seconds * needed / rounds) if fit else ""

    def refutes(self, key: Key, by: float = 1.0) -> bool:
        """Whether the limit is broken `by` times: by far, if the machine was busy."""
        return self._kept(key, by) is False

    def _kept(self, key: Key, by: float = 1.0) -> bool | None:
        """Whether it keeps its limit, but for what a busy machine may have done to the runs."""
        known, margin = self.known.get(key), max(by, self.machine.margin)
        if known is not False or margin == 1:
            return known
        return self._decided(key, margin)


def _told(key: Key, question: Question, bursts: list[_Burst], counted: bool) -> Cost:  # noqa: FBT001
    spent = [pair for burst in bursts for pair in burst.spent.get(key, ())]
    values = sorted(question.value(*pair) for pair in spent)
    value, (ok, why) = median_low(values), _verdict(key, bursts)
    if ok is not None and ok is not (value <= question.limit):
        ok, why = None, "earlier and later rounds disagree"
    option = ""
    if bursts[0].known[key] is None:
        why, option = bursts[0].missing(key)
    return Cost(
        value=value,
        interval=quantile_interval(values, 0.5),
        ok=ok,
        why=why,
        rounds=len(values),
        cost_ms=median_low(cost for cost, _ in spent) / 1e6,
        whole_ms=median_low(whole for _, whole in spent) / 1e6,
        waited=max(burst.machine.waited for burst in bursts) if counted else None,
        questions=len(bursts[0].questions),
        option=option,
    )


def _by_far(one: Question) -> float:
    """A machine that is slower for a while leaves shares as they are."""
    return 1.0 if one.relative else BY_FAR


def _verdict(key: Key, bursts: list[_Burst]) -> tuple[bool | None, str]:
    first, *others = (burst for burst in bursts if key in burst.questions)
    known = first.known[key]
    if known is True or (others and all(burst.refutes(key) for burst in (first, *others))):
        return known, ""
    last = others[-1] if others else first
    return None, last.machine.busy() or "a later burst of rounds did not confirm it"
