"""proving: plant a violation and demand that the requirement notices it.

A check that cannot fail is a defect, and whether it can depends on the user's own model and data:
that is where it is tried.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from itertools import islice

from pytest_mlreqs.core.judgement.judge import isolated, measured
from pytest_mlreqs.core.measurement import Measurement, Undecided
from pytest_mlreqs.core.plain import legible
from pytest_mlreqs.core.provided import parameters
from pytest_mlreqs.core.requirement import Requirement
from pytest_mlreqs.core.terms import Terms


@dataclasses.dataclass(frozen=True, slots=True)
class Proof:
    """One planted violation, whether the requirement noticed it, and what it said."""

    what: str
    noticed: bool
    said: str


@dataclasses.dataclass(frozen=True, slots=True)
class Trial:
    """What a requirement measured with a violation planted, or the fault that kept it from it."""

    what: str
    measurements: tuple[Measurement, ...] = ()
    fault: str | None = None
    parts: tuple[str, ...] = ()

    def concerns(self, part: str) -> bool:
        """Whether it was planted for that part of the requirement to notice."""
        return not part or not self.parts or part in self.parts

    def proof(self, part: str = "") -> Proof:
        """Whether the requirement noticed, or the part of it that is asked for."""
        if self.fault is not None:
            # Not noticed: the harmed subject broke the check in another way than the one planted.
            return Proof(self.what, False, self.fault)
        own = [m for m in self.measurements if m.is_judged and (not part or m.part in ("", part))]
        broken = [m.text for m in own if m.ok is False]
        told = broken or [m.text for m in own] or ["it measured nothing"]
        return Proof(self.what, bool(broken), told[0])


def prove(
    requirement: Requirement, subjects: Mapping[str, object], terms: Terms
) -> tuple[Trial, ...]:
    """Run the requirement on each of its planted violations, each isolated as the terms say.

    A kind that plants nothing proves nothing: the result then holds one trial that failed.
    """
    if not callable(getattr(requirement, "plant", None)):
        return (Trial("nothing", fault=f"the kind {requirement.kind()} has no plant method"),)
    trials: list[Trial] = []
    while True:
        trial = _nth(requirement, subjects, terms, len(trials))
        if trial is None:
            break
        trials.append(trial)
        if trial.what == _UNPLANTED:
            break
    return tuple(trials) or (Trial("nothing", fault="plant yielded no violation"),)


_UNPLANTED = "a violation"  # when planting itself did not work, there is no better word for it


def _nth(
    requirement: Requirement, subjects: Mapping[str, object], terms: Terms, index: int
) -> Trial | None:
    def work() -> Iterator[object]:
        wanted = parameters(type(requirement).plant)
        given = {name: one for name, one in subjects.items() if name in wanted}
        try:
            planted = next(islice(requirement.plant(**given), index, None), None)
        except Undecided as gap:  # the subjects have no place to plant anything
            yield Trial(_UNPLANTED, fault=str(gap))
            return
        if planted is None:
            return
        yield Trial(legible(planted.what), parts=planted.parts)
        yield from measured(requirement, {**subjects, **planted.subjects})

    outcome = isolated(requirement, work, terms)
    trial: Trial = outcome.values[0] if outcome.values else Trial(_UNPLANTED)
    found = outcome.values[1:]
    broken = trial.fault or outcome.fault or outcome.error
    if outcome.limit is not None and not any(one.ok is False for one in found):
        broken = broken or outcome.limit  # what was noticed before it stands
    if broken is None and not outcome.values:
        return None
    return dataclasses.replace(trial, measurements=found, fault=broken)
