"""Tests of pytest_mlreqs.measures.machine.machine, on a clock that only moves when told to."""

import math

import pytest

from pytest_mlreqs.measures.machine.machine import Machine, busy, margin, timed

MS = 1_000_000
pytestmark = pytest.mark.usefixtures("two_cores")
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

    def goes(self, **steps):
        """Move counters on by so many milliseconds."""
        for name, step in steps.items():
            self.now[name] += step * MS


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
