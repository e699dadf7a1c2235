"""attribution: in which steps of a pipeline the time of its calls goes."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from pytest_mlreqs.measurement import number
from pytest_mlreqs.models.frames import batches, take
from pytest_mlreqs.models.steps import steps as steps_of

_LONGEST_S = 5.0
_USUAL = 20  # calls
_MOST = 0.5  # of the slowest call; a step that takes it is worth looking at first


@dataclass(frozen=True, slots=True)
class Attribution:
    """What each step takes, in milliseconds.

    Attributes:
        names: of the steps, in their order.
        typical: the median over all calls.
        slowest: what it took in the call that took longest.
    """

    names: tuple[str, ...]
    typical: tuple[float, ...]
    slowest: tuple[float, ...]

    @property
    def culprit(self) -> str:
        """The step that takes most of the slowest call, if one does."""
        most = max(self.slowest)
        return self.names[self.slowest.index(most)] if most > _MOST * sum(self.slowest) else ""

    def cells(self) -> list[tuple[str, str, str]]:
        """A table."""
        lines = zip(self.names, self.typical, self.slowest, strict=True)
        told = [(name, number(usual), number(most)) for name, usual, most in lines]
        return [("step", "median ms", "slowest call ms"), *told]


def attribute(
    steps: Sequence[tuple[str, Callable[[Any], Any]]],
    inputs: Iterable[Any],
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> Attribution:
    """Run a pipeline step by step; the calls end after five seconds, or with the inputs.

    Args:
        steps: name and function, each of what the one before gave.
        inputs: what the first one is given, call by call; one at least.
        clock: seconds.
    """
    until = clock() + _LONGEST_S
    calls: list[list[float]] = []
    for given in inputs:
        took, value = [], given
        for _, step in steps:
            start = clock()
            value = step(value)
            took.append(1e3 * (clock() - start))
        calls.append(took)
        if clock() >= until:
            break
    return Attribution(
        tuple(name for name, _ in steps),
        tuple(median(times) for times in zip(*calls, strict=True)),
        tuple(max(calls, key=sum)),
    )


def apart(
    model: Any, method: str, X: Any, rows: int, slowest: Iterable[int] = ()
) -> Attribution | None:
    """Where the time of a pipeline goes; None for what has no steps that could be told apart.

    Args:
        model: whatever it is.
        method: of its last step.
        X: all rows.
        rows: of a call.
        slowest: positions of single rows to look at as well.
    """
    usual = (given for _, given in itertools.islice(batches(X, rows), _USUAL))
    try:
        one_by_one = steps_of(model, method)
        inputs = itertools.chain((take(X, [row]) for row in slowest), usual)
        return attribute(one_by_one, inputs) if one_by_one else None
    except Exception:  # steps that need more than the rows, such as routed metadata
        return None
