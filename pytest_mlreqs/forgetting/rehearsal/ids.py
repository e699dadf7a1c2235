"""ids: is anybody who was deleted still to be found in a store, by whatever is theirs?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_mlreqs.core.evidence import Column, Note, Table
from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.measurement import Measurement, counted, number, undecided
from pytest_mlreqs.forgetting.rehearsal import stores
from pytest_mlreqs.forgetting.rehearsal.places import Retained, kept
from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal
from pytest_mlreqs.forgetting.traces.refusal import is_url
from pytest_mlreqs.forgetting.traces.search import Search, Trace, everybody
from pytest_mlreqs.forgetting.traces.state import compare

_SHOWN = 8


def held(
    store: str, seen: Rehearsal, retained: Sequence[Retained], *, expect_empty: bool = False
) -> Measurement:
    """Whether nobody is found in a store in which people were found before.

    Args:
        store: its short name.
        seen: what was seen of the deletion.
        retained: places that may keep people, with why.
        expect_empty: whether nobody is expected in it before either.
    """
    name = f"people left in {store}"
    identity = Identity(id="people_left", of=store)
    before, after = seen.found[store], seen.left[store]
    count = len(seen.people)
    left = [trace for trace in after.traces if kept(store, trace.where, retained) is None]
    who = everybody(left)
    how = _how(before, after, left, seen.settled_s)
    if left:
        again = "the deletion did not reach it" if len(who) == count else "it reached some of them"
        return Measurement(
            name=name,
            text=f"{len(who)} of {count} deleted people are still in {store}",
            ok=False,
            value=len(who),
            limit=0,
            unit="people",
            how=how,
            evidence=(_table(left), *_kept(store, after.traces, retained)),
            hint=f"remove them from {_plainly(left[0].where)}: {again}{seen.sooner}",
            **identity,
        )
    why, hint = _open(before, after, 0 if expect_empty else count)
    if why:
        return undecided(name, why, value=0, how=how, hint=hint, **identity)
    return Measurement(
        name=name,
        text=f"none of {count} deleted people is left in {store}",
        ok=True,
        value=0,
        limit=0,
        unit="people",
        how=how,
        evidence=tuple(_kept(store, after.traces, retained)),
        warning=_never_seen(store, seen),
        **identity,
    )


def _open(before: Search, after: Search, expected: int) -> tuple[str, str]:
    """Why a store in which nobody was found tells nothing, and what to do; or nothing."""
    if not before.traces and expected:
        why = (
            f"nobody of the {expected} people were found in it before the deletion, so this could "
            "not have failed"
        )
        return why, "let `plant` write them there, or name the store under `expect_empty`"
    if after.unsearched:
        more = f" (and {len(after.unsearched) - 1} more)" if len(after.unsearched) > 1 else ""
        return f"part of it could not be searched: {after.unsearched[0]}{more}", ""
    return "", ""


def _never_seen(store: str, seen: Rehearsal) -> str:
    """Columns that look like somebody's key, in tables that planting left as they were."""
    location = stores.located(seen.places.get(store))
    if location is None or not is_url(location) or location.startswith("redis"):
        return ""
    from pytest_mlreqs.forgetting.traces.databases import parity, sql

    before = seen.clean[-1].content[store]
    changed = compare(before, seen.planted.content[store], before).changes
    touched = {change.table for change in changed}
    suspects = [
        one
        for one in parity.untouched(sql.tables(location), seen.found[store].traces)
        if one.table not in touched
    ]
    if not suspects:
        return ""
    first = ", ".join(f"{one.table}.{one.column}" for one in suspects[:3])
    more = f" and {len(suspects) - 3} more" if len(suspects) > 3 else ""
    return f"{store}: nobody was planted into {first}{more}, which {suspects[0].why}"


def _how(before: Search, after: Search, left: Sequence[Trace], settled_s: float) -> str:
    places = len({trace.where for trace in before.traces})
    gone = places - len({trace.where for trace in left})
    waited = f", {number(settled_s)} s after the deletion" if settled_s else ""
    return (
        f"{after.searched} searched{waited}; people were in {counted(places, 'place')} before, "
        f"{number(max(gone, 0))} of them clean now"
    )


def _table(traces: Sequence[Trace]) -> Table:
    return Table(
        title="where people are left",
        columns=(Column("place"), Column("as"), Column("found")),
        rows=tuple(
            (trace.where, trace.how, counted(trace.count, "time") if trace.count else "")
            for trace in traces[:_SHOWN]
        ),
        header=False,
        total=len(traces),
        rest=" places",
    )


def _kept(store: str, traces: Iterable[Trace], retained: Sequence[Retained]) -> list[Note]:
    """What is left on purpose, and why."""
    found: dict[str, str] = {}
    for trace in traces:
        reason = kept(store, trace.where, retained)
        if reason is not None:
            found[trace.where] = reason
    return [Note(text=f"kept in {_plainly(where)}: {why}") for where, why in found.items()]


def _plainly(where: str) -> str:
    return where.partition(", column")[0]
