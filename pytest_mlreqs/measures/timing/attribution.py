"""attribution: in which steps of a pipeline the time of its calls goes, and in which columns."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import median
from typing import Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.evidence import Cell, Column, Table
from pytest_mlreqs.models.branches import Branch, branches
from pytest_mlreqs.models.frames import batches, take
from pytest_mlreqs.models.steps import steps as steps_of

_STEPS_S, _LONGEST_S = 3.0, 5.0  # of which the rest is for columns
_USUAL = 20  # calls
_MOST = 0.5  # of the slowest call; a step that takes it is worth looking at first
_NAMED = 3  # columns of a transformer

Step = tuple[str, Callable[[Any], Any]]


@dataclass(frozen=True, slots=True)
class Attribution:
    """What each step takes, in milliseconds.

    Attributes:
        names: of the steps, in their order.
        typical: the median over all calls.
        slowest: what it took in the call that took longest.
        within: the same of the transformers of a step, each run by itself, by the step's name.
    """

    names: tuple[str, ...]
    typical: tuple[float, ...]
    slowest: tuple[float, ...]
    within: Mapping[str, Attribution] = field(default_factory=dict)

    @property
    def culprit(self) -> str:
        """The step that takes most of the slowest call, if one does."""
        most = max(self.slowest)
        return self.names[self.slowest.index(most)] if most > _MOST * sum(self.slowest) else ""

    @property
    def first(self) -> str:
        """What to look at first, in words: the culprit, and the transformer that is it within."""
        step = self.culprit
        transformer = self.within[step].culprit if step in self.within else ""
        return f"step {step!r}" + f" ({transformer})" * bool(transformer) if step else ""

    def table(self) -> Table:
        """The steps, with the transformers below theirs."""
        rows = list(_rows(self))
        return Table(
            title="time of steps",
            columns=(Column("step"), Column("median", "ms"), Column("slowest call", "ms")),
            rows=tuple(row for _, row in rows),
            levels=tuple(level for level, _ in rows),
            bars=2,
        )


def _rows(of: Attribution, level: int = 0) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    for name, *times in zip(of.names, of.typical, of.slowest, strict=True):
        yield level, (name, *times)
        if name in of.within:
            yield from _rows(of.within[name], level + 1)


def attribute(
    steps: Sequence[Step],
    inputs: Iterable[Any],
    clock: Clock,
    *,
    seconds: float = _STEPS_S,
) -> Attribution:
    """Run a pipeline step by step; the calls end when the time is over, or with the inputs.

    Args:
        steps: name and function, each of what the one before gave.
        inputs: what the first one is given, call by call; one at least.
        clock: of all calls.
        seconds: after which no other call is begun.
    """
    until = clock.seconds() + seconds
    calls: list[list[float]] = []
    for given in inputs:
        took, value = [], given
        for _, step in steps:
            start = clock.seconds()
            value = step(value)
            took.append(1e3 * (clock.seconds() - start))
        calls.append(took)
        if clock.seconds() >= until:
            break
    return Attribution(
        tuple(name for name, _ in steps),
        tuple(median(times) for times in zip(*calls, strict=True)),
        tuple(max(calls, key=sum)),
    )


def apart(
    model: Any, method: str, X: Any, rows: int, clock: Clock, slowest: Iterable[int] = ()
) -> Attribution | None:
    """Where the time of a pipeline goes; None for what has no steps that could be told apart.

    Args:
        model: whatever it is.
        method: of its last step.
        X: all rows.
        rows: of a call.
        clock: of all calls.
        slowest: positions of single rows to look at as well.
    """
    try:
        steps = steps_of(model, method)
        if not steps:
            return None
        usual = [given for _, given in itertools.islice(batches(X, rows), _USUAL)]
        inputs = [*(take(X, [row]) for row in slowest), *usual]
        until = clock.seconds() + _LONGEST_S
        seen = attribute(steps, inputs, clock)
    except Exception:  # steps that need more than the rows, such as routed metadata
        return None
    within = {name: _within(model.named_steps[name], _before(name, steps, inputs), clock, until)
              for name in seen.names[:-1]}  # fmt: skip
    return replace(seen, within={name: told for name, told in within.items() if told})


def _before(name: str, steps: Sequence[Step], inputs: Iterable[Any]) -> Iterator[Any]:
    """What a step is given in each of the calls."""
    earlier = [call for _, call in itertools.takewhile(lambda one: one[0] != name, steps)]
    for value in inputs:
        for call in earlier:
            value = call(value)  # noqa: PLW2901
        yield value


def _within(step: Any, values: Iterator[Any], clock: Clock, until: float) -> Attribution | None:
    """What the transformers of a ColumnTransformer take; None for another step, or for no time."""
    if (seconds := until - clock.seconds()) <= 0:
        return None
    try:
        value = next(values)
        names = [str(name) for name in getattr(value, "columns", range(value.shape[1]))]
        found = [(_named(one, names), partial(_pass, one)) for one in branches(step, names) or ()]
        values = itertools.chain([value], values)
        return attribute(found, values, clock, seconds=seconds) if found else None
    except Exception:  # columns of another sort, or transformers that want more than these
        return None


def _named(one: Branch, names: Sequence[str]) -> str:
    columns = [names[at] for at in one.columns]
    more = len(columns) - _NAMED
    return f"{one.name}: {', '.join(columns[:_NAMED])}" + (f" and {more} more" if more > 0 else "")


def _pass(one: Branch, value: Any) -> Any:
    """Run a transformer, and give on what it was given."""
    one.call(one.select(value))
    return value
