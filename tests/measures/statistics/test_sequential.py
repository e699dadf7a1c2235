"""Tests of pytest_mlreqs.measures.statistics.sequential."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mlreqs.measures.statistics.sequential import (
    calls_to_fail,
    calls_to_pass,
    decide,
    enough,
    missing,
    quantile_interval,
)

ALPHA = 0.01


def outcomes(quantile, share, calls):
    """The exact probabilities of passing and of failing within so many calls, by recursion."""
    still = np.zeros(calls + 2)  # probability of k calls over so far, undecided
    still[0] = 1.0
    passed = failed = 0.0
    fewest, most = -1, 1  # pass with at most so many calls over, fail with at least so many
    for n in range(1, calls + 1):
        still[1 : n + 1] = still[1 : n + 1] * (1 - share) + still[:n] * share
        still[0] *= 1 - share
        while decide(n, fewest + 1, quantile, ALPHA) is True:
            fewest += 1
        while most <= n and decide(n, most, quantile, ALPHA) is not False:
            most += 1
        passed += still[: fewest + 1].sum()
        failed += still[most:].sum()
        still[: fewest + 1] = still[most:] = 0.0
    return passed, failed


@pytest.mark.parametrize(
    ("quantile", "calls"), [(0.5, 1000), (0.9, 1000), (0.95, 1000), (0.99, 2000)]
)
def test_wrong_verdicts_are_rare(quantile, calls):
    """With the quantile right at its budget, either verdict has at most its stated probability."""
    passed, failed = outcomes(quantile, 1 - quantile, calls)
    assert 0 < passed <= ALPHA
    assert 0 < failed <= ALPHA


@pytest.mark.parametrize("quantile", [0.5, 0.95])
def test_right_verdicts_are_reached(quantile):
    """At a tenth of the allowed share a model passes, at three times the share it fails."""
    share = 1 - quantile
    assert outcomes(quantile, share / 10, 500)[0] > 0.99
    assert outcomes(quantile, min(1, share * 3), 500)[1] > 0.98


def test_a_fast_model_passes_soon():
    """Without a call over the budget p95 passes within 103 calls and p99 within 530."""
    assert 90 <= calls_to_pass(0.95, ALPHA) <= 103
    assert 459 <= calls_to_pass(0.99, ALPHA) <= 530


@pytest.mark.parametrize("quantile", [0.5, 0.9, 0.95, 0.99])
def test_a_slow_model_fails_soon(quantile):
    """When every call is over the budget, ten calls are enough."""
    assert decide(10, 10, quantile, ALPHA) is False


def test_nothing_is_known_without_calls():
    """No call, no verdict."""
    assert decide(0, 0, 0.95, ALPHA) is None


@given(st.integers(0, 60), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_calls_to_pass_are_the_fewest(over, quantile):
    """After that many calls it passes, and one call earlier it does not."""
    calls = calls_to_pass(quantile, ALPHA, over)
    assert decide(calls, over, quantile, ALPHA) is True
    assert decide(calls - 1, over, quantile, ALPHA) is not True


@given(st.integers(1, 2000), st.data())
def test_more_calls_over_are_no_better(calls, data):
    """Passing with k calls over the budget implies passing with fewer; likewise for failing."""
    fewer, more = sorted(data.draw(st.tuples(st.integers(0, calls), st.integers(0, calls))))
    if decide(calls, more, 0.95, ALPHA) is True:
        assert decide(calls, fewer, 0.95, ALPHA) is True
    if decide(calls, fewer, 0.95, ALPHA) is False:
        assert decide(calls, more, 0.95, ALPHA) is False


def test_interval_of_known_ranks():
    """The 95 % interval of the median of 100 values runs from the 40th to the 61st (David 1981)."""
    assert quantile_interval(list(range(1, 101)), 0.5) == (40, 61)


def test_interval_of_few_values():
    """Where the sample is too small for an end there is no interval: for p95 up to 71 values."""
    assert quantile_interval(list(range(71)), 0.95) is None
    assert quantile_interval(list(range(72)), 0.95) == (63, 71)
    assert quantile_interval([1.0], 0.5) is None


@pytest.mark.parametrize(("quantile", "calls"), [(0.5, 50), (0.95, 200)])
def test_interval_covers(quantile, calls):
    """The interval holds the true quantile in at least 95 % of samples, up to simulation noise."""
    generator = random.Random(1)
    hits = 0
    for _ in range(2000):
        values = sorted(generator.random() for _ in range(calls))
        low, high = quantile_interval(values, quantile)
        hits += low <= quantile <= high
    assert hits / 2000 > 0.935


@pytest.mark.parametrize("budget", [0.3, 0.9, 0.94, 0.97, 0.999])
def test_interval_covers_after_stopping(budget):
    """Stopping as soon as `decide` knows costs no coverage, from 40 calls in each of two bursts."""
    generator = random.Random(1)
    hits = 0
    for _ in range(300):
        values = []
        for _ in (1, 2):
            calls = over = 0
            known = None
            while known is None and calls < 400:
                drawn = [generator.random() for _ in range(40 if not calls else 20)]
                values += drawn
                calls, over = calls + len(drawn), over + sum(x > budget for x in drawn)
                known = decide(calls, over, 0.95, ALPHA)
            if known is not False:
                break
        low, high = quantile_interval(sorted(values), 0.95)
        hits += low <= 0.95 <= high
    assert hits / 300 > 0.92


@pytest.mark.parametrize(("calls", "over", "quantile"), [(6, 6, 0.5), (50, 0, 0.95), (30, 3, 0.9)])
def test_what_is_missing_is_enough(calls, over, quantile):
    """As many more as are missing to an answer give it, and one less does not."""
    passing = calls_to_pass(quantile, 0.01, over)
    failing = calls_to_fail(quantile, 0.01, calls, over)
    known = [decide(total, over, quantile, 0.01) for total in (passing - 1, passing)]
    assert known == [None, True]
    known = [decide(n, over + n - calls, quantile, 0.01) for n in (failing - 1, failing)]
    assert known == [None, False]
    told, needed = missing(calls, over, quantile, 0.01)
    assert f"{passing - calls} more within it, to fail {failing - calls} more over it" in told
    assert needed == (failing if over / calls > 1 - quantile else passing)


@pytest.mark.parametrize(
    ("needed", "told"),
    [(102, "120"), (1_000, "1_100"), (30.3, "34"), (0.5, "0.55"), (9.2, "11"), (12_345, "14_000")],
)
def test_what_to_set_an_option_to(needed, told):
    """A tenth more than is needed, rounded up to two digits, as TOML has it."""
    assert enough("max_seconds", needed) == f"max_seconds = {told}"
