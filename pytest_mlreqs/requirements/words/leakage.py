"""leakage: what is said of inputs that tell the target, of identifiers, and of shared rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pytest_mlreqs.core.evidence import Offender, Offenders
from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.limits import at_most, none_of
from pytest_mlreqs.core.measurement import Measurement, counted, number, undecided

if TYPE_CHECKING:
    from pytest_mlreqs.measures.association.shared_rows import Shared
    from pytest_mlreqs.measures.association.single_input import Target
    from pytest_mlreqs.measures.association.strongest import Strongest
    from pytest_mlreqs.measures.influence.reading import Inputs
    from pytest_mlreqs.measures.tables.identifiers import Identifier

IDENTIFIERS = "identifiers that the model reads"
SHARED = "rows shared with the training data"


def of_strongest(kind: str) -> tuple[str, Identity]:
    """What is measured of the strongest input, and what programs know it by."""
    unit = "AUC" if kind == "classes" else "R2"
    identity = Identity(id=unit.lower(), option=f"max_{unit.lower()}")
    return f"{unit} of the strongest single input", identity


def strongest(
    kind: str, inputs: Inputs, goal: Target, judged: int, limit: float, most: int, seen: Strongest
) -> Measurement:
    """The input that tells most by itself, of those that the model reads.

    Args:
        kind: `classes` or `numbers`.
        inputs: the inputs of the model.
        goal: the target.
        judged: how many inputs count.
        limit: how well one may tell the target.
        most: how many rows are used at most.
        seen: what was found.
    """
    name, own = of_strongest(kind)
    how = f"{judged} inputs, {number(len(goal.rows))} rows"
    how += f", {number(goal.missing)} without a target" if goal.missing else ""
    how += inputs.how
    how += f"; not read by the model: {', '.join(seen.unread)}" if seen.unread else ""
    if seen.top is None:
        text = f"{name}: the model reads none of them"
        return Measurement(name=name, text=text, ok=True, limit=limit, how=how, **own)
    column, top = seen.top
    worst = sorted(seen.read, key=lambda one: -one[1].value)[:5]
    items = tuple(Offender(inputs.names[at], one.value) for at, one in worst)
    held = at_most(
        f"{name}, {inputs.names[column]!r},", top.value, limit, interval=(top.low, top.high),
        how=how, evidence=[Offenders(what="column", items=items)],
        hint="if it is known when the model has to predict, name it in `allowed`; "
        "else take it out of what the model is fitted on", **own,
    )  # fmt: skip
    held = dataclasses.replace(held, name=name)
    if not seen.proven:
        text = f"{held.text}; {inputs.doubt(column)}"
        return dataclasses.replace(held, ok=None, text=text)
    if held.ok is False or not seen.wide:
        return held
    why = f"the value of {seen.wide!r} may be above the limit"
    if goal.classes:
        why += f" with {counted(int(goal.wanted.sum(axis=0).min()), 'row')} of the rarest class"
    more = "raise `rows`" if len(inputs.frame) > most else "give more rows of X"
    return held.judged(None, f"{why}; {more}")


def identifiers(inputs: Inputs, seen: Mapping[int, Identifier]) -> Measurement:
    """Which inputs look like identifiers, and whether the model reads them."""
    read = {column: inputs.read(column) for column in seen}
    how = "; ".join(
        f"{inputs.names[column]}: {one.why}"
        + (", not read by the model" if read[column] is False else "")
        for column, one in seen.items()
    )
    hint = "take it out of what the model is fitted on, or name it in `allowed`"
    identity = Identity(id="identifiers", option="no_identifiers")
    found = [column for column, one in seen.items() if read[column] and not one.or_else]
    if found:
        names = [inputs.names[at] for at in found]
        return none_of(IDENTIFIERS, names, how=how, hint=hint, **identity)
    for column, one in seen.items():
        if read[column] is None:
            return undecided(IDENTIFIERS, inputs.doubt(column), how=how, **identity)
        if read[column]:
            why = f"{inputs.names[column]!r} holds identifiers or {one.or_else}, which look alike"
            hint = "name it in `allowed` if it holds times; else take it out of the model"
            return undecided(IDENTIFIERS, why, how=how, hint=hint, **identity)
    return none_of(IDENTIFIERS, [], how=how, **identity)


def shared(inputs: Inputs, limit: int, seen: Shared) -> Measurement:
    """How many rows stand in the training data."""
    twins = seen.twins
    count, chance = len(twins.rows), number(round(twins.chance, 1))
    which = "all that the model reads" if seen.read else "all columns"
    worst = tuple(Offender(row) for row in twins.rows[:5])
    held = Measurement(
        name=SHARED,
        text=f"{number(count)} of {number(len(inputs.frame))} rows of X stand in the training data "
        f"with {which}, {chance} expected by chance, limit {number(limit)}",
        ok=twins.within(limit),
        value=count,
        limit=limit,
        unit="rows",
        how=f"{counted(len(seen.columns), 'input')}, {number(seen.others)} training rows"
        f"{inputs.how}; {counted(len(twins.near), 'more row')} with one input unlike in training",
        evidence=[Offenders(what="row", items=worst, total=count)],
        id="shared_rows",
        option="max_shared_rows",
        hint="drop repeated rows before the data is split, and split before anything is fitted",
    )
    if held.ok is None:
        why = "chance or copies may have made them; give columns that tell rows apart"
        return held.judged(None, why)
    return held
