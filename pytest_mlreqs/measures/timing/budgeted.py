"""budgeted: time calls that have budgets, after a warm-up, one after the other or at a rate."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.measures.machine.workers import limited
from pytest_mlreqs.measures.statistics.sequential import enough
from pytest_mlreqs.measures.timing import calls, causes, open_loop, pairs
from pytest_mlreqs.measures.timing.budgets import QUANTILES, Budgets
from pytest_mlreqs.measures.timing.calls import Calls
from pytest_mlreqs.measures.timing.causes import Causes
from pytest_mlreqs.measures.timing.pairs import Pairs
from pytest_mlreqs.measures.timing.trial import Answer
from pytest_mlreqs.measures.timing.visits import Stopwatch, Visits
from pytest_mlreqs.models.contract import guarded
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows


@dataclasses.dataclass(frozen=True, slots=True)
class Timed:
    """Calls held to their budgets.

    Attributes:
        name: of what is called.
        warm: how many warm-up calls there were.
        answers: by the name of the quantile.
        causes: where the time of an answer's calls goes, or None if nobody can tell.
    """

    name: str
    warm: int
    answers: dict[str, Answer[Calls]]
    causes: Callable[[Answer[Calls]], Causes | None]


WARM = 5  # calls that are made before any counts, however long they take


def warm_up(
    call: Callable[[Any], Any], inputs: Iterator[Any], wanted: int, seconds: float, clock: Clock
) -> int:
    """Make calls that do not count, while there is time; returns how many there were."""
    until = clock.seconds() + seconds
    for warm, given in enumerate(inputs):
        if warm >= WARM and clock.seconds() >= until:
            return warm
        call(given)
    return wanted


def judge(
    call: Callable[[Any], Any],
    inputs: Iterator[tuple[int, Any]],
    budgets: Budgets,
    *,
    warm: tuple[int, int],
    cold_ms: Sequence[float],
    clock: Clock,
) -> dict[str, Answer[Calls]]:
    """Whether calls keep their budgets, by the name of the quantile.

    Args:
        call: is called on one input after the other, or at a rate.
        inputs: as for `calls.judge`.
        budgets: what is kept, and for how long that is looked at.
        warm: how many warm-up calls were made, and how many were wanted. Where these are fewer,
            no violation is found.
        cold_ms: what calls took before the warm-up.
        clock: tells the time.
    """
    most, seconds, rate = budgets.calls, budgets.seconds, budgets.rate_per_s
    if rate is None:
        answers = calls.judge(
            call, inputs, budgets.limits,
            max_calls=most, max_seconds=seconds, cold_ms=cold_ms, clock=clock,
        )  # fmt: skip
    else:
        answers = open_loop.hold(
            call, inputs, budgets.limits, rate_per_s=rate, max_calls=most, max_seconds=seconds
        )
    return {name: _warm(answers[QUANTILES[name]], *warm, seconds) for name in budgets.ms}


def _warm(answer: Answer[Calls], made: int, wanted: int, seconds: float) -> Answer[Calls]:
    """The answer, but for a violation after too few warm-up calls."""
    if made >= wanted or answer.ok is not False:
        return answer
    why = f"there was time for {made:,} of {wanted:,} warm-up calls"
    option = enough("max_seconds", seconds * wanted / made)
    return dataclasses.replace(answer, ok=None, why=why, option=option)


def of_body(
    body: Callable[[], Any], budgets: Budgets, warmup: int, threads: int | None, clock: Clock
) -> Timed:
    """The body of a test, called again and again.

    Args:
        body: is called.
        budgets: what is kept.
        warmup: how many calls do not count.
        threads: of each pool meanwhile, if that is declared.
        clock: tells the time.
    """
    name = "the test's body"
    call = guarded(lambda _: body(), name)
    warm = warm_up(call, itertools.repeat(None, warmup), warmup, budgets.seconds, clock)
    runs = ((run, None) for run in itertools.count(1))
    with limited(threads):
        answers = judge(call, runs, budgets, warm=(warm, warmup), cold_ms=(), clock=clock)
    return Timed(name, warm, answers, lambda _: None)


def of_model(
    model: Model, X: Rows, rows: int, budgets: Budgets, warmup: int, threads: int | None,
    clock: Clock,
) -> Timed:  # fmt: skip
    """Calls of a model with a number of rows each; as for `of_body`."""
    predict = model.call
    visits, first = Visits(X.raw, rows), Stopwatch(predict.call, clock)
    dataclasses.replace(predict, call=first).probed(visits.first())
    warm = warm_up(first, visits.warming(warmup), warmup, budgets.seconds, clock)
    with limited(threads):
        answers = judge(
            predict.call, visits, budgets, warm=(warm, warmup), cold_ms=first.ms, clock=clock
        )
    look = functools.cache(  # of one set of calls, whichever budgets they break
        functools.partial(causes.of, model.raw, predict.name, X.raw, rows, clock)
    )

    def found(answer: Answer[Calls]) -> Causes:
        return look(tuple(row for row, _ in answer.samples.slowest if rows == 1))

    return Timed(predict.name, warm, answers, found)


def ratio(
    model: Model, other: Callable[[Any], Any], X: Rows, rows: int, limit: float,
    *, warmup: int, threads: int | None, max_calls: int, max_seconds: float, clock: Clock,
) -> Answer[Pairs]:  # fmt: skip
    """How many times as long as others calls take on the same rows; see `pairs.judge`."""
    call, inputs = model.call.call, Visits(X.raw, rows)
    for given in inputs.warming(warmup):
        call(given)
        other(given)
    with limited(threads):
        return pairs.judge(
            call, other, inputs, limit, max_calls=max_calls, max_seconds=max_seconds, clock=clock
        )
