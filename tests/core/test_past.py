"""Tests of pytest_mlreqs.core.past."""

import datetime
import math

import pytest

from pytest_mlreqs import at_most, none_of, reported, undecided
from pytest_mlreqs.core.past import Observation, Past, around, has_number


def test_runs_of_one_quantity():
    """What there was of one quantity comes back in its order, and what was of others does not."""
    runs = [Observation(id="peak", of=of, value=n) for n, of in enumerate(("a", "b", "a"))]
    assert [run.value for run in Past(runs).runs("peak", "a")] == [0, 2]
    assert Past(runs).runs("peak") == []


def test_now():
    """A measurement becomes an observation of this machine, at this commit and time."""
    past = Past(series="s", machine="m", revision="r")
    found = reported("p", 2, "ms", interval=(1, 4), id="p", of="predict", waited=0.25)
    now = past.now(found)
    assert (now.id, now.of, now.value, now.unit, now.waited) == ("p", "predict", 2.0, "ms", 0.25)
    assert (now.series, now.machine, now.revision) == ("s", "m", "r")
    age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(now.at)
    assert abs(age) < datetime.timedelta(minutes=5)
    assert past.runs("p", "predict") == []


def test_an_interval_without_ends():
    """An interval that is not finite is none."""
    assert Past().now(reported("p", 2.0, interval=(1, math.inf))).interval is None


@pytest.mark.parametrize(
    ("measurement", "has"),
    [
        (at_most("p", 3, 2), True),
        (at_most("p", -0.5, 2), True),
        (at_most("p", math.nan, 2), False),
        (at_most("p", math.inf, 2), False),
        (undecided("p", "of something"), False),
        (undecided("p", "of something", value=True), False),
        (none_of("names", ["Age"]), False),
    ],
)
def test_numbers(measurement, has):
    """Only what is a finite number can be compared with later runs, whatever the verdict on it."""
    assert has_number(measurement) is has


def test_errors():
    """The error of the logarithm and the interval around a value are two ways to say the same."""
    run = Observation(id="p", value=2.0, interval=around(2.0, 0.03))
    assert run.error == pytest.approx(0.03)
    assert Observation(id="p", value=2.0).error == 0
    assert Observation(id="p", value=2.0, interval=(-1, 1)).error == 0
