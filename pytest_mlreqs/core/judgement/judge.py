"""judge: judge one requirement once."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from pytest_mlreqs.core import isolation, tracers
from pytest_mlreqs.core.measurement import DeclarationError, Measurement, Undecided, undecided
from pytest_mlreqs.core.provided import asked_for
from pytest_mlreqs.core.requirement import Requirement
from pytest_mlreqs.core.terms import Terms
from pytest_mlreqs.core.verdict import Verdict


def measured(requirement: Requirement, subjects: Mapping[str, object]) -> Iterator[Measurement]:
    """What `requirement` measures on `subjects`; what it cannot tell is a measurement, too.

    Args:
        requirement: the kind with its options.
        subjects: what it examines by name, and what is provided for this run.

    Raises:
        Fault: the subject broke the check.
        DeclarationError: what is declared does not work here.
    """
    kind = requirement.kind()
    given = asked_for(type(requirement).check, subjects)
    try:
        with tracers.resting() if requirement.alone else contextlib.nullcontext():
            for measurement in requirement.check(**given) or ():
                if not isinstance(measurement, Measurement):
                    raise DeclarationError(
                        f"check of {kind} yielded {type(measurement).__name__}, not a measurement"
                    )
                yield measurement
    except Undecided as gap:
        yield gap.measurement(kind)


def isolated(
    requirement: Requirement, work: Callable[[], Iterable[object]], terms: Terms
) -> isolation.Outcome:
    """What comes of the work of a requirement, where the terms let it run."""
    if terms.isolation == "process" and isolation.apart_is_safe():
        return isolation.run_apart(
            work,
            timeout_s=terms.limit_s(requirement.seconds()),
            max_memory_mib=terms.max_memory_mib,
            prepare=getattr(requirement, "prepare", None),
            clean_up=getattr(requirement, "clean_up", None),
        )
    return isolation.run_here(work)


def judge(
    requirement: Requirement, subjects: Mapping[str, object], terms: Terms, *, name: str = ""
) -> Verdict:
    """Check `requirement` on `subjects`, isolated as the terms say.

    Nothing that a subject does raises from here: it ends in the verdict's `fault`.
    """

    def work() -> Iterator[Measurement]:
        return measured(requirement, subjects)

    start = time.perf_counter()
    outcome = isolated(requirement, work, terms)
    if outcome.output:
        print(outcome.output)  # where the caller captures what a test prints
    kind = requirement.kind()
    limit = () if outcome.limit is None else (undecided(kind, outcome.limit),)
    return Verdict(
        name=name or kind,
        kind=kind,
        measurements=(*outcome.values, *limit),
        fault=outcome.fault,
        error=outcome.error,
        seconds=time.perf_counter() - start,
    )
