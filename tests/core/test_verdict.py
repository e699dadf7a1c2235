"""A verdict follows from its measurements."""

from __future__ import annotations

import json

import pytest

from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.measurement import Measurement, undecided
from pytest_mlreqs.core.verdict import Verdict

GOOD = at_most("good", 1, 2)
BAD = at_most("bad", 3, 2)
OPEN = undecided("open", "there are no rows")


def verdict(*measurements, fault=None):
    """A verdict with these measurements."""
    return Verdict(name="size", kind="size", measurements=measurements, fault=fault)


@pytest.mark.parametrize(
    ("measurements", "state"),
    [
        ((GOOD,), "satisfied"),
        ((GOOD, GOOD), "satisfied"),
        ((GOOD, OPEN), "undecided"),
        ((OPEN, BAD, GOOD), "violated"),
        ((BAD,), "violated"),
        ((), "undecided"),
    ],
)
def test_the_worst_measurement_makes_the_state(measurements, state):
    """Violated beats undecided, undecided beats satisfied, and nothing measured decides nothing."""
    assert verdict(*measurements).state == state


@pytest.mark.parametrize("measurements", [(), (GOOD,), (OPEN,), (BAD,)])
def test_a_fault_is_violated(measurements):
    """A subject that broke the check does not meet the requirement, whatever was measured."""
    assert verdict(*measurements, fault="predict raised").state == "violated"


@pytest.mark.parametrize(
    ("made", "true"),
    [
        (verdict(GOOD), True),
        (verdict(OPEN), False),
        (verdict(), False),
        (verdict(BAD), False),
        (verdict(GOOD, fault="broken"), False),
    ],
)
def test_only_satisfied_is_true(made, true):
    """A verdict is true when satisfied and at no other time."""
    assert bool(made) is made.satisfied is true


def test_telling():
    """The telling measurements are those that make the state what it is, in order."""
    worse = at_most("worse", 9, 2)
    assert verdict(GOOD, BAD, OPEN, worse).telling() == (BAD, worse)
    assert verdict(GOOD, OPEN).telling() == (OPEN,)
    assert verdict(GOOD).telling() == (GOOD,)
    assert verdict(GOOD, fault="broken").telling() == ()


def test_as_dict_is_json():
    """A verdict as a dictionary has its state and all measurements in JSON types."""
    told = json.loads(json.dumps(verdict(BAD, fault="broken").as_dict()))
    assert told.pop("measurements") == [json.loads(json.dumps(BAD.as_dict()))]
    assert told == {
        "name": "size", "kind": "size", "state": "violated", "fault": "broken",
        "error": None, "seconds": 0.0,
    }  # fmt: skip


def test_an_error_is_not_passed():
    """A verdict that is an error is neither satisfied nor violated, and tells no measurement."""
    made = Verdict(name="size", kind="size", measurements=(GOOD,), error="no function")
    assert (made.state, bool(made), made.telling()) == ("error", False, ())


def test_what_was_measured_of_a_part_stands():
    """A part that was measured keeps its verdict; one that was not is what broke the check."""
    measured = Measurement(name="a", text="a", ok=True, part="one")
    for broken in ({"fault": "it raised"}, {"error": "it broke"}):
        verdict = Verdict(name="kind", kind="kind", measurements=(measured,), **broken)
        assert verdict.of("one", "kind[one]").state == "satisfied"
        assert verdict.of("two", "kind[two]").state in ("violated", "error")
        assert verdict.of("two", "kind[two]").measurements == ()
    late = Measurement(name="kind", text="undecided because of the limit", ok=None)
    verdict = Verdict(name="kind", kind="kind", measurements=(measured, late))
    assert verdict.of("one", "kind[one]").state == "satisfied"
    assert verdict.of("two", "kind[two]").state == "undecided"
