"""step_costs: what each step of a pipeline costs a call."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from pytest_mlreqs.core.measurement import MIB
from pytest_mlreqs.measures.costs.bill import Entry
from pytest_mlreqs.measures.costs.rounds import Inputs, Question
from pytest_mlreqs.measures.costs.workload import Call, Limits, Workload, immeasurable
from pytest_mlreqs.measures.memory import peak
from pytest_mlreqs.measures.memory.work import copied


def of_steps(calls: Workload, found: Sequence[tuple[str, Call]], limits: Limits) -> list[Entry]:
    """Run a pipeline step by step, and hold each step to the same limits.

    Args:
        calls: of the pipeline.
        found: name and function of each step.
        limits: by unit.
    """
    names = tuple(name for name, _ in found)
    questions = {
        (place, unit): Question((name,), names, limit, relative=unit == "share")
        for place, name in enumerate(names)
        for unit, limit in limits.items()
        if unit != "MiB"
    }

    visits = calls.visits()

    def inputs() -> Inputs:
        for _, X in visits:
            yield dict(zip(names, _between(found, X), strict=True)).__getitem__

    costs = calls.timed(dict(found), inputs(), questions, visits)
    given = [_between(found, copied(X)) for X in calls.drawn()] if "MiB" in limits else []
    entries = []
    for place, (name, step) in enumerate(found):
        entry = Entry(name, hint=f"profile step {name!r}", kind="step")
        for unit, limit in limits.items():
            if unit != "MiB":
                entry.time(unit, limit, costs[place, unit])
            elif why := immeasurable(limit):
                entry.unknown(unit, why, "run it on Linux")
            else:
                values = [partial(copied, one[place]) for one in given]
                seen = [peak.hold(step, fresh, limit * MIB) for fresh in values]
                entry.memory(limit, max(one.bytes for one in seen), calls.how(limit))
        entries.append(entry)
    return entries


def _between(found: Sequence[tuple[str, Call]], X: Any) -> list[Any]:
    """What each step of a pipeline is given for these rows."""
    values = [X]
    for _, step in found[:-1]:
        values.append(step(values[-1]))
    return values
