"""compute_regression: the numbers of one run in words, told apart by all that they depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_mlreqs.core.limits import reported
from pytest_mlreqs.core.measurement import MIB, Measurement, counted, number

if TYPE_CHECKING:
    from pytest_mlreqs.measures.timing.pairs import Pairs
    from pytest_mlreqs.measures.timing.trial import Answer


def ratio(name: str, reference: str | None, rows: int, seen: Answer[Pairs]) -> Measurement:
    """How many times as long a call takes as one of the reference."""
    size = counted(rows, "row")
    return reported(
        f"ratio of {name} to {reference}", seen.value, interval=seen.interval,
        how=f"{size} per call, {seen.samples.pairs()}", waited=seen.samples.waited,
        id="ratio", of=f"{name} of {size} over {reference}",
    )  # fmt: skip


def peak(name: str, rows: int, resident: float, calls: int) -> Measurement:
    """The memory in use at the peak of a call, of which `resident` is bytes."""
    size, mib = counted(rows, "row"), resident / MIB
    return reported(
        f"peak of {name}", mib, "MiB",
        how=f"{size} per call, {number(mib)} MiB, the smallest of {calls} calls",
        id="peak", of=f"{name} of {size}",
    )  # fmt: skip
