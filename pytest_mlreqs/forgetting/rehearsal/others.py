"""others: are people still there who only look like those who were deleted?

A deletion by a part of a key (`LIKE '%ann%'`, a key pattern, `ann in line`) takes joann and annabel
along. It is noticed only if there is somebody like that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pytest_mlreqs.core.evidence import Column, Table
from pytest_mlreqs.core.measurement import Measurement, undecided
from pytest_mlreqs.forgetting.rehearsal.places import names_in
from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal
from pytest_mlreqs.forgetting.traces.renamed import put_together
from pytest_mlreqs.forgetting.traces.search import Search
from pytest_mlreqs.forgetting.traces.state import compare

_SHOWN = 8
_NUMBERED = re.compile(r"\w*\d\w*")
_HOW = "others had keys that begin, end or read like those of the deleted; all were looked for"


def held(store: str, seen: Rehearsal) -> Iterator[Measurement]:
    """Whether a store still tells of those who look like the deleted; nothing where nobody could.

    Args:
        store: its short name.
        seen: what was seen of the deletion.
    """
    alike = frozenset(one.number for one in seen.people if one.like is not None)
    before = _places(seen.found[store], alike)
    if not before or store not in seen.spared:
        return
    after = _places(seen.spared[store], alike)
    lost = {place: who - after.get(place, set()) for place, who in before.items()}
    lost = {place: who for place, who in lost.items() if who}
    name = f"people like the deleted in {store}"
    everybody = frozenset().union(*before.values())
    gone = frozenset().union(*lost.values())
    if not lost:
        text = f"{len(everybody)} people who only look like the deleted ones are still in {store}"
        yield Measurement(
            name=name, text=text, ok=True, value=0, limit=0, unit="people", how=_HOW,
            id="others_lost", of=store,
        )  # fmt: skip
        return
    told = f"{len(gone)} of {len(everybody)} people who only look like the deleted ones"
    unsteady = _unsteady(store, seen)
    if all({table, f"{table}.{column}"} & unsteady for table, column in map(names_in, lost)):
        why = f"{told} are gone from {store}, which comes out differently each time it is built"
        hint = "fix what is random in it"
        yield undecided(name, why, how=_HOW, hint=hint, id="others_lost", of=store)
        return
    yield Measurement(
        name=name,
        text=f"{told} were deleted from {store} too",
        ok=False,
        value=len(gone),
        limit=0,
        unit="people",
        how=_HOW,
        evidence=(_table({place: len(who) for place, who in lost.items()}),),
        hint="compare whole keys with =, and no part of them as LIKE, `in` and key patterns do",
        id="others_lost",
        of=store,
    )


def _table(lost: Mapping[str, int]) -> Table:
    return Table(
        title="others who are gone",
        columns=(Column("place"), Column("people", "gone")),
        rows=tuple(lost.items())[:_SHOWN],
        header=False,
    )


def _places(found: Search, alike: frozenset[int]) -> dict[str, set[int]]:
    """Who is found where; places that differ in a number, of a line or a new file, are one."""
    places: dict[str, set[int]] = {}
    for trace in found.traces:
        who = trace.people & alike
        if who:
            places.setdefault(_NUMBERED.sub("*", trace.where), set()).update(who)
    return places


def _unsteady(store: str, seen: Rehearsal) -> set[str]:
    """The tables and columns on which two clean builds disagree."""
    clean = [state.content[store] for state in seen.clean[:2]]
    one, other = map(put_together(clean), clean)
    return {_NUMBERED.sub("*", name) for name in compare(one, one, other).unstable}
