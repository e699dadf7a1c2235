"""column_costs: what each column of the rows costs a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from pytest_mlreqs.core.measurement import MIB
from pytest_mlreqs.measures.costs.bill import Entry
from pytest_mlreqs.measures.costs.leaving_out import Rows, Way, memory
from pytest_mlreqs.measures.costs.rounds import Inputs, Key, Question, Rounds
from pytest_mlreqs.measures.costs.workload import Call, Limits, Workload, immeasurable
from pytest_mlreqs.measures.timing.trial import Answer

_WHOLE = "whole"


def of_columns(
    calls: Workload, call: Call, ways: Sequence[Way], rows: Rows, limits: Callable[[str], Limits]
) -> list[Entry]:
    """Hold columns to their limits, one entry for each way in its order.

    Args:
        calls: of the model.
        call: its method, of the model that has all columns.
        ways: to do without columns.
        rows: of X.
        limits: of a column, by its name.
    """
    costs = _timed(calls, call, ways, rows, limits)
    drawn = calls.drawn()
    entries = []
    for way in ways:
        name = rows.names[way.column]
        entry = Entry(name, way.how, way.bound)
        for unit, limit in limits(name).items():
            if way.why:
                entry.unknown(unit, way.why)
            elif way.call is None and not way.parts:
                entry.nothing(unit, limit)
            elif unit != "MiB":
                entry.time(unit, limit, costs[way.column, unit])
            elif why := immeasurable(limit):
                entry.unknown(unit, why, "run it on Linux")
            else:
                size = memory(call, way, rows, drawn, limit * MIB)
                entry.memory(limit, size, calls.how(limit))
        entries.append(entry)
    return entries


def _timed(
    calls: Workload, call: Call, ways: Sequence[Way], rows: Rows, limits: Callable[[str], Limits]
) -> Mapping[Key, Answer[Rounds]]:
    """The call with all columns, next to those without each, or to what parts of it do."""
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
        else:  # it costs nothing, or nobody knows
            continue
        for unit, limit in limits(rows.names[way.column]).items():
            if unit != "MiB":
                questions[way.column, unit] = Question(
                    plus, (_WHOLE,), limit, minus, relative=unit == "share"
                )

    def fresh(X: Any, run: str) -> Any:
        return made[run](X)

    visits = calls.visits()
    inputs: Inputs = (partial(fresh, X) for _, X in visits)
    return calls.timed(runs, inputs, questions, visits)
