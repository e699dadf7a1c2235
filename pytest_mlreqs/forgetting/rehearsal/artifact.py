"""artifact: what a model that was trained again still holds of people who were deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pytest_mlreqs.core.evidence import Column, Table
from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.measurement import Measurement, counted, undecided
from pytest_mlreqs.forgetting.rehearsal import training
from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal
from pytest_mlreqs.forgetting.traces.objects import artifact
from pytest_mlreqs.forgetting.traces.search import Search, Trace, everybody

_SHOWN = 8
_NAME = "people held by the model"
_IDENTITY = Identity(id="people_held", of="model")


def holds(seen: Rehearsal) -> Measurement:
    """Whether the model holds nobody whom it held before.

    What a model that never saw them holds as well is there by chance, and no trace of anybody.
    """
    them = training.planted(seen)
    before, after = seen.planted.model, seen.deleted.model
    known = (them.rows, them.others) if them.owners else (None, None)
    owners = them.owners or None
    searcher = artifact.Searcher(seen.people, *known, owners=owners, models=(after, before))
    never = [one.model for one in seen.clean if one.model is not before and one.model is not after]
    chance = [trace for model in never[:2] for trace in searcher.search(model).traces]
    held, found = _apart(searcher.search(before), chance), _apart(searcher.search(after), chance)
    left = _once(trace for trace in found.traces if not artifact.weak(trace))
    weak = [trace for trace in (*found.traces, *held.traces) if artifact.weak(trace)]
    strong = everybody(trace for trace in held.traces if not artifact.weak(trace))
    count = len(seen.people)
    how = f"{found.searched} searched; before the deletion it held {len(strong)} of {count} people"
    if left:
        return _still(left, count, how)
    if found.unsearched:
        why = f"part of it could not be searched: {found.unsearched[0]}"
        return undecided(_NAME, why, how=how, **_IDENTITY)
    if not strong:
        beside = f" (it splits right beside their values: {weak[0].where})" if weak else ""
        return undecided(
            _NAME,
            f"planting left no mark in the model, so this could not have failed{beside}",
            how=how,
            hint="if the model keeps no rows, only `retrain` can tell: take `artifact` out of "
            "`layers`",
            **_IDENTITY,
        )
    return Measurement(
        name=_NAME,
        text=f"the model holds none of {count} deleted people",
        ok=True,
        value=0,
        limit=0,
        unit="people",
        how=how,
        warning=f"the model splits beside their values: {weak[0].where}" if weak else "",
        **_IDENTITY,
    )


def _still(left: list[Trace], count: int, how: str) -> Measurement:
    who = len(everybody(left))
    return Measurement(
        name=_NAME,
        text=f"the model still holds {who} of {count} deleted people: {left[0].where}",
        ok=False,
        value=who,
        limit=0,
        unit="people",
        how=how,
        evidence=(_table(left),),
        hint="train it anew, without them, after a deletion",
        **_IDENTITY,
    )


def _apart(search: Search, chance: Iterable[Trace]) -> Search:
    """What was found, without the people whom models hold in the same place that never saw them."""
    nobody: dict[str, frozenset[int]] = {}
    for trace in chance:
        place = artifact.alike(trace.where)
        nobody[place] = nobody.get(place, frozenset()) | trace.people
    kept = [
        replace(trace, people=trace.people - nobody.get(artifact.alike(trace.where), frozenset()))
        for trace in search.traces
    ]
    return replace(search, traces=tuple(trace for trace in kept if trace.people))


def _once(traces: Iterable[Trace]) -> list[Trace]:
    """One trace for each place, the first spelling there is."""
    return list({trace.where: trace for trace in reversed(list(traces))}.values())[::-1]


def _table(traces: list[Trace]) -> Table:
    return Table(
        title="where the model holds people",
        columns=(Column("place"), Column("as"), Column("people")),
        rows=tuple(
            (trace.where, trace.how, counted(len(trace.people), "person", "people"))
            for trace in traces[:_SHOWN]
        ),
        header=False,
        total=len(traces),
        rest=" places",
    )
