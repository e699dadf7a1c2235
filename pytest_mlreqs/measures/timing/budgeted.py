"""budgeted: time calls that have budgets, after a warm-up, one after the other or at a rate."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.measures.statistics.sequential import enough
from pytest_mlreqs.measures.timing import calls, open_loop
from pytest_mlreqs.measures.timing.budgets import QUANTILES, Budgets
from pytest_mlreqs.measures.timing.calls import Calls
from pytest_mlreqs.measures.timing.trial import Answer

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
