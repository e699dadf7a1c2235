"""latency: what is said of calls, of their ratio to others, and of new processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pytest_mlreqs.core.evidence import Evidence, Offender, Offenders
from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.measurement import Measurement, counted, undecided
from pytest_mlreqs.measures.machine.workers import told
from pytest_mlreqs.measures.statistics.histogram import histogram
from pytest_mlreqs.models import reference

if TYPE_CHECKING:
    from pytest_mlreqs.measures.timing.budgeted import Timed
    from pytest_mlreqs.measures.timing.calls import Calls
    from pytest_mlreqs.measures.timing.causes import Causes
    from pytest_mlreqs.measures.timing.pairs import Pairs
    from pytest_mlreqs.measures.timing.starts import Processes
    from pytest_mlreqs.measures.timing.trial import Answer

_WHAT: dict[int, Literal["call", "row", "rows"]] = {0: "call", 1: "row"}  # by rows of a call
_AGAIN = "run it again while less else runs: pytest -m mlreqs without -n"


@dataclass(frozen=True, slots=True)
class Words:
    """What one requirement says of calls.

    Attributes:
        rows: in one call; 0 where the body of a test is called.
        threads: of each pool meanwhile, if that is declared.
    """

    rows: int
    threads: int | None

    def calls(self, timed: Timed, budgets: Mapping[str, float]) -> Iterator[Measurement]:
        """How long calls take, for each budget."""
        for quantile, answer in timed.answers.items():
            causes = timed.causes(answer) if answer.ok is False else None
            budget = budgets[quantile]
            yield self.call(quantile, timed.name, answer, budget, causes, timed.warm)

    def call(
        self,
        quantile: str,
        of: str,
        answer: Answer[Calls],
        budget: float,
        causes: Causes | None,
        warm: int,
    ) -> Measurement:
        """How long calls take, and where the time goes if they take too long."""
        calls = answer.samples
        hint = "most calls are fast: look at those above"
        if calls.times_ms[len(calls.times_ms) // 2] > budget:
            on = f" on {counted(self.rows, 'row')}" if self.rows else ""
            hint = f"every call is slow: profile {of}{on}"
        slowest = tuple(Offender(position, ms) for position, ms in calls.slowest)
        what: Literal["call", "row", "rows"] = _WHAT.get(self.rows, "rows")
        evidence: list[Evidence] = [Offenders(what=what, items=slowest, unit="ms")]
        if not answer.ok:
            evidence.append(histogram(calls.times_ms, budget))
        if causes is not None:
            evidence += causes.evidence
            hint = causes.hint(hint)
        held = at_most(
            f"{quantile} of {of}", answer.value, budget, "ms", interval=answer.interval,
            how=self._how(f"{warm} warm-up calls, {calls.how()}"),
            hint=_missing(answer) if answer.ok is None else hint,
            id=quantile, of=of, option=f"max_{quantile}_ms",
        )  # fmt: skip
        return held.judged(answer.ok, answer.why, evidence)

    def ratio(self, of: str, to: str | None, answer: Answer[Pairs], limit: float) -> Measurement:
        """How many times as long as others calls take."""
        name, own = _of_ratio(of, to)
        hint = f"profile {of} and {reference.words(to)} on the same rows"
        held = at_most(
            name, answer.value, limit, interval=answer.interval,
            how=self._how(answer.samples.how()),
            hint=_missing(answer) if answer.ok is None else hint, **own,
        )  # fmt: skip
        return held.judged(answer.ok, answer.why)

    def _how(self, how: str) -> str:
        rows = f"{counted(self.rows, 'row')} per call, " if self.rows else ""
        return f"{rows}{how}{told(self.threads)}"


def _of_ratio(of: str, to: str | None) -> tuple[str, Identity]:
    identity = Identity(id="ratio", of=of, option="max_ratio")
    return f"{of} over {reference.words(to)}", identity


def no_preparation(model: object, of: str, to: str | None) -> Measurement:
    """The model has no steps that its calls could be compared with."""
    name, own = _of_ratio(of, to)
    why = f"the model ({type(model).__name__}) is no pipeline with preprocessing"
    return undecided(name, why, hint='take relative_to = "previous"', **own)


def of_start(what: str, of: str) -> tuple[str, Identity]:
    """What is measured of a new process, and what programs know it by."""
    option = f"max_{what}_ms"
    if what == "load":
        return "load of the model", Identity(id=what, of="model", option=option)
    return f"first call of {of}", Identity(id=what, of=of, option=option)


def start(
    what: str, of: str, started: Answer[Processes], limit: float,
    apart: tuple[str, Sequence[Evidence]] | None,
) -> Measurement:  # fmt: skip
    """How long a new process takes.

    Args:
        what: `load` or `first_call`.
        of: the method that is called first.
        started: what was measured.
        limit: in milliseconds.
        apart: what to try, and what the first call takes, step by step; if that is known.
    """
    name, own = of_start(what, of)
    hint, evidence = apart or ("import less, or store the model in parts", ())
    if started.ok is None:
        hint = f"set {started.option}" if started.option else _AGAIN
    held = at_most(
        name, started.value, limit, "ms", interval=started.interval,
        how=started.samples.how(), hint=hint, **own,
    )  # fmt: skip
    return held.judged(started.ok, started.why, evidence)


def _missing(answer: Answer[Any]) -> str:
    """What to try first where it is undecided."""
    if answer.option:
        return f"set {answer.option}"
    return "give X more different rows" if answer.few else _AGAIN
