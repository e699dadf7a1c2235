"""verdict: what came of judging one requirement once."""

from __future__ import annotations

import dataclasses
from typing import Literal

from pytest_mlreqs.core.measurement import Measurement
from pytest_mlreqs.core.plain import Plain

State = Literal["satisfied", "violated", "undecided", "error"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The measurements of one requirement in one run.

    Attributes:
        name: the requirement: `latency`, or `latency[single_row]` where it has an id.
        kind: the kind of requirement.
        measurements: what was measured, in the order of the check.
        fault: the sentence that says how the subject broke the check, else None.
        error: the sentence that says why the check could not be made although no subject is to
            blame, else None.
        seconds: how long the check took.
        disturbed: whether what was measured is worth nothing, as something came between.
    """

    name: str
    kind: str
    measurements: tuple[Measurement, ...]
    fault: str | None = None
    error: str | None = None
    seconds: float = 0.0
    disturbed: bool = False

    @property
    def state(self) -> State:
        """Violated if anything is, else an error if there is one, else undecided if anything is.

        Satisfied otherwise. A check that judged nothing decided nothing.
        """
        oks = [measurement.ok for measurement in self.measurements if measurement.is_judged]
        if self.fault is not None or False in oks:
            return "violated"
        if self.error is not None:
            return "error"
        return "undecided" if None in oks or not oks else "satisfied"

    @property
    def satisfied(self) -> bool:
        """Whether everything measured keeps within its limit."""
        return self.state == "satisfied"

    def __bool__(self) -> bool:
        """True only when satisfied, so that `assert mlreqs.check(...)` can fail."""
        return self.satisfied

    def telling(self) -> tuple[Measurement, ...]:
        """The measurements that make the state what it is."""
        if self.state == "error":
            return ()
        wanted = {"violated": False, "undecided": None, "satisfied": True}[self.state]
        return tuple(m for m in self.measurements if m.is_judged and m.ok is wanted)

    def of(self, part: str, name: str) -> Verdict:
        """The verdict on one part of the requirement, which is called `name`.

        What was measured stands, whatever broke in another part.
        """
        own = tuple(m for m in self.measurements if m.part == part)
        if own:
            return dataclasses.replace(self, name=name, measurements=own, fault=None, error=None)
        rest = tuple(m for m in self.measurements if not m.part)
        return dataclasses.replace(self, name=name, measurements=rest)

    def noted(self, note: str) -> Verdict:
        """The same with a note on how it was measured."""
        measurements = tuple(
            dataclasses.replace(m, how=f"{m.how}; {note}" if m.how else note)
            for m in self.measurements
        )
        return dataclasses.replace(self, measurements=measurements)

    def doubted(self, why: str) -> Verdict:
        """The same with nothing decided by what was measured, because of `why`."""
        measurements = tuple(m if m.ok is None else m.judged(None, why) for m in self.measurements)
        return dataclasses.replace(self, measurements=measurements, disturbed=True)

    def as_dict(self) -> dict[str, Plain]:
        """The verdict as JSON types."""
        return {
            "name": self.name,
            "kind": self.kind,
            "state": self.state,
            "fault": self.fault,
            "error": self.error,
            "seconds": round(self.seconds, 6),
            "measurements": [measurement.as_dict() for measurement in self.measurements],
        }
