"""Tests of pytest_mlreqs.measures.machine.machine, on a clock that only moves when told to."""

import math
import os

import pytest

from pytest_mlreqs.measures.machine.machine import (
    WARM_CALLS,
    Machine,
    busy,
    cold,
    later,
    margin,
    timed,
)

MS = 1_000_000
TICK = 10  # milliseconds, by which work is counted


class Clock:
    """Counters that are set by hand, in nanoseconds."""

    def __init__(self):
        self.now = dict.fromkeys(("wall", "thread", "process", "waited", "all_waited"), 0)
        self.cores = 0

    def __getattr__(self, name):
        return lambda: self.now[name]

    def worked(self):
        return self.cores

    def sleep(self, seconds):
        self.goes(wall=int(1e3 * seconds))

    def goes(self, **steps):
        """Move counters on by so many milliseconds."""
        for name, step in steps.items():
            self.now[name] += step * MS


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    """The machine has two cores, wherever it is tested."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@pytest.mark.parametrize(
    ("waited", "taken", "pooled", "times", "told"),
    [
        (0.1, 0.25, True, 1, ""),
        (0.1, 0.26, False, 2, "the machine was busy (others took 26 % of its cores)"),
        (0.11, 0.0, False, 3, "the machine was busy (waited 11 % for a core)"),
        (0.11, 0.9, False, 3, "the machine was busy (waited 11 % for a core)"),
        (0.11, 0.0, True, math.inf, "the machine was busy (waited 11 % for a core)"),
    ],
)
def test_what_excuses_how_much(waited, taken, pooled, times, told):
    """Waiting excuses more than neighbours on other cores, and everything where a pool waits."""
    assert margin(waited, taken, pooled=pooled) == times
    assert busy(waited, taken) == told


class Burst:
    """Breaks limits so many times over."""

    def __init__(self, **times):
        self.times = times

    def refutes(self, key, by=1.0):
        return self.times[key] > by


@pytest.mark.parametrize(
    ("seconds", "burst", "times"), [(10, 0, 4), (10, 1, 3), (10, 5, 2), (9, 0, 4), (8, 0, 3)]
)
def test_later(seconds, burst, times):
    """Pauses become longer, as long as another burst fits into the time of two."""
    clock, seen, bursts = Clock(), [], [Burst(a=1.5)]
    clock.goes(wall=1_000 * burst)
    for broken in later(clock, 0, seconds, {"a": 20}, bursts):
        seen.append(broken)
        bursts.append(Burst(a=1.5))
        clock.goes(wall=1_000 * burst)
    assert seen == [{"a": 20}] * times


def test_nothing_is_left():
    """There is no pause where nothing is broken, or nothing is any longer."""
    clock = Clock()
    assert list(later(clock, 0, 100, {"a": 1}, [Burst(a=1.0)])) == []
    assert clock.wall() == 0
    seen, bursts = [], [Burst(a=1.5, b=1.5)]
    for broken in later(clock, 0, 100, {"a": 1, "b": 2}, bursts):
        seen.append(broken)
        bursts.append(Burst(a=1.5, b=0.9) if len(bursts) < 2 else Burst(a=0.9))
    assert seen == [{"a": 1, "b": 2}, {"a": 1}]
    assert clock.wall() == 2_500 * MS


@pytest.mark.parametrize(("last", "pauses"), [(2.1, 1), (2.0, 4)])
def test_two_bursts_are_enough_by_far(last, pauses):
    """What all bursts break by far is confirmed once, and what far is may be told."""
    for by_far, expected in ((None, pauses), (lambda _: 1.0, 1)):
        bursts, clock = [Burst(a=3.0)], Clock()
        more = () if by_far is None else (by_far,)
        for _ in later(clock, 0, 100, {"a": 1}, bursts, *more):
            bursts.append(Burst(a=last))
        assert len(bursts) == 1 + expected


@pytest.mark.parametrize(("milliseconds", "calls"), [(499, WARM_CALLS), (500, 0)])
def test_cold_calls(milliseconds, calls):
    """Calls of 50 ms and more need not be made before they count."""
    clock = Clock()
    machine = Machine(clock)
    clock.goes(wall=milliseconds)
    machine.look()
    assert cold(machine, 10) == calls


def test_a_call_without_its_waiting():
    """A call returns what it returns, and its waiting is told apart."""
    clock = Clock()

    def call(given):
        clock.goes(wall=10, thread=7, waited=3)
        return given + 1

    assert timed(call, 41, clock) == (42, 7 * MS, 3 * MS)


def test_no_more_waiting_than_there_was_time_for():
    """Waiting just before or after a call is not taken off it."""
    clock = Clock()
    call = lambda given: clock.goes(wall=10, thread=9, waited=50)
    assert timed(call, None, clock) == (None, 9 * MS, 1 * MS)


def test_waiting_of_the_thread():
    """Without a pool, what counts is how long the calling thread had no core."""
    machine = Machine(clock := Clock())
    clock.goes(wall=10, thread=8, process=8, all_waited=500)
    machine.note(8 * MS, 2 * MS)
    machine.look()
    assert not machine.pooled
    assert machine.waited == pytest.approx(0.2)


def test_waiting_of_a_pool():
    """With a pool, what counts is how long all its threads had no core."""
    machine = Machine(clock := Clock())
    clock.goes(wall=10, thread=10, process=20, all_waited=20)
    machine.note(10 * MS, 0)
    machine.look()
    assert machine.pooled
    assert machine.waited == pytest.approx(0.5)
    assert machine.margin == math.inf


def test_a_call_that_sleeps_has_no_pool():
    """Other threads that do little beside a call that sleeps do not work along with it."""
    machine = Machine(clock := Clock())
    clock.goes(wall=100, thread=1, process=6)
    machine.note(100 * MS, 0)
    machine.look()
    assert not machine.pooled


def test_what_others_took():
    """The cores are others' but for what this process used, and what it let others do for it."""
    machine = Machine(clock := Clock())
    clock.goes(wall=100, thread=100, process=100)
    clock.cores = (100 + TICK) * MS  # both of the two
    machine.note(100 * MS, 0)
    machine.look()
    machine.look_around()
    assert machine.taken == pytest.approx(0.5)
    assert machine.busy() == "the machine was busy (others took 50 % of its cores)"
    asleep = Machine(clock)
    clock.goes(wall=100, thread=1, process=1)
    clock.cores += 50 * MS  # one of the two, on which it waits for an answer
    asleep.note(100 * MS, 0)
    asleep.look()
    asleep.look_around()
    assert asleep.taken == 0


def test_what_others_took_from_a_pool():
    """A thread that waits for its own pool lets no other process work for it."""
    machine = Machine(clock := Clock())
    clock.goes(wall=100, thread=40, process=60)
    clock.cores = (30 + 50 + TICK) * MS
    machine.note(100 * MS, 0)
    machine.look()
    machine.look_around()
    assert machine.taken == pytest.approx(0.5)


def test_work_is_counted_by_the_tick():
    """A tick that happens to end within a short time is not held to be others' work."""
    machine = Machine(clock := Clock())
    clock.goes(wall=2, thread=2, process=2)
    clock.cores = TICK * MS
    machine.note(2 * MS, 0)
    machine.look()
    machine.look_around()
    assert machine.taken == 0
