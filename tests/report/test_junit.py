"""What was measured is told to JUnit as plain properties."""

from __future__ import annotations

import pytest

from pytest_mlreqs.report.junit import properties


def record(**measurements):
    """A verdict as it is put on record."""
    found = [{"name": name, "value": value} for name, value in measurements.items()]
    return {"name": "latency[one]", "state": "violated", "measurements": found}


def test_names():
    """Blanks in a name become underscores; the state stands beside what was measured."""
    assert dict(properties(record(**{"p95 of predict": 3.5}))) == {
        "mlreqs.latency[one].p95_of_predict": 3.5,
        "mlreqs.latency[one].state": "violated",
    }


@pytest.mark.parametrize(
    ("value", "text"), [(["a", 1], "a, 1"), ({"a": 1, "b": 2}, "a, b"), ("x", "x"), (None, None)]
)
def test_values(value, text):
    """Several values become one text."""
    assert dict(properties(record(names=value)))["mlreqs.latency[one].names"] == text


def test_nothing_measured():
    """The state of a verdict is told though nothing was measured."""
    assert list(properties(record())) == [("mlreqs.latency[one].state", "violated")]
