"""testing: try a kind of requirement in a unit test, without a session and without waiting.

    def test_violated():
        (share,) = assert_violated(check(Gaps(max_share=0.2), X=X))
        assert share.value == 0.25

The test of a kind has four such tests: satisfied, violated, refused and planted. What a kind gets
wrong itself is raised as it is, so that a traceback shows where.
"""

from __future__ import annotations

import datetime
import os
from typing import TYPE_CHECKING

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.judgement.judge import measured
from pytest_mlreqs.core.judgement.proving import prove
from pytest_mlreqs.core.measurement import DeclarationError, Fault, Measurement
from pytest_mlreqs.core.provided import PROJECT, PROVIDED, Project
from pytest_mlreqs.core.requirement import Requirement
from pytest_mlreqs.core.terms import Terms
from pytest_mlreqs.core.verdict import State, Verdict

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "FakeClock",
    "assert_error",
    "assert_planted_noticed",
    "assert_refused",
    "assert_satisfied",
    "assert_undecided",
    "assert_violated",
    "check",
]

_LOOK_NS = 1_000  # that go by with each look at the time, so that every loop with a limit ends
_START = datetime.datetime(2027, 1, 1, tzinfo=datetime.timezone.utc)


class FakeClock(Clock):
    """A clock on which time goes by as somebody sleeps by it, and a microsecond with each look.

    Nobody works and nobody waits for a core meanwhile. It is for one thread of one process: a
    model under test sleeps by it as well, `clock.sleep(0.02)`, where a real one would work.

    Args:
        now: date and time at the start, with a zone.
    """

    def __init__(self, now: datetime.datetime = _START) -> None:
        self._begin = now
        self._ns = 0

    def __enter__(self) -> Self:
        self.counts_waiting = True
        return self

    def __exit__(self, *_: object) -> None:
        self.counts_waiting = False

    def wall(self) -> int:
        """Nanoseconds since the start."""
        self._ns += _LOOK_NS
        return self._ns

    def now(self) -> datetime.datetime:
        """Date and time, moved by what was slept and read."""
        return self._begin + datetime.timedelta(microseconds=self.wall() / 1e3)

    def sleep(self, seconds: float) -> None:  # type: ignore[override]
        """Let time go by at once."""
        self._ns += int(seconds * 1e9)

    def thread(self) -> int:
        """No processor time."""
        return 0

    process = waited = all_waited = thread

    def worked(self) -> float:
        """No work of others."""
        return 0.0


def check(requirement: Requirement, /, **given: object) -> Verdict:
    """The verdict of a requirement on subjects, in this process and without limits.

    Args:
        requirement: the kind with its options: `Latency(max_p95_ms=20)`.
        given: subjects by name, and what the house provides in a session, where it is to be
            another: `clock=FakeClock()`, `project=tmp_path`, `label="latency[a]"`, `body=...`.

    Raises:
        TypeError: a subject is missing with these options, or there is none of such a name.
        Exception: whatever the kind itself raises beside `Fault`, `DeclarationError`, `Undecided`.
    """
    subjects, kind = _completed(requirement, given), requirement.kind()
    measurements: list[Measurement] = []
    fault = error = None
    try:
        for measurement in measured(requirement, subjects):
            measurements.append(measurement)
    except Fault as found:
        fault = str(found)
    except DeclarationError as found:
        error = str(found)
    return Verdict(name=kind, kind=kind, measurements=tuple(measurements), fault=fault, error=error)


def assert_satisfied(verdict: Verdict, *says: str) -> tuple[Measurement, ...]:
    """Demand that a requirement is satisfied; returns all that was measured.

    Args:
        verdict: from `check`.
        says: words that must be in the sentences of the verdict.

    Raises:
        AssertionError: it is not; the text says what was measured instead.
    """
    __tracebackhide__ = True
    return _demanded(verdict, "satisfied", says)


def assert_violated(verdict: Verdict, *says: str) -> tuple[Measurement, ...]:
    """Demand that a requirement is violated; returns the measurements beyond their limits.

    There are none where the subject broke the check. Arguments and errors: as `assert_satisfied`.
    """
    __tracebackhide__ = True
    return _demanded(verdict, "violated", says)


def assert_undecided(verdict: Verdict, *says: str) -> tuple[Measurement, ...]:
    """Demand that a requirement is undecided; returns the measurements that could not be judged.

    Arguments and errors: as `assert_satisfied`.
    """
    __tracebackhide__ = True
    return _demanded(verdict, "undecided", says)


def assert_error(verdict: Verdict, *says: str) -> None:
    """Demand that what is declared does not work with these subjects.

    Arguments and errors: as `assert_satisfied`.
    """
    __tracebackhide__ = True
    _demanded(verdict, "error", says)


def assert_refused(kind: type[Requirement], says: str, /, **options: object) -> None:
    """Demand that options are refused before any test runs.

    Args:
        kind: the class: `Latency`.
        says: words that must be in the message, as a user reads it.
        options: the table that a user might write.

    Raises:
        AssertionError: they are accepted, or refused in other words.
    """
    __tracebackhide__ = True
    from pytest_mlreqs.declare.declaration import declare

    _, problems = declare(kind, options, (kind.kind(),), Terms(), where="")
    if not problems:
        raise AssertionError(f"{kind.kind()} accepts {options}")
    if not any(says in problem.text for problem in problems):
        texts = "\n  ".join(problem.text for problem in problems)
        raise AssertionError(f"no refusal of {options} says {says!r}:\n  {texts}")


def assert_planted_noticed(requirement: Requirement, /, **given: object) -> tuple[str, ...]:
    """Demand that a requirement notices each violation that it plants into subjects.

    Args:
        requirement: as for `check`.
        given: as for `check`; subjects that do not violate the requirement by themselves.

    Returns:
        What was planted, in words.

    Raises:
        AssertionError: one is not noticed, none is planted, or there was one before.
    """
    __tracebackhide__ = True
    before = check(requirement, **given)
    if before.state in ("violated", "error"):
        raise AssertionError(f"nothing can be planted: {_shown(before)}")
    trials = prove(requirement, _completed(requirement, given), Terms(isolation="none"))
    proofs = [trial.proof() for trial in trials]
    missed = [f"{proof.what}: {proof.said}" for proof in proofs if not proof.noticed]
    if missed:
        raise AssertionError("not noticed:\n  " + "\n  ".join(missed))
    return tuple(proof.what for proof in proofs)


def _completed(requirement: Requirement, given: dict[str, object]) -> dict[str, object]:
    """What a check is given, once nothing is missing and nothing too much."""
    kind, names = requirement.kind(), requirement.subjects()
    if missing := [name for name in requirement.needs() if name not in given]:
        raise TypeError(f"{kind} examines {', '.join(missing)}, too: give it to the test by name")
    if unknown := [name for name in given if name not in names and name not in PROVIDED]:
        raise TypeError(f"{kind} examines no {unknown[0]}, but {', '.join(names)}")
    project = given.get(PROJECT)
    return {**given, PROJECT: Project(project)} if isinstance(project, os.PathLike) else given


def _demanded(verdict: Verdict, state: State, says: tuple[str, ...]) -> tuple[Measurement, ...]:
    __tracebackhide__ = True
    if verdict.state != state:
        raise AssertionError(f"not {state}: {_shown(verdict)}")
    found = verdict.telling()
    texts = [*(one.text for one in found), verdict.fault or "", verdict.error or ""]
    for words in says:
        if not any(words in text for text in texts):
            raise AssertionError(f"nothing says {words!r}: {_shown(verdict)}")
    return found


def _shown(verdict: Verdict) -> str:
    """A verdict with all its sentences."""
    texts = [verdict.fault, verdict.error, *(one.text for one in verdict.measurements)]
    lines = [text for text in texts if text] or ["nothing was measured"]
    return f"{verdict.name} is {verdict.state}\n  " + "\n  ".join(lines)
