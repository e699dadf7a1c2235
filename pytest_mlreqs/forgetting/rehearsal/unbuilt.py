"""unbuilt: what a deletion leaves until the next rebuild, which hides it.

Where caches, features and models are made anew each night, people are in them until then. Whether a
deletion has to do without a rebuild is for the user to say; that they are there is said always.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from pytest_mlreqs.core.measurement import Measurement
from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal

Judge = Callable[[Rehearsal], Measurement]


def judged(judge: Judge, seen: Rehearsal) -> Measurement:
    """The verdict where a deletion has to do without a rebuild: before the rebuild and after it."""
    early = judge(seen.unbuilt())
    if early.ok is not False:
        return judge(seen)
    hint = 'let `delete` reach it; if it may wait for the next rebuild: until_rebuild = "report"'
    text = f"before a rebuild, {early.text}"
    return replace(early, text=text, how=_how(early, seen), hint=hint + seen.sooner)


def told(judge: Judge, seen: Rehearsal) -> Iterator[Measurement]:
    """What is left until the next rebuild and not after it; told, not judged."""
    early = judge(seen.unbuilt())
    if early.ok is False and judge(seen).ok is not False:
        yield Measurement(
            name=f"{early.name} until the next rebuild",
            text=f"until the next rebuild, {early.text}",
            ok=True,
            value=early.value,
            unit=early.unit,
            how=_how(early, seen),
            id=f"{early.id}_until_rebuild",
            of=early.of,
        )


def _how(early: Measurement, seen: Rehearsal) -> str:
    count = f"{len(seen.last)} of {len(seen.people)} were deleted since the rebuild before"
    return f"{early.how}; {count}"
