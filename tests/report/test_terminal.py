"""The terminal lists every verdict, the worst last, and closes with what was declared."""

from __future__ import annotations

import pytest

from pytest_mlreqs.report import terminal
from pytest_mlreqs.report.ledger import Ledger


@pytest.fixture
def section(results):
    """The lines of the section about what is in a ledger, with their colours."""
    return lambda made: list(terminal.section(results(made)))


@pytest.fixture
def closing(results):
    """The last lines of a run whose verdicts are in a ledger."""
    return lambda made: list(terminal.closing(results(made)))


def record(name, state, *texts, fault=None, reason=None, until=None, proofs=()):
    """A verdict as it is put on record."""
    return {
        "name": name,
        "requirement": name,
        "label": name,
        "state": state,
        "measurements": [{"text": text} for text in texts],
        "fault": fault,
        "reason": reason,
        "until": until,
        "proofs": [{"what": what, "noticed": noticed, "said": ""} for what, noticed in proofs],
    }


def ledger(*records, declared=()):
    """A ledger with each verdict from a test of its own."""
    made = Ledger(declared or [one["name"] for one in records])
    for position, one in enumerate(records):
        made.add(str(position), one)
    return made


def test_the_worst_come_last(section):
    """Requirements are listed from satisfied to violated, as the end is read first."""
    states = ["violated", "satisfied", "undecided", "accepted", "satisfied"]
    made = ledger(*(record(str(i), state, "x") for i, state in enumerate(states)))
    listed = [(colour, *line.split()[:2]) for colour, line in section(made)]
    assert listed == [
        ("green", "satisfied", "1"),
        ("green", "satisfied", "4"),
        ("yellow", "accepted", "3"),
        ("yellow", "undecided", "2"),
        ("red", "violated", "0"),
    ]


def test_table_word_for_word(section):
    """Labels are aligned, and stand once for all measurements of a verdict."""
    made = ledger(
        record("latency", "satisfied", "p95 is 1 ms", "p50 is 1 ms"),
        record("forbidden_features", "violated", "uses: Sex"),
    )
    assert [line for _, line in section(made)] == [
        "satisfied  latency             p95 is 1 ms",
        "                               p50 is 1 ms",
        "violated   forbidden_features  uses: Sex",
    ]


def test_every_line_has_the_colour_of_its_verdict(section):
    """All lines of one verdict are of one colour."""
    made = ledger(record("latency", "violated", "a", "b", fault="c"))
    assert [colour for colour, _ in section(made)] == ["red"] * 3


def test_all_there_is_to_say(section):
    """After the measurements come the fault, the exception and what was planted."""
    made = ledger(
        record(
            "latency", "accepted", "p95 is 31 ms", fault="predict raised", reason="new machine",
            until="2027-01-31", proofs=[("a sleep", True), ("a nap", False)],
        )
    )  # fmt: skip
    assert [line[20:] for _, line in section(made)] == [
        "p95 is 31 ms",
        "predict raised",
        "accepted until 2027-01-31: new machine",
        "planted: a sleep: noticed",
        "planted: a nap: NOT NOTICED",
    ]


def test_nothing_measured(section):
    """A verdict without any measurement is listed as that."""
    lines = [line for _, line in section(ledger(record("latency", "undecided")))]
    assert lines == ["undecided  latency  measured nothing"]


def test_an_empty_section(section):
    """Without verdicts there are no lines."""
    assert section(ledger(declared=["latency"])) == []


def test_closing_of_a_good_run(closing):
    """The last line of a good run has two numbers."""
    made = ledger(record("latency", "satisfied", "x"))
    assert closing(made) == ["requirements: 1 declared, 1 satisfied"]


def test_closing_of_a_bad_run(closing):
    """The last line counts each state that occurs, and names what was not checked."""
    made = ledger(
        record("a", "violated"),
        record("b", "undecided"),
        record("c", "accepted"),
        record("d", "violated"),
        {"requirement": "e", "state": "error"},
        declared="abcdef",
    )
    (line,) = closing(made)
    assert line == (
        "requirements: 6 declared, 0 satisfied, 2 violated, 1 undecided, 1 accepted; "
        "not checked: e (error), f"
    )


def test_closing_of_a_proving_run(closing):
    """A run that planted violations ends with how many requirements noticed theirs."""
    made = ledger(
        record("a", "satisfied", proofs=[("x", True)]),
        record("b", "satisfied", proofs=[("x", True), ("y", False)]),
    )
    *_, last = closing(made)
    assert last == "1 of 2 requirements can fail here"
