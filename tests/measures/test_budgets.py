"""Budgets tell how many calls and seconds they take."""

import pytest

from pytest_mlreqs.measures.budgets import Budgets, impossible_rounds, impossible_starts
from pytest_mlreqs.requirements.latency import Latency


@pytest.mark.parametrize(
    ("budgets", "calls", "seconds"),
    [
        (Budgets({"p95": 20}), 1_000, 10),
        (Budgets({"p95": 150}), 1_000, pytest.approx(15.3)),
        (Budgets({"p50": 20, "p99": 20}), 5_000, pytest.approx(12, abs=0.5)),
        (Budgets({"p95": 500}), 1_000, 29),
        (Budgets({"p95": 20}, max_calls=200, max_seconds=4), 200, 4),
        (Budgets({"p95": 20}, rate_per_s=100), 1_000, 10),
        (Budgets({"p95": 20}, rate_per_s=10), 1_000, pytest.approx(20.4)),
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
        (Budgets({"p95": 600}), "max_p95_ms takes 102 calls, at half of 600 ms each 30.6 s"),
        (Budgets({"p50": 5}, rate_per_s=1), "max_p50_ms takes 40 calls, at 1 a second 40 s"),
    ],
)
def test_no_time(budgets, why):
    """What a healthy model could not be passed by is told beforehand."""
    assert budgets.impossible().startswith(why)


@pytest.mark.parametrize("rate", [None, 102 / 29])
def test_just_enough_time(rate):
    """The longest burst is just enough for so many calls, and for no fewer seconds."""
    ms = {"p95": 29e3 / 102 / 0.5 - 0.01 if rate is None else 10.0}
    assert Budgets(ms, rate_per_s=rate).impossible() == ""
    assert Budgets(ms, max_seconds=28.9, rate_per_s=rate).impossible() != ""


def test_a_warm_up_takes_no_longer_than_a_long_burst():
    """So many calls, at half of the lowest budget, must leave time for those that count."""
    budgets = Budgets({"p50": 10, "p95": 20})
    assert budgets.impossible_warmup(5_800) == ""
    assert budgets.impossible_warmup(5_801).startswith("warmup takes 5,801 calls, at half of 10 ms")
    assert Budgets({"p95": 5_000}, max_seconds=1.5, rate_per_s=90).impossible_warmup(5) == ""
    assert Budgets({}).impossible_warmup(1_000_000) == ""


def test_parts_of_a_call_that_leave_no_time():
    """Eight rounds of calls that take half of a limit must fit into a burst."""
    assert impossible_rounds({}, 20) == ""
    assert impossible_rounds({"max_ms_per_column": 5_000}, 20) == ""
    told = impossible_rounds({"max_ms_per_column": 2, "max_ms_per_step": 5_001}, 20)
    assert told.startswith("max_ms_per_step takes 8 rounds, at half of 5,001 ms each 20 s")


def test_a_slow_start_may_last_as_long_as_its_limit():
    """A process is not given up before its limits are over."""
    assert impossible_starts({}, 1) == ""
    assert impossible_starts({"load": 5_000, "first_call": 200}, 30) == ""
    assert impossible_starts({"load": 60_000}, 239).startswith("max_load_ms takes 8 starts")
    requirement = Latency(max_load_ms=60_000, max_seconds=241)
    assert requirement.seconds() == 241 + 120
