"""Tests of pytest_mlreqs.history.drift."""

import math

import numpy as np
import pytest

from pytest_mlreqs.history import drift


def verdicts(values, limit=1.2):
    """Of each run that there is something to compare with: whether it is violated, satisfied."""
    values = list(values)
    return [
        {change.ok for change in drift.judge(values[:n], limit)}
        for n in range(drift.ANCHOR + 1, len(values) + 1)
    ]


def violated(values, limit=1.2):
    """How many runs after the first it takes until one is violated, or None."""
    told = verdicts(values, limit)
    return next((at for at, oks in enumerate(told, drift.ANCHOR + 1) if False in oks), None)


def runs(spread, slowdown, seed=0):
    """Runs with normal errors, and such a slowdown each."""
    errors = np.random.default_rng(seed).normal(scale=spread, size=len(slowdown))
    return (2.5 * np.exp(errors) * np.asarray(slowdown)).tolist()


def test_known_answer():
    """A difference, its spread from successive differences, and its interval are what they are."""
    values = [1.0, 1.1, 1.0, 1.1, 1.0, 1.1]
    (change,) = drift.judge(values, 1.5)
    step = math.log(1.1)
    assert change.against == "anchor"
    assert (change.last, change.others) == (1, 5)
    assert change.value == pytest.approx(1.1)
    assert change.spread == pytest.approx(step / math.sqrt(2))
    # Of 4 differences there are 2 * 16 / 11 degrees of freedom; the quantile is SciPy's.
    error = change.spread * math.sqrt(1 + math.pi / 2 / 5)
    from scipy.stats import t

    half = t.ppf(0.975, 32 / 11) * error
    assert change.interval == pytest.approx(
        (change.value * math.exp(-half), change.value * math.exp(half))
    )
    assert change.confirmable == pytest.approx(
        change.value * math.exp(t.ppf(0.99, 32 / 11) * error)
    )


@pytest.mark.parametrize(("times", "ok"), [(1.1, True), (1.19, None), (1.21, None), (1.6, False)])
def test_one_run(times, ok):
    """One run tells when it is far from the limit, and is undecided near it."""
    change, _ = drift.judge([*runs(0.01, [1.0] * 40), 2.5 * times], 1.2)
    assert change.ok is ok
    assert change.value == pytest.approx(times, rel=0.02)


def test_too_few():
    """Runs that are the anchor are compared with nothing."""
    with pytest.raises(ValueError, match="nothing to compare with"):
        drift.judge([1.0] * drift.ANCHOR, 1.2)


def test_a_step():
    """A step of 1.3 is violated after a few runs; the first of them is no pass."""
    values = runs(0.02, [1.0] * 40 + [1.3] * 20)
    assert 41 < violated(values) <= 46
    assert verdicts(values)[40 - drift.ANCHOR] == {None}


def test_a_slow_drift():
    """One per cent a week is violated against the anchor once it is beyond the limit, not before.

    The runs just before hardly differ, so the baseline notices nothing.
    """
    nights = np.arange(400)
    values = runs(0.02, 1.01 ** (nights / 7))
    at = violated(values)
    assert 128 < at < 200
    against = {change.against: change.ok for change in drift.judge(values[:at], 1.2)}
    assert against == {"anchor": False, "baseline": True}


def test_a_jump_after_a_speed_up():
    """What became twice as fast and then slower by half is within the anchor, and a jump."""
    values = runs(0.01, [1.0] * 10 + [0.5] * 30 + [0.75] * 4)
    anchor, baseline = drift.judge(values, 1.2)
    assert (anchor.ok, baseline.ok) == (True, False)
    assert baseline.value == pytest.approx(1.5, rel=0.03)
    assert (baseline.others, anchor.others) == (drift.BASELINE, drift.ANCHOR)


def test_one_bad_night():
    """A single run far beyond what others do is undecided, and forgotten the night after."""
    values = runs(0.02, [1.0] * 40 + [1.35] + [1.0] * 40)
    told = verdicts(values)
    assert False not in set.union(*told)
    assert None in told[40 - drift.ANCHOR]
    assert told[41 - drift.ANCHOR] == {True}


def test_a_gross_one():
    """What is slower by far is violated at once, without a second run."""
    assert violated(runs(0.02, [1.0] * 40 + [2.5])) == 41


@pytest.mark.parametrize("slowdown", [1.0, 1.2])
def test_a_year_of_nights(slowdown):
    """A model that is as ever, or slower by just what it may, fails in none of twenty years."""
    for seed in range(20):
        times = [1.0] * drift.ANCHOR + [slowdown] * drift.YEAR
        assert violated(runs(0.02, times, seed)) is None


def test_passes_at_the_limit_are_rare():
    """A model that is slower by just what it may is confirmed in about one of hundred nights."""
    told = []
    for seed in range(20):
        for oks in verdicts(runs(0.02, [1.0] * drift.ANCHOR + [1.2] * 100, seed))[:100]:
            told.append(oks == {True})
    assert np.mean(told) <= 0.02


def test_the_spread_is_one_per_cent_at_least():
    """Runs that are all alike are believed to differ; so are those with an error of their own."""
    assert drift.judge([1.0] * 8, 1.2)[0].spread == 0.01
    assert drift.judge([1.0] * 8, 1.2, own_error=0.03)[0].spread == 0.03


def test_a_step_does_not_hide_in_the_spread():
    """The step to the runs in question is no part of the spread that it is held against."""
    values = runs(0.01, [1.0] * 20 + [3.0])
    assert drift.judge(values, 1.2)[0].spread < 0.02


def test_an_incident_does_not_hide_the_next():
    """After three nights of three times as slow a step of 1.3 is found as soon as without them."""
    quiet, loud = [1.0] * 40, [1.0] * 17 + [3.0] * 3 + [1.0] * 20
    found = []
    for before in (quiet, loud):
        values = runs(0.01, [*before, 1.3, 1.3, 1.3])
        found.append({one.against: one.ok for one in drift.judge(values, 1.2)})
    assert found == [{"anchor": False, "baseline": False}] * 2


@pytest.mark.parametrize("spread", [0.02, 0.1])
def test_the_spread_is_that_of_the_runs(spread):
    """The spread that is estimated from many runs is the one that they have, steps or not."""
    for steps in ([1.0] * 300, [1.0] * 100 + [3.0] * 20 + [1.0] * 100 + [0.5] * 80):
        told = drift.judge(runs(spread, steps), 1.2)[0].spread
        assert told == pytest.approx(spread, rel=0.1)


def test_rise():
    """The run that a rise begins with is found."""
    assert drift.rise(runs(0.02, [1.0] * 12 + [1.3] * 5)) == 12
    assert drift.rise([1.0, 2.0]) == 1
