"""text: a verdict in words: what was measured, how, the worst offenders, what to try first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pytest_mlreqs.report import evidence

if TYPE_CHECKING:
    from pytest_mlreqs.core.judgement.proving import Proof
    from pytest_mlreqs.core.measurement import Measurement
    from pytest_mlreqs.core.verdict import Verdict


def headline(verdict: Verdict) -> str:
    """The one line that pytest's short summary shows."""
    telling = verdict.telling()
    if verdict.fault is not None or not telling:
        ended = verdict.fault or verdict.error
        return ended or "undecided because the check measured nothing"
    more = f" (and {len(telling) - 1} more)" if len(telling) > 1 else ""
    return telling[0].text + more


def failure(verdict: Verdict, where: str) -> str:
    """The whole message: headline first, then the evidence, indented."""
    lines = [headline(verdict)]
    if verdict.fault is not None:
        lines += ["  broken:   the subject itself does not work, so this requirement is not met"]
    for position, measurement in enumerate(verdict.telling()):
        headed = position == 0 and verdict.fault is None
        lines += [] if headed else [f"  {measurement.text}"]
        lines += _evidence(measurement)
    if verdict.error is not None:
        lines += [f"  error:    {verdict.error}"] if verdict.state != "error" else []
        lines += ["  checked:  not to the end, through no fault of the subject"]
    lines += [f"  declared: {where}"] if where else []
    return "\n".join(lines)


def _evidence(measurement: Measurement) -> Iterable[str]:
    if measurement.how:
        yield f"  measured: {measurement.how}"
    if worst := evidence.worst(measurement):
        yield f"  worst:    {'; '.join(worst[:5])}"
    yield from (f"    {line}".rstrip() for line in evidence.lines(measurement))
    if measurement.hint:
        yield f"  try:      {measurement.hint}"


def unproven(proofs: Sequence[Proof]) -> str:
    """Why a requirement is not shown to be able to fail."""
    missed = [proof for proof in proofs if not proof.noticed]
    lines = [f"cannot fail here: a planted violation went unnoticed ({missed[0].what})"]
    for proof in missed:
        lines += [f"  planted:  {proof.what}", f"  it said:  {proof.said}"]
    return "\n".join(lines)
