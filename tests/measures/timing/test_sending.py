"""Tests of pytest_mlreqs.measures.timing.sending: real threads, whose speed nothing depends on."""

import itertools
import threading

import numpy as np
import pytest

from pytest_mlreqs.measures.timing import sending
from pytest_mlreqs.measures.timing.sending import Clock, arrivals


@pytest.fixture
def clock():
    """The real clock, closed afterwards."""
    with Clock() as made:
        yield made


def planned(count, *, apart=0):
    """So many calls, so many nanoseconds apart, with their number as input and row."""
    return [(at * apart, at, at) for at in range(count)]


def test_arrivals():
    """They have exactly the rate, are those of a Poisson process, and the same in every run."""
    times = arrivals(5_000, 100, seed=0)
    assert times == sorted(times) == arrivals(5_000, 100, seed=0) != arrivals(5_000, 100, seed=1)
    assert 0 <= times[0] <= times[-1] <= 50e9
    gaps = np.diff(times) / 1e9
    assert gaps.mean() == pytest.approx(0.01, rel=0.01)
    assert gaps.std() == pytest.approx(0.01, rel=0.05)  # exponential: as large as the mean


def test_calls_in_order(clock):
    """Every call is made once, not before it is due, with its own input."""
    seen = []
    sent = clock.play(seen.append, planned(30, apart=100_000))
    assert sorted(seen) == list(range(30))
    assert [call.row for call in sent] == list(range(30))
    assert {b.due - a.due for a, b in itertools.pairwise(sent)} == {100_000}
    assert all(call.due <= call.began <= call.ended for call in sent)
    assert all(call.cpu >= 0 for call in sent)


def test_no_call_waits_for_another(clock):
    """Calls that need each other to end come together, each from a thread of its own."""
    barrier = threading.Barrier(12, timeout=30)
    assert len(clock.play(lambda given: barrier.wait(), planned(12))) == 12


def test_no_more_at_once_than_may_be(clock, monkeypatch):
    """At the most calls in flight sending ends, and their answers are waited for."""
    monkeypatch.setattr(sending, "MOST_AT_ONCE", 3)
    enough, seen = threading.Event(), []

    def call(given):
        seen.append(given)
        enough.wait(30)

    timer = threading.Timer(0.2, enough.set)
    timer.start()
    sent = clock.play(call, planned(10))
    timer.join()
    assert (len(sent), sorted(seen)) == (3, [0, 1, 2])


def test_a_call_that_raises(clock):
    """What a call raises comes out of it, and no more calls are sent than were on their way."""
    seen = []

    def call(given):
        seen.append(given)
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        clock.play(call, planned(50, apart=20_000_000))
    assert len(seen) < 50


def test_waiting_is_counted_over_threads(clock, monkeypatch):
    """All threads of the process are asked; where the kernel does not count, there is nothing."""
    before = clock.waited()
    assert 0 <= before <= clock.waited()
    monkeypatch.setattr(clock, "counts_waiting", False)
    assert clock.waited() == 0
    monkeypatch.undo()
