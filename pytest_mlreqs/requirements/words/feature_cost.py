"""feature_cost: what is said of columns and steps that cost something, and of their sources."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_mlreqs.core.limits import none_of
from pytest_mlreqs.core.measurement import Measurement, counted, undecided
from pytest_mlreqs.measures.tables.naming import missing

if TYPE_CHECKING:
    from pytest_mlreqs.measures.costs.leaving_out import Way
    from pytest_mlreqs.measures.influence.reading import Inputs, Upstream


def unknown(wanted: str, option: str, names: list[str]) -> Measurement:
    """A name that is no column."""
    return undecided(
        f"{wanted!r} in {option}", missing(wanted, names), hint="name the columns of X",
        id=f"name_in_{option}", of=wanted, option=option,
    )  # fmt: skip


def no_steps(model: object) -> Measurement:
    """A model that is no pipeline."""
    why = f"the model ({type(model).__name__}) is no pipeline of several steps"
    hint = "give its columns a budget, with refit"
    return undecided("cost of steps", why, hint=hint, id="cost", of="steps")


def sources(read: Inputs, found: Upstream) -> Iterator[Measurement]:
    """Columns that are read and have no source, and sources of which no column is read."""
    held = none_of(
        "columns that the model reads without a declared source", found.sourceless,
        how=f"{len(read.names)} columns{read.how}",
        hint="declare where they come from, or train without them",
        id="columns_without_source", option="sources",
    )  # fmt: skip
    idle = [f"no column that the model reads comes from {one!r}" for one in found.idle]
    yield dataclasses.replace(held, warning="; ".join(idle))
    for at in found.doubtful:
        name, why = read.names[at], read.doubt(at)
        yield undecided(f"source of {name!r}", why, id="source", of=name, option="sources")


def dear(way: Way, unread_in: int) -> str:
    """What to try first about a column that costs too much.

    Args:
        way: to do without it.
        unread_in: in how many rows it has no say, or 0.
    """
    if unread_in:
        return f"changing it moves no score of {counted(unread_in, 'row')}: do without it"
    if len(way.parts) == 1:
        return f"look at transformer {way.parts[0].name!r}, or train without it"
    return "compute what it is needed for beforehand, or train without it"
