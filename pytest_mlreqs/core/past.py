"""past: what earlier runs measured, as a kind may ask for it, and what this one adds to it."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_mlreqs.core.measurement import Measurement

USUAL = ".mlreqs/history.sqlite"  # of what asks for the past, where no history is declared
_NORMAL = 1.96  # standard errors from the middle to an end of a 95 % interval
_LARGEST = 1e300  # what any database takes for a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One quantity, as one run measured it.

    Attributes:
        id: what was measured, as `Measurement.id`.
        of: what it was measured of, as `Measurement.of`. A kind that compares runs puts into it
            all that they must have in common, such as the rows of a call.
        value: a finite number, in `unit`.
        interval: lower and upper end of its 95 % interval, where it comes from a sample.
        unit: as `Measurement.unit`.
        waited: share of the time for which there was no core; 0 where nobody counts.
        series: the requirement.
        machine: its fingerprint.
        revision: the commit.
        at: date and time, UTC, ISO 8601.
    """

    id: str
    of: str = ""
    value: float
    interval: tuple[float, float] | None = None
    unit: str = ""
    waited: float = 0.0
    series: str = ""
    machine: str = ""
    revision: str = ""
    at: str = ""

    @property
    def error(self) -> float:
        """The standard error of the logarithm of a positive value; 0 where nobody knows it."""
        low, high = self.interval or (0.0, 0.0)
        return math.log(high / low) / (2 * _NORMAL) if 0 < low <= high else 0.0


class Past:
    """Earlier runs of one requirement. Nothing can be added: the session does, after the verdict.

    Args:
        runs: what they measured, oldest first.
        series: the requirement.
        machine: the fingerprint of the machine that this run is made on.
        revision: its commit.
    """

    def __init__(
        self,
        runs: Iterable[Observation] = (),
        *,
        series: str = "",
        machine: str = "",
        revision: str = "",
    ) -> None:
        self._runs = list(runs)
        self.series, self.machine, self.revision = series, machine, revision

    def runs(self, id: str, of: str = "") -> list[Observation]:
        """What earlier runs measured of one quantity, oldest first.

        Raises:
            Undecided: they cannot be read.
        """
        return [run for run in self._runs if (run.id, run.of) == (id, of)]

    def now(self, measurement: Measurement) -> Observation:
        """What this run has measured, as later ones will find it; its value is a number."""
        ends, value = measurement.interval, measurement.value
        assert isinstance(value, (int, float))
        return Observation(
            id=measurement.id,
            of=measurement.of,
            value=float(value),
            interval=ends if ends and all(map(math.isfinite, ends)) else None,
            unit=measurement.unit,
            waited=measurement.waited or 0.0,
            series=self.series,
            machine=self.machine,
            revision=self.revision,
            at=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        )


def has_number(measurement: Measurement) -> bool:
    """Whether a measurement can be compared with later ones, as its value is a finite number."""
    value = measurement.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return -_LARGEST < value < _LARGEST


def around(value: float, error: float) -> tuple[float, float]:
    """The 95 % interval of a positive value by the standard error of its logarithm."""
    away = math.exp(_NORMAL * error)
    return value / away, value * away
