"""attempt: judge a requirement and prove that it can fail, alone if it measures the machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest_mlreqs.core.judgement.judge import judge
from pytest_mlreqs.core.judgement.proving import Trial, prove
from pytest_mlreqs.core.measurement import Undecided
from pytest_mlreqs.core.quiet import quiet
from pytest_mlreqs.core.requirement import Requirement
from pytest_mlreqs.core.terms import Terms
from pytest_mlreqs.core.verdict import Verdict

Attempt = tuple[Verdict, tuple[Trial, ...]]


def attempt(
    requirement: Requirement,
    subjects: Mapping[str, object],
    terms: Terms,
    *,
    name: str,
    proving: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Attempt:
    """The verdict, and what came of planted violations; undecided if the machine is not to be had.

    Args:
        requirement: the kind with its options.
        subjects: what it examines by name, and what is provided for this run.
        terms: how it is isolated.
        name: of the requirement.
        proving: whether violations are planted, where nothing broke the check.
        say: is called with a sentence when the wait for others that measure takes long.
    """

    def judged() -> Attempt:
        verdict = judge(requirement, subjects, terms, name=name)
        if proving and verdict.fault is None and verdict.error is None:
            return verdict, prove(requirement, subjects, terms)
        return verdict, ()

    if not requirement.alone:
        return judged()
    try:
        with quiet(
            terms.limit_s(requirement.seconds()), lambda told: say(f"{name} {told}")
        ) as turn:
            verdict, trials = judged()
            if turn.note:
                verdict = verdict.noted(turn.note)
            if turn.lost:
                why = "this process was stopped, and another check measured meanwhile"
                verdict = verdict.doubted(why)
            return verdict, trials
    except Undecided as gap:
        kind = requirement.kind()
        return Verdict(name=name, kind=kind, measurements=(gap.measurement(kind),)), ()
