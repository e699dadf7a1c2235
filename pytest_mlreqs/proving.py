"""proving: plant a violation and demand that the requirement notices it.

A check that cannot fail is a defect, and whether it can depends on the user's own model and data:
that is where it is tried.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from itertools import islice

from pytest_mlreqs import isolation
from pytest_mlreqs.measurement import legible
from pytest_mlreqs.requirement import Requirement, parameters
from pytest_mlreqs.terms import Terms


@dataclasses.dataclass(frozen=True, slots=True)
class Proof:
    """One planted violation, whether the requirement noticed it, and what it said."""

    what: str
    noticed: bool
    said: str


def prove(
    requirement: Requirement, subjects: Mapping[str, object], terms: Terms
) -> tuple[Proof, ...]:
    """Run the requirement on each of its planted violations, each isolated as the terms say.

    A kind that plants nothing proves nothing: the result then holds one proof that failed.
    """
    if not callable(getattr(requirement, "plant", None)):
        return (Proof("nothing", False, f"the kind {requirement.kind()} has no plant method"),)
    proofs: list[Proof] = []
    while True:
        proof = _nth(requirement, subjects, terms, len(proofs))
        if proof is None:
            break
        proofs.append(proof)
        if proof.what == _UNPLANTED:
            break
    return tuple(proofs) or (Proof("nothing", False, "plant yielded no violation"),)


_UNPLANTED = "a violation"  # when planting itself did not work, there is no better word for it


def _nth(
    requirement: Requirement, subjects: Mapping[str, object], terms: Terms, index: int
) -> Proof | None:
    def work() -> Iterator[object]:
        names = parameters(type(requirement).plant)
        wanted = {name: subjects[name] for name in names if name in subjects}
        planted = next(islice(requirement.plant(**wanted), index, None), None)
        if planted is None:
            return
        what = legible(planted.what)
        yield what
        measurements = list(requirement.check(**{**subjects, **planted.subjects}) or ())
        broken = [m.text for m in measurements if m.ok is False]
        told = broken or [m.text for m in measurements] or ["it measured nothing"]
        yield Proof(what, bool(broken), told[0])

    if terms.isolation == "process" and isolation.apart_is_safe():
        outcome = isolation.run_apart(
            work, timeout_s=terms.timeout_s, max_memory_mib=terms.max_memory_mib
        )
    else:
        outcome = isolation.run_here(work)
    if outcome.fault is not None:
        # Not noticed: the harmed subject broke the check in another way than the one planted.
        what = outcome.values[0] if outcome.values else _UNPLANTED
        return Proof(what, False, outcome.fault)
    return outcome.values[-1] if outcome.values else None
