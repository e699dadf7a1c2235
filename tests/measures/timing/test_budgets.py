"""Budgets tell how many calls and seconds they take."""

import pytest

from pytest_mlreqs.measures.timing.budgets import Budgets, Starts
from pytest_mlreqs.requirements.latency import Latency


@pytest.mark.parametrize(
    ("budgets", "calls", "seconds"),
    [
        (Budgets({"p95": 20}), 1_000, 10),
        (Budgets({"p95": 150}), 1_000, pytest.approx(15.3)),
        (Budgets({"p50": 20, "p99": 20}), 5_000, pytest.approx(12, abs=0.5)),
        (Budgets({"p95": 500}), 1_000, 51),
        (Budgets({"p95": 600}), 1_000, 60),
        (Budgets({"p99": 120}), 5_000, 60),
        (Budgets({"p50": 90_000}), 1_000, 60),
        (Budgets({"p95": 900}, max_seconds=0.1), 1_000, 0.1),
        (Budgets({"p95": 20}, max_calls=200, max_seconds=4), 200, 4),
        (Budgets({"p95": 20}, rate_per_s=100), 1_000, 10),
        (Budgets({"p95": 20}, rate_per_s=10), 1_000, pytest.approx(20.4)),
        (Budgets({"p50": 5}, rate_per_s=0.5), 1_000, 160),
    ],
)
def test_a_burst(budgets, calls, seconds):
    """It is as long as its budgets need, at their rate if they have one."""
    assert budgets.calls == calls
    assert budgets.seconds == seconds
    assert budgets.impossible() == ""


@pytest.mark.parametrize(
    ("budgets", "why"),
    [
        (Budgets({"p50": 20, "p95": 10}), "max_p95_ms must be at least max_p50_ms"),
        (Budgets({"p99": 5}, max_calls=518), "max_p99_ms takes 519 calls at least, and max_calls"),
        (
            Budgets({"p50": 5}, rate_per_s=1, max_seconds=39),
            "max_p50_ms takes 40 calls at least, and at 1 a second there are 39 calls in",
        ),
    ],
)
def test_what_no_model_could_keep(budgets, why):
    """What the quickest model could not be passed by is told beforehand."""
    assert budgets.impossible().startswith(why)


def test_just_enough_calls():
    """As many calls as can be due in a burst are enough, and no fewer."""
    assert Budgets({"p50": 5}, rate_per_s=1, max_seconds=40).impossible() == ""
    assert Budgets({"p99": 5}, max_calls=519).impossible() == ""


def test_a_slow_start_may_last_as_long_as_its_limit():
    """A process is not given up before its limits are over."""
    requirement = Latency(max_load_ms=60_000, max_seconds=241)
    assert requirement.seconds() == 241 + 120


def test_starts_last_as_long_as_their_limits_need():
    """Half a minute, and two at most; only what no process could do in the time is told before."""
    assert [Starts({"load": ms}).seconds for ms in (20, 9_000, 60_000)] == [30, 80, 120]
    assert Starts({}).seconds == 30
    assert Starts({}, 0.1).impossible() == ""
    assert Starts({"load": 60_000}, 0.25).impossible() == ""
    told = Starts({"load": 60_000}, 0.23).impossible()
    assert told.startswith(
        "max_load_ms takes 8 new processes, 0.24 s at least, and there are 0.23 s"
    )
