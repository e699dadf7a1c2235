"""enforcement: from a verdict to what pytest does about it; the same behind all three doors."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from pytest_mlreqs.core.judgement.attempt import Attempt, attempt
from pytest_mlreqs.core.judgement.proving import Proof, Trial
from pytest_mlreqs.core.provided import LABEL, PAST, PROJECT, Project
from pytest_mlreqs.core.verdict import Verdict
from pytest_mlreqs.doors.recording import observe
from pytest_mlreqs.report import reporters, text

if TYPE_CHECKING:
    from pytest_mlreqs.declare.catalogue import Catalogue
    from pytest_mlreqs.declare.config import Accepted, Config
    from pytest_mlreqs.declare.declaration import Declaration
    from pytest_mlreqs.report.ledger import Ledger

Outcome = Literal["pass", "fail", "accept", "undecided", "error"]


class RequirementWarning(UserWarning):
    """Something about a requirement that a person should look at."""


class CheckError(pytest.fail.Exception):  # type: ignore[misc,name-defined]
    """A check could not be made, and no subject is to blame: pytest counts it as an error."""

    __module__ = "builtins"  # pytest shows `CheckError: ...` then, as it does `Failed: ...`


class UndecidedWarning(RequirementWarning):
    """A requirement could be neither confirmed nor refuted."""


@dataclass(frozen=True)
class Run:
    """What one test session knows of requirements.

    Attributes:
        config: the declared requirements; None in a project without [tool.mlreqs].
        catalogue: the kinds there are.
        ledger: the verdicts as they arrive in this process.
        proving: whether violations are planted (`--mlreqs-prove`).
        shown: the configuration file as the user would name it.
        judged: what is known already of requirements with parts.
        say: tells the person at the terminal something while a check is going on.
    """

    config: Config | None
    catalogue: Catalogue
    ledger: Ledger
    proving: bool = False
    shown: str = ""
    today: datetime.date = field(default_factory=datetime.date.today)
    judged: dict[Any, tuple[Verdict, tuple[Trial, ...], Any]] = field(default_factory=dict)
    say: Callable[[str], None] = lambda _: None

    def root(self, config: pytest.Config) -> Path:
        """The folder of the file that declares requirements; where none does, pytest's own root."""
        return config.rootpath if self.config is None else self.config.root

    @property
    def accepted(self) -> Mapping[str, Accepted]:
        """The accepted exceptions by name of requirement."""
        return {} if self.config is None else self.config.accepted


run_key = pytest.StashKey[Run]()
records_key = pytest.StashKey[list[dict[str, Any]]]()


@dataclass(frozen=True)
class Conclusion:
    """What pytest is to do about one verdict, and the words for it."""

    verdict: Verdict
    outcome: Outcome
    text: str


def conclude(
    item: pytest.Item, declaration: Declaration, subjects: Mapping[str, object]
) -> Conclusion:
    """Judge a requirement on behalf of `item`, put it on record, and say what follows."""
    run = item.config.stash[run_key]
    provided = _provided(item, run, declaration)
    verdict, trials = _judged(run, declaration, subjects, provided)
    if declaration.part:
        verdict = verdict.of(declaration.part, declaration.name)
    part = declaration.part
    proofs = tuple(trial.proof(part) for trial in trials if trial.concerns(part))
    exception = None if declaration.scope else _exception(run, declaration.name, item.name)
    outcome, words = _outcome(run, declaration, verdict, exception)
    if any(not proof.noticed for proof in proofs):
        missed = text.unproven(proofs)
        words = f"{words}\n{missed}" if outcome == "fail" else missed
        outcome = "fail"
    _record(item, declaration, verdict, proofs, exception if outcome == "accept" else None)
    if declaration.history is not None and not run.proving:
        observe(item, declaration.history, provided[PAST], verdict)
    item.ihook.pytest_mlreqs_verdict(item=item, verdict=verdict)
    for measurement in verdict.measurements:
        if measurement.warning:
            warn(item, RequirementWarning(f"{verdict.name}: {measurement.warning}"))
    return Conclusion(verdict, outcome, words)


def _provided(item: pytest.Item, run: Run, declaration: Declaration) -> dict[str, Any]:
    """What a kind may ask for by name that only this run can tell; see `core.provided`."""
    label = _label(item, declaration, declaration.scope or item.nodeid)
    provided: dict[str, Any] = {PROJECT: Project(run.root(item.config)), LABEL: label}
    if declaration.history is not None:
        from pytest_mlreqs.history import Recorded

        series = f"{declaration.terms.series} {label}".lstrip()
        provided[PAST] = Recorded(declaration.history, provided[PROJECT], series)
    return provided


def _judged(
    run: Run,
    declaration: Declaration,
    subjects: Mapping[str, object],
    provided: Mapping[str, object],
) -> Attempt:
    """The verdict, and what came of planted violations; once for all parts of a requirement."""
    requirement = declaration.requirement
    key = (id(requirement), tuple(map(id, subjects.values())))
    if declaration.part and key in run.judged:
        return run.judged[key][:2]
    judged = attempt(
        requirement,
        {**subjects, **provided},
        declaration.terms,
        name=declaration.name,
        proving=run.proving,
        say=run.say,
    )
    if declaration.part:  # with what the ids belong to, so that they stay theirs
        run.judged[key] = (*judged, (requirement, *subjects.values()))
    return judged


def _outcome(
    run: Run, declaration: Declaration, verdict: Verdict, exception: Accepted | None
) -> tuple[Outcome, str]:
    words = text.failure(verdict, declaration.where)
    if verdict.state == "violated":
        if exception is None:
            return "fail", words
        if run.today <= exception.until:
            until = f"accepted until {exception.until}: {exception.reason}"
            return "accept", f"{text.headline(verdict)} ({until})"
        gone = f"  accepted: until {exception.until}, which has passed: {exception.reason}"
        return "fail", f"{words}\n{gone}"
    if verdict.state == "error":
        return "error", words
    if verdict.state == "undecided":
        return ("fail" if declaration.terms.undecided == "fail" else "undecided"), words
    if exception is not None:
        return "fail", (
            f"{declaration.name} is satisfied, so its exception is no longer needed\n"
            f"  try:      remove it from [tool.mlreqs.accept] ({exception.reason})"
        )
    return "pass", ""


def _exception(run: Run, name: str, item_name: str) -> Accepted | None:
    """The accepted exception for one parametrized item, else for the whole requirement."""
    return run.accepted.get(item_name) or run.accepted.get(name)


def _label(item: pytest.Item, declaration: Declaration, place: str) -> str:
    """The name of a requirement with the parameters of its own test, or the place of another."""
    own = item.name.startswith(declaration.name.removesuffix("]"))
    return item.name if own else f"{declaration.name} @ {place}"


def _record(
    item: pytest.Item,
    declaration: Declaration,
    verdict: Verdict,
    proofs: Iterable[Proof],
    accepted: Accepted | None,
) -> None:
    """Put a verdict on the item; its reports carry it to the ledger and through xdist."""
    record = {
        **verdict.as_dict(),
        "state": "accepted" if accepted is not None else verdict.state,
        "requirement": declaration.identity,
        "label": _label(item, declaration, item.name),
        "node": item.nodeid,
        "declared": declaration.where,
        "reason": accepted.reason if accepted is not None else None,
        "until": str(accepted.until) if accepted is not None else None,
        "proofs": [dataclasses.asdict(proof) for proof in proofs],
    }  # fmt: skip
    item.stash.setdefault(records_key, []).append(record)
    for properties in reporters.each("properties"):
        item.user_properties += properties(record)


def stop(item: pytest.Item, conclusions: Sequence[Conclusion], *, named: bool = True) -> None:
    """End a test as the conclusions ask; it goes on where there is nothing against it.

    One failure tells of all of them. What stayed undecided is a loud warning.

    Args:
        item: the test.
        conclusions: what came of its requirements.
        named: whether the message names the requirements; the test of one is called like it.

    Raises:
        pytest.fail.Exception: violated, or an accepted exception under `--runxfail`.
        CheckError: a check could not be made, and nothing is violated.
    """

    def message(*wanted: Outcome) -> str:
        ended = [c for one in wanted for c in conclusions if c.outcome == one]
        return "\n".join(f"{c.verdict.name}: {c.text}" if named else c.text for c in ended)

    for conclusion in conclusions:
        if conclusion.outcome == "undecided":
            warn(item, UndecidedWarning(f"{conclusion.verdict.name}: {conclusion.text}"))
    outcomes = {conclusion.outcome for conclusion in conclusions}
    if "fail" in outcomes:
        pytest.fail(message("fail", "error", "accept"), pytrace=False)
    if "error" in outcomes:
        raise CheckError(message("error", "accept"), pytrace=False)
    if "accept" in outcomes:
        pytest.xfail(message("accept"))  # goes on under --runxfail: then it fails
        pytest.fail(message("accept"), pytrace=False)


def warn(item: pytest.Item, warning: RequirementWarning) -> None:
    """Warn on behalf of a test; where warnings are errors, it fails."""
    try:
        item.warn(warning)
    except RequirementWarning as error:
        pytest.fail(str(error), pytrace=False)
