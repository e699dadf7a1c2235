"""JUnit files have what was measured under names that stay the same when words change."""

from __future__ import annotations

import pytest

from pytest_mlreqs.core.limits import at_most, none_of, within
from pytest_mlreqs.core.measurement import Measurement, undecided
from pytest_mlreqs.report.junit import properties


def found(*measurements):
    """The properties of a requirement with these measurements, without its state."""
    measured = [one.as_dict() for one in measurements]
    record = {"name": "latency[one]", "state": "violated", "measurements": measured}
    *rest, state = properties(record)
    assert state == ("mlreqs.latency[one].state", "violated")
    return rest


def test_names_do_not_depend_on_words():
    """A property is named by the requirement, the identifier and what it is of."""
    told = at_most("how long it takes", 3, 2, "ms", interval=(1, 4), id="p95", of="my model")
    assert found(told) == [
        ("mlreqs.latency[one].p95.my_model", 3),
        ("mlreqs.latency[one].p95.my_model.limit", 2),
        ("mlreqs.latency[one].p95.my_model.unit", "ms"),
        ("mlreqs.latency[one].p95.my_model.low", 1.0),
        ("mlreqs.latency[one].p95.my_model.high", 4.0),
    ]


def test_what_is_of_nothing():
    """The name ends with the identifier where there is nothing that it is of."""
    told = undecided("x", "why", id="shared_rows", option="max_shared_rows")
    assert found(told) == [("mlreqs.latency[one].shared_rows", None)]


def test_a_range():
    """A limit of two ends is one text."""
    assert found(within("x", 1, 0, 2))[1] == ("mlreqs.latency[one].x.limit", "0.0, 2.0")


def test_a_limit_of_zero_is_there():
    """What allows nothing has a limit, too."""
    assert found(at_most("rows", 0, 0))[1] == ("mlreqs.latency[one].rows.limit", 0)


@pytest.mark.parametrize(
    ("value", "text"), [(["a", 1], "a, 1"), ({"a": 1, "b": 2}, "a, b"), ("x", "x"), (None, None)]
)
def test_values(value, text):
    """Several values become one text."""
    told = Measurement(name="names", text="names", ok=True, value=value)
    assert found(told) == [("mlreqs.latency[one].names", text)]
    assert found(none_of("x", ["b", "a"])) == [("mlreqs.latency[one].x", "a, b")]


def test_nothing_measured():
    """The state of a verdict is told though nothing was measured."""
    assert found() == []
