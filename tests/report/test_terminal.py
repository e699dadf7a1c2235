"""The terminal lists every verdict, the worst last, and closes with what was declared."""

from __future__ import annotations

from pytest_mlreqs.report.ledger import Ledger
from pytest_mlreqs.report.terminal import closing, table


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


def test_the_worst_come_last():
    """Requirements are listed from satisfied to violated, as the end is read first."""
    states = ["violated", "satisfied", "undecided", "accepted", "satisfied"]
    made = ledger(*(record(str(i), state, "x") for i, state in enumerate(states)))
    listed = [(state, line.split()[1]) for state, line in table(made)]
    assert listed == [
        ("satisfied", "1"),
        ("satisfied", "4"),
        ("accepted", "3"),
        ("undecided", "2"),
        ("violated", "0"),
    ]


def test_table_word_for_word():
    """Labels are aligned, and stand once for all measurements of a verdict."""
    made = ledger(
        record("latency", "satisfied", "p95 is 1 ms", "p50 is 1 ms"),
        record("forbidden_features", "violated", "uses: Sex"),
    )
    assert [line for _, line in table(made)] == [
        "satisfied  latency             p95 is 1 ms",
        "                               p50 is 1 ms",
        "violated   forbidden_features  uses: Sex",
    ]


def test_every_line_has_the_state_of_its_verdict():
    """All lines of one verdict are of one colour."""
    made = ledger(record("latency", "violated", "a", "b", fault="c"))
    assert [state for state, _ in table(made)] == ["violated"] * 3


def test_all_there_is_to_say():
    """After the measurements come the fault, the exception and what was planted."""
    made = ledger(
        record(
            "latency", "accepted", "p95 is 31 ms", fault="predict raised", reason="new machine",
            until="2027-01-31", proofs=[("a sleep", True), ("a nap", False)],
        )
    )  # fmt: skip
    assert [line[20:] for _, line in table(made)] == [
        "p95 is 31 ms",
        "predict raised",
        "accepted until 2027-01-31: new machine",
        "planted: a sleep: noticed",
        "planted: a nap: NOT NOTICED",
    ]


def test_nothing_measured():
    """A verdict without any measurement is listed as that."""
    lines = [line for _, line in table(ledger(record("latency", "undecided")))]
    assert lines == ["undecided  latency  measured nothing"]


def test_an_empty_table():
    """Without verdicts there are no lines."""
    assert list(table(ledger(declared=["latency"]))) == []


def test_closing_of_a_good_run():
    """The last line of a good run has two numbers."""
    made = ledger(record("latency", "satisfied", "x"))
    assert list(closing(made)) == ["requirements: 1 declared, 1 satisfied"]


def test_closing_of_a_bad_run():
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


def test_closing_of_a_proving_run():
    """A run that planted violations ends with how many requirements noticed theirs."""
    made = ledger(
        record("a", "satisfied", proofs=[("x", True)]),
        record("b", "satisfied", proofs=[("x", True), ("y", False)]),
    )
    *_, last = closing(made)
    assert last == "1 of 2 requirements can fail here"
