"""Tests of pytest_mlreqs.core.time_left."""

from types import SimpleNamespace

import pytest

from pytest_mlreqs.core import time_left
from pytest_mlreqs.core.measurement import Undecided


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """A check that may take 100 s, of which 10 are over."""
    made = SimpleNamespace(now=0.0, monotonic=lambda: made.now)
    monkeypatch.setattr(time_left, "time", made)
    monkeypatch.setattr(time_left, "_until", [0.0])
    monkeypatch.setattr(time_left, "_allowed", [0.0])
    time_left.start(100)
    made.now = 10.0
    return made


def test_left_and_what_fits(clock):
    """Four fifths of the time that is left may be planned."""
    assert time_left.left_s() == 90
    assert time_left.fits(72)
    assert not time_left.fits(72.1)
    clock.now = 200.0
    assert time_left.left_s() == 0


@pytest.mark.parametrize(
    ("seconds", "fit"),
    [
        (lambda count: 0.072 * count, 1_000),
        (lambda count: 0.072 * count + 0.001, 999),
        (lambda count: 0.0072 * count**2, 100),
        (lambda count: 1.0 if count <= 123 else 1e6, 123),
    ],
)
def test_as_many_as_fit(seconds, fit):
    """As many units of work fit as take no more time, whatever their cost is like."""
    assert time_left.fitting(1_000, seconds, "rows", least=10) == fit


@pytest.mark.parametrize(
    ("least", "told"),
    [
        (None, "1,000 rows need about 144 s, and the check has 90 s left: rows = 500 or "),
        (600, "600 rows need about 86 s, and the check has 90 s left: "),
    ],
)
def test_too_few_fit(least, told):
    """Where too few fit, it says how many do, or how much time would be enough."""
    timeout_s = 190 if least is None else 118
    with pytest.raises(Undecided) as raised:
        time_left.fitting(1_000, lambda count: 0.144 * count, "rows", least=least)
    assert str(raised.value) == f"{told}timeout_s = {timeout_s}"
