"""rounds: what parts of a call cost, asked of all of them together, with a bounded error rate.

In each round everything that is to be compared runs once, in random order, on the same rows: a
difference of times measured minutes apart would tell of the machine. The cost of a part in a round
is what its own runs took, or what the whole took beyond a run without it; and the question put to
the trial is whether that is above its limit. Questions that are answered drop out.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median_low
from typing import Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.measurement import number
from pytest_mlreqs.measures.machine.machine import Machine, timed
from pytest_mlreqs.measures.timing import trial
from pytest_mlreqs.measures.timing.burst import Limit, Plan, Sampler
from pytest_mlreqs.measures.timing.trial import ALPHA, Answer
from pytest_mlreqs.measures.timing.visits import Visits

MOST_ROUNDS = 1_000
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

    def asked(self) -> Limit:
        """What is asked of the trial; a machine that is slower for a while leaves shares alone."""
        if self.relative:
            return Limit(self.limit, unit="", by_far=1.0)
        return Limit(self.limit)

    def over(self, cost: int, whole: int, margin: float) -> bool:
        """Whether that is above the limit, by more than a busy machine makes of it; see `machine`.

        A share is slowed down by the same neighbours as the whole is, unless threads work along.
        """
        if margin == 1 or not self.relative:
            return self.value(cost, whole) > margin * self.limit
        return margin < math.inf and whole * (1 - self.limit) > _BUSY_RATIO * (whole - cost)


@dataclass(frozen=True, slots=True)
class Rounds:
    """The rounds by which a cost was told.

    Attributes:
        count: how many there were.
        cost_ms: median milliseconds of the part.
        whole_ms: median milliseconds of the whole.
        waited: share of the time for which there was no core; None where nobody counts.
        questions: how many share the bound on errors.
    """

    count: int
    cost_ms: float
    whole_ms: float
    waited: float | None
    questions: int = 1

    def how(self) -> str:
        """How it was measured, in words."""
        waited = "" if self.waited is None else f", waited {100 * self.waited:.0f} % for a core"
        among = "" if self.questions == 1 else f" for all {self.questions} budgets together"
        return (
            f"{number(self.count)} rounds in random order, {number(self.whole_ms)} ms as a whole "
            f"at the median, garbage collector frozen{waited}; wrong verdicts at most "
            f"{100 * ALPHA:.0f} %{among}"
        )


def judge(
    runs: Mapping[str, Callable[[Any], Any]], inputs: Inputs, questions: Mapping[Key, Question], *,
    max_seconds: float, max_rounds: int = MOST_ROUNDS, clock: Clock | None = None,
    visits: Visits | None = None,
) -> dict[Key, Answer[Rounds]]:  # fmt: skip
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
    plan = Plan(
        max_rounds, max_seconds, name="rounds", reach=MOST_ROUNDS, first=20,
        unconfirmed="a later burst of rounds did not confirm it",
    )  # fmt: skip
    answers = trial.judge(
        {key: question.asked() for key, question in questions.items()},
        lambda counters: _Rounds(runs, inputs, questions, counters), plan,
        lambda bursts, counted: (bursts, counted), clock=clock, visits=visits,
    )  # fmt: skip
    return {key: answer.of(_record(key, *answer.samples)) for key, answer in answers.items()}


class _Rounds(Sampler[Key]):
    """Rounds made one after the other, in nanoseconds without waiting for a core."""

    machine: Machine

    def __init__(
        self, runs: Mapping[str, Callable[[Any], Any]], inputs: Inputs,
        questions: Mapping[Key, Question], clock: Clock,
    ) -> None:  # fmt: skip
        self._runs, self._inputs, self.questions = runs, inputs, questions
        self._clock, self.machine = clock, Machine(clock)
        self._order = random.Random(0)  # noqa: S311  (an order, no secret)
        self.spent: dict[Key, list[tuple[int, int]]] = defaultdict(list)

    def take(self, most: int, keys: Collection[Key]) -> int:
        """Make one round, of what it takes to answer these questions."""
        for fresh in islice(self._inputs, min(most, 1)):
            asked = {key: self.questions[key] for key in keys}
            order = sorted(set[str]().union(*(one.runs() for one in asked.values())))
            self._order.shuffle(order)
            took = {}
            for name in order:
                _, took[name], queued = timed(self._runs[name], fresh(name), self._clock)
                self.machine.note(took[name], queued)
            for key, one in asked.items():
                self.spent[key].append(one.spent(took))
            return 1
        return 0

    def values(self, key: Key, *, pooled: bool = False) -> list[float]:
        """Costs, in milliseconds or as shares."""
        return [self.questions[key].value(*spent) for spent in self.spent[key]]

    def tally(self, key: Key, margin: float = 1.0) -> tuple[int, int]:
        """Rounds, and those beyond `margin` times the limit."""
        one, spent = self.questions[key], self.spent[key]
        return len(spent), sum(one.over(*each, margin) for each in spent)


def _record(key: Key, bursts: Sequence[_Rounds], counted: bool) -> Rounds:  # noqa: FBT001
    """What there is to tell of the rounds that answer a question."""
    spent = [pair for burst in bursts for pair in burst.spent[key]]
    return Rounds(
        count=len(spent),
        cost_ms=median_low(cost for cost, _ in spent) / 1e6,
        whole_ms=median_low(whole for _, whole in spent) / 1e6,
        waited=max(burst.machine.waited for burst in bursts) if counted else None,
        questions=len(bursts[0].questions),
    )
