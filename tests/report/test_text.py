"""A verdict in words says what was measured, then how, what is worst and what to try."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_mlreqs.core.judgement.proving import Proof
from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.measurement import undecided
from pytest_mlreqs.core.verdict import Verdict
from pytest_mlreqs.report.text import failure, headline, unproven

GOOD = at_most("mean", 1, 2)
SLOW = at_most(
    "p95 of predict", 31.54, 20, "ms", how="200 calls", worst=["row 1", "row 2"], hint="cache it"
)
LARGE = replace(at_most("memory", 3, 2, "MiB", how="peak"), details=("fit   2 MiB", "score 1 MiB"))
OPEN = undecided("drift", "3 rows are too few", hint="collect more")


def verdict(*measurements, fault=None, error=None):
    """A verdict with these measurements."""
    return Verdict(
        name="latency", kind="latency", measurements=measurements, fault=fault, error=error
    )


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (verdict(GOOD), "mean is 1, limit 2"),
        (verdict(GOOD, SLOW, OPEN), "p95 of predict is 31.5 ms, limit 20 ms"),
        (verdict(SLOW, GOOD, LARGE), "p95 of predict is 31.5 ms, limit 20 ms (and 1 more)"),
        (verdict(GOOD, OPEN), "drift: undecided because 3 rows are too few"),
        (verdict(), "undecided because the check measured nothing"),
        (verdict(SLOW, fault="predict returned None"), "predict returned None"),
        (verdict(GOOD, error="no function"), "no function"),
        (verdict(SLOW, error="no function"), "p95 of predict is 31.5 ms, limit 20 ms"),
    ],
)
def test_headline(made, line):
    """The headline is the first of the measurements that made the state, or the fault."""
    assert headline(made) == line


def test_failure_word_for_word():
    """Under the headline stand the evidence, the other violations with theirs, and the place."""
    assert failure(verdict(GOOD, SLOW, LARGE), "pyproject.toml:14").splitlines() == [
        "p95 of predict is 31.5 ms, limit 20 ms (and 1 more)",
        "  measured: 200 calls",
        "  worst:    row 1; row 2",
        "  try:      cache it",
        "  memory is 3 MiB, limit 2 MiB",
        "  measured: peak",
        "    fit   2 MiB",
        "    score 1 MiB",
        "  declared: pyproject.toml:14",
    ]


def test_failure_of_a_fault():
    """A subject that broke the check is told as that, with the violations found before it."""
    assert failure(
        verdict(SLOW, fault="predict returned None"), "pyproject.toml:3"
    ).splitlines() == [
        "predict returned None",
        "  broken:   the subject itself does not work, so this requirement is not met",
        "  p95 of predict is 31.5 ms, limit 20 ms",
        "  measured: 200 calls",
        "  worst:    row 1; row 2",
        "  try:      cache it",
        "  declared: pyproject.toml:3",
    ]


def test_failure_of_an_error():
    """A check that could not be made says so, after the violations found before it."""
    made = verdict(GOOD, LARGE, error="no function")
    assert failure(made, "").splitlines() == [
        "memory is 3 MiB, limit 2 MiB",
        "  measured: peak",
        "    fit   2 MiB",
        "    score 1 MiB",
        "  error:    no function",
        "  checked:  not to the end, through no fault of the subject",
    ]
    assert failure(verdict(GOOD, error="no function"), "").splitlines() == [
        "no function",
        "  checked:  not to the end, through no fault of the subject",
    ]


def test_failure_of_what_is_undecided():
    """Why nothing could be decided stands with what to try."""
    told = "drift: undecided because 3 rows are too few\n  try:      collect more"
    assert failure(verdict(GOOD, OPEN), "") == told


def test_only_the_worst_five_are_told():
    """Of many offenders five are enough."""
    many = at_most("x", 3, 2, worst=[f"row {row}" for row in range(9)])
    _, line = failure(verdict(many), "").splitlines()
    assert line == "  worst:    row 0; row 1; row 2; row 3; row 4"


def test_unproven():
    """Each planted violation that went unnoticed is told with what the requirement said of it."""
    proofs = [
        Proof("a leak", True, "memory is 3"),
        Proof("a sleep", False, "p95 is 1 ms"),
        Proof("a nap", False, "p95 is 2 ms"),
    ]
    assert unproven(proofs).splitlines() == [
        "cannot fail here: a planted violation went unnoticed (a sleep)",
        "  planted:  a sleep",
        "  it said:  p95 is 1 ms",
        "  planted:  a nap",
        "  it said:  p95 is 2 ms",
    ]
