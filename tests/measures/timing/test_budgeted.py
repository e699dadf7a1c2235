"""Calls that have budgets are judged after a warm-up, for which there may be too little time."""

import itertools

import pytest

from pytest_mlreqs.measures.timing.budgeted import WARM, judge, warm_up
from pytest_mlreqs.measures.timing.budgets import Budgets
from pytest_mlreqs.testing import FakeClock


def sleeping(clock, seconds):
    """A call that takes a number of seconds."""
    return lambda _: clock.sleep(seconds)


@pytest.mark.parametrize(("each_s", "made"), [(0.001, 50), (0.5, 20), (100.0, WARM)])
def test_warm_up(each_s, made):
    """All calls are made if there is time for them, and a few in any case."""
    clock = FakeClock()
    assert warm_up(sleeping(clock, each_s), itertools.repeat(None, 50), 50, 10.0, clock) == made


@pytest.mark.parametrize(("warm", "ok"), [(5, False), (4, None)])
def test_no_violation_after_too_few_warm_up_calls(warm, ok):
    """Calls that are slow are held against nobody whose warm-up had no time."""
    clock = FakeClock()
    inputs = ((at, None) for at in itertools.count())
    budgets = Budgets({"p50": 10.0}, max_seconds=20.0)
    answers = judge(sleeping(clock, 0.1), inputs, budgets, warm=(warm, 5), cold_ms=(), clock=clock)
    assert answers["p50"].ok is ok
    assert ("4 of 5 warm-up calls" in answers["p50"].why) is (ok is None)
