"""residue: what of the deleted is left where no search looks: pages, journals and old versions."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_mlreqs.core.evidence import Note
from pytest_mlreqs.core.measurement import Measurement, undecided
from pytest_mlreqs.forgetting.rehearsal import stores
from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal
from pytest_mlreqs.forgetting.traces.databases.residue import Residue, keeps, residue

_NAME = "residue of deleted people"


def told(store: str, seen: Rehearsal) -> Iterator[Measurement]:
    """What is left in one store; told, not judged.

    Of a store in which people are still found there is nothing to tell: they are no residue.
    """
    if seen.left[store].traces:
        return
    for one in _residues(store, seen):
        name = f"residue in {one.where.rpartition('/')[2]}"
        if one.checked:
            text = f"{name}: {len(one.people)} of {len(seen.people)} people, cleared by {one.clear}"
        else:
            text = f"{name}: {one.clear}"
        yield Measurement(
            name=name, text=text, ok=True, value=len(one.people), unit="people",
            id="residue", of=f"{store}: {one.where.rpartition('/')[2]}",
        )  # fmt: skip


def held(seen: Rehearsal) -> Measurement:
    """Whether nothing is left of anybody in the files of all stores."""
    found = {name: list(_residues(name, seen)) for name in seen.places}
    everything = [one for residues in found.values() for one in residues]
    left = [one for one in everything if one.people]
    if left:
        people = frozenset().union(*(one.people for one in left))
        return Measurement(
            name=_NAME,
            text=f"{len(people)} of {len(seen.people)} deleted people are left in files",
            ok=False,
            value=len(people),
            limit=0,
            unit="people",
            how="the bytes of the files, their journals and old versions",
            evidence=tuple(
                Note(text=f"{one.where.rpartition('/')[2]}: {one.clear}") for one in left
            ),
            hint=f"clear it after a deletion: {left[0].clear}",
            id="residue",
        )
    unseen = [one for one in everything if not one.checked]
    if unseen:
        return undecided(_NAME, unseen[0].clear, id="residue")
    if not any(
        keeps(place)
        for place in map(stores.located, seen.places.values())
        if place and stores.there(place)
    ):
        why = "no store keeps deleted rows in its files, so this could not have failed"
        hint = 'leave it at residue = "report"'
        return undecided(_NAME, why, hint=hint, id="residue")
    return Measurement(
        name=_NAME,
        text=f"nothing is left of {len(seen.people)} deleted people in files",
        ok=True,
        value=0,
        limit=0,
        unit="people",
        how="the bytes of the files, their journals and old versions",
        id="residue",
    )


def _residues(store: str, seen: Rehearsal) -> Iterator[Residue]:
    place = stores.located(seen.places[store])
    if place is not None and stores.there(place):
        yield from residue(place, seen.people)
