"""The ledger knows what became of every declared requirement."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mlreqs.report.ledger import STATES, Ledger


def record(name, state, *noticed):
    """A verdict, and whether it noticed what was planted."""
    return {
        "name": name,
        "requirement": name,
        "state": state,
        "proofs": [{"what": "x", "noticed": one, "said": ""} for one in noticed],
    }


def ledger(*records, declared=("latency", "drift")):
    """A ledger with each verdict from a test of its own."""
    made = Ledger(iter(declared))
    for position, one in enumerate(records):
        made.add(f"test_{position}", one)
    return made


def test_an_empty_ledger():
    """Where nothing ran, everything declared is unchecked and nothing is in any state."""
    made = ledger()
    assert made.not_checked == ["latency", "drift"]
    assert made.counts == {
        "declared": 2, "satisfied": 0, "accepted": 0, "undecided": 0, "violated": 0,
    }  # fmt: skip
    assert (made.records, made.states, made.proven) == ([], {}, (0, 0))


def test_counts():
    """Every requirement counts once, in its state."""
    made = ledger(record("latency", "satisfied"), record("drift", "violated"))
    assert made.counts == {
        "declared": 2, "satisfied": 1, "accepted": 0, "undecided": 0, "violated": 1,
    }  # fmt: skip
    assert made.not_checked == []


@pytest.mark.parametrize("worse", range(4))
@pytest.mark.parametrize("better", range(4))
def test_the_worst_verdict_counts(worse, better):
    """A requirement judged several times is in the worst of its states, in whichever order."""
    judged = [state for state in STATES if state != "error"]
    states = judged[worse], judged[better]
    made = ledger(*(record("latency", state) for state in states))
    assert made.states == {"latency": judged[min(worse, better)]}


def test_what_was_not_declared_counts_too():
    """A requirement that only a marker asks for is counted as declared."""
    made = ledger(record("latency", "satisfied"), record("memory", "satisfied"))
    assert made.counts["declared"] == 3
    assert made.not_checked == ["drift"]


def test_errors_are_not_checked():
    """A requirement whose subject was missing is not checked, and says why."""
    made = ledger(record("latency", "error"), record("drift", "satisfied"))
    assert made.not_checked == ["latency (error)"]
    assert made.records == [record("drift", "satisfied")]


def test_an_error_of_a_check_is_shown_but_not_checked():
    """A check that could not be made to its end is on record, and counts as not checked."""
    broken = {**record("latency", "error"), "error": "delete is no function"}
    made = ledger(broken, record("latency", "satisfied"), record("drift", "satisfied"))
    assert broken in made.records
    assert (made.not_checked, made.states) == (["latency (error)"], {"drift": "satisfied"})


def test_an_error_that_a_rerun_mended():
    """An error whose test starts again and gives a verdict is forgotten."""
    made = ledger(record("latency", "error"))
    made.start("test_0")
    made.add("test_0", record("latency", "satisfied"))
    assert made.not_checked == ["drift"]


def test_an_error_beside_a_verdict():
    """A requirement met for one model and without a subject for another was not checked."""
    made = ledger(record("latency", "satisfied"), record("latency", "error"))
    assert made.not_checked == ["latency (error)", "drift"]
    assert made.counts["satisfied"] == 0


def test_a_rerun_voids_what_was_said():
    """When a test starts again, its verdicts so far are void, and those of others are not."""
    made = ledger(record("latency", "violated"), record("drift", "violated"))
    made.start("test_0")
    made.add("test_0", record("latency", "satisfied"))
    assert made.states == {"latency": "satisfied", "drift": "violated"}


def test_the_first_start_voids_nothing():
    """A test that starts for the first time has nothing to void."""
    made = ledger(record("latency", "violated"))
    made.start("test_new")
    assert made.states == {"latency": "violated"}


def test_one_test_may_enter_several_verdicts():
    """The verdicts of one test stand together in the order they came."""
    made = ledger()
    one, two, three = (record(name, "satisfied") for name in ("latency", "drift", "memory"))
    made.add("a", one)
    made.add("b", two)
    made.add("a", three)
    assert made.records == [one, three, two]


@pytest.mark.parametrize(
    ("records", "proven"),
    [
        ([record("latency", "satisfied", True, True)], (1, 1)),
        ([record("latency", "satisfied", True, False)], (0, 1)),
        ([record("latency", "satisfied")], (0, 0)),
        ([record("latency", "satisfied", True), record("drift", "violated", False)], (1, 2)),
        ([record("latency", "satisfied", False), record("latency", "satisfied", True)], (0, 1)),
        ([record("latency", "satisfied", True), record("latency", "satisfied")], (1, 1)),
    ],
)
def test_proven(records, proven):
    """A requirement can fail here if every violation planted for it was noticed, wherever."""
    assert ledger(*records).proven == proven


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(STATES))))
def test_the_counts_add_up(entries):
    """Checked and unchecked requirements are together all that are declared."""
    made = ledger(*(record(name, state) for name, state in entries), declared="abc")
    counts = made.counts
    checked = sum(counts[state] for state in STATES if state != "error")
    assert checked + len(made.not_checked) == counts["declared"]
