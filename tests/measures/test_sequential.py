"""Tests of pytest_mlreqs.measures.sequential."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mlreqs.measures.sequential import calls_to_pass, decide, quantile_interval

ALPHA = 0.01


def ever(verdict, quantile, share, calls):
    """The exact probability that `verdict` is reached within so many calls, by recursion."""
    still = np.zeros(calls + 2)  # probability of k calls over so far, undecided
    still[0] = 1.0
    reached = 0.0
    for n in range(1, calls + 1):
        still[1 : n + 1] = still[1 : n + 1] * (1 - share) + still[:n] * share
        still[0] *= 1 - share
        for k in np.flatnonzero(still[: n + 1] > 1e-12):
            decided = decide(n, int(k), quantile, ALPHA)
            if decided is not None:
                reached += still[k] * (decided is verdict)
                still[k] = 0.0
    return reached


@pytest.mark.parametrize(("quantile", "calls"), [(0.5, 200), (0.9, 400), (0.95, 600), (0.99, 800)])
@pytest.mark.parametrize("verdict", [True, False])
def test_wrong_verdicts_are_rare(quantile, calls, verdict):
    """With the quantile right at its budget, either verdict has at most its stated probability."""
    assert ever(verdict, quantile, 1 - quantile, calls) <= ALPHA


@pytest.mark.parametrize("quantile", [0.5, 0.95])
def test_right_verdicts_are_reached(quantile):
    """At a tenth of the allowed share a model passes, at three times the share it fails."""
    share = 1 - quantile
    assert ever(True, quantile, share / 10, 500) > 0.99
    assert ever(False, quantile, min(1, share * 3), 500) > 0.98


def test_a_fast_model_passes_soon():
    """Without a call over the budget p95 passes within 103 calls and p99 within 530."""
    assert calls_to_pass(0, 0.95, ALPHA) <= 103
    assert calls_to_pass(0, 0.99, ALPHA) <= 530


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
    calls = calls_to_pass(over, quantile, ALPHA)
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
    """Where the sample is too small for an end, the interval ends at the largest value."""
    assert quantile_interval([1.0, 2.0, 3.0], 0.95)[1] == 3.0


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
