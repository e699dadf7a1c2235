"""rounds: what is run in each round, to tell what columns and steps cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pytest_mlreqs.measures.costs import Cost, Inputs, Key, Question, hold
from pytest_mlreqs.measures.leaving_out import Rows, Way
from pytest_mlreqs.models.contract import guarded

Call = Callable[[Any], Any]
Limits = Mapping[str, float]  # by unit: `ms`, `share`
_WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Plan:
    """Runs, their inputs, and the questions to them, as `costs` takes them."""

    runs: Mapping[str, Call]
    inputs: Inputs
    questions: Mapping[Key, Question]

    def held(self, name: str, *, warmup: int, max_seconds: float) -> dict[Key, Cost]:
        """The answers, after some rounds that do not count.

        Raises:
            Fault: one of the runs raised; it names `name`.
        """
        if not self.questions:
            return {}

        def work(inputs: Inputs) -> dict[Key, Cost]:
            for _ in range(warmup):
                fresh = next(inputs)
                for run, call in self.runs.items():
                    call(fresh(run))
            return hold(self.runs, inputs, self.questions, max_seconds=max_seconds)

        # Guarded as a whole: a guard around each run would be part of what is timed.
        seen: dict[Key, Cost] = guarded(work, name)(self.inputs)
        return seen


def of_columns(
    call: Call, ways: Sequence[Way], rows: Rows, given: Iterator[tuple[int, Any]],
    limits: Callable[[int], Limits],
) -> Plan:  # fmt: skip
    """The call with all columns, next to those without each, or to what parts of it do.

    Args:
        call: the model with all columns.
        ways: to do without columns; those that nothing takes have no cost to ask for.
        rows: of X.
        given: batches of rows of X, without end.
        limits: of a column, by its position.
    """
    runs: dict[str, Call] = {_WHOLE: call}
    made: dict[str, Call] = {_WHOLE: rows.whole}
    questions: dict[Key, Question] = {}
    for way in ways:
        plus: tuple[str, ...] = (_WHOLE,)
        minus: tuple[str, ...] = ()
        if way.call is not None:
            run = f"without {way.column}"
            runs[run], made[run] = way.call, partial(rows.less, column=way.column)
            minus = (run,)
        elif way.parts:
            parts = {f"part {part.name}": part for part in way.parts}
            runs |= {run: part.call for run, part in parts.items()}
            made |= {run: part.select for run, part in parts.items()}
            plus = tuple(parts)
        else:
            continue
        for unit, limit in limits(way.column).items():
            questions[way.column, unit] = Question(
                plus, (_WHOLE,), limit, minus, relative=unit == "share"
            )

    def fresh(X: Any, run: str) -> Any:
        return made[run](X)

    return Plan(runs, (partial(fresh, X) for _, X in given), questions)


def of_steps(
    found: Sequence[tuple[str, Call]], given: Iterator[tuple[int, Any]], limits: Limits
) -> Plan:
    """The steps of a pipeline, each by itself with what those before it give.

    Args:
        found: name and function of each step.
        given: batches of rows, without end.
        limits: of each step.
    """
    names = tuple(name for name, _ in found)
    questions = {
        (place, unit): Question((name,), names, limit, relative=unit == "share")
        for place, name in enumerate(names)
        for unit, limit in limits.items()
    }

    def inputs() -> Inputs:
        for _, X in given:
            yield dict(zip(names, between(found, X), strict=True)).__getitem__

    return Plan(dict(found), inputs(), questions)


def between(found: Sequence[tuple[str, Call]], X: Any) -> list[Any]:
    """What each step of a pipeline is given for these rows."""
    values = [X]
    for _, step in found[:-1]:
        values.append(step(values[-1]))
    return values
