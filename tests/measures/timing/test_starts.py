"""Tests of pytest_mlreqs.measures.timing.starts, on a clock that only moves when told to."""

import itertools

import pytest

from pytest_mlreqs.measures.timing.fresh import FIRST_CALL, LOAD, Start
from pytest_mlreqs.measures.timing.starts import judge
from pytest_mlreqs.testing import FakeClock


def held(times, limit=100.0, each_s=0.5, **options):
    """The load times held to a limit, where each process takes so many seconds."""
    clock = FakeClock()

    def starts():
        for time in times:
            clock.sleep(each_s)
            yield Start(load=time, first_call=1.0, waited=0.0)

    return judge(starts(), {LOAD: limit}, clock=clock, **{"max_seconds": 9, **options})[LOAD]


@pytest.mark.parametrize(("time", "ok"), [(50.0, True), (100.0, True), (101.0, False)])
def test_known_answers(time, ok):
    """Eight equal starts are enough, whichever side of the limit they are on."""
    told = held(itertools.repeat(time))
    assert (told.ok, told.value, told.samples.count, told.why) == (ok, time, 8, "")


def test_undecided():
    """Starts on both sides of the limit, and no time left: how many more it would take is told."""
    told = held(itertools.cycle([50.0, 150.0]), each_s=1)
    assert told.ok is None
    assert told.why.startswith("4 of 9 starts were over it; to pass takes about ")


def test_what_is_missing():
    """What is missing to either answer is told, and the option that gives it."""
    told = held(itertools.repeat(101.0), each_s=4, max_seconds=24)
    missing = "to pass takes about 25 more within it, to fail 2 more over it"
    assert told.why == f"6 of 6 starts were over it; {missing}"
    assert told.option == "max_seconds = 36"


def test_the_processes_disagree_with_the_answer():
    """What is known early of a load time, and what later starts contradict, is no answer."""
    starts = [Start(90.0, at % 2 * 9.0, 0.0) for at in range(12)]
    starts += [Start(110.0, at % 2 * 9.0, 0.0) for at in range(20)]
    told = judge(iter(starts), {LOAD: 100.0, FIRST_CALL: 5.0}, max_seconds=9)[LOAD]
    assert (told.ok, told.why) == (None, "earlier and later starts disagree")


def test_a_busy_machine_refutes_nothing():
    """Where a process had to wait for a core, a slow one proves nothing, a fast one does."""
    busy = [Start(load=200.0, first_call=1.0, waited=0.3)] * 50
    told = judge(iter(busy), {LOAD: 100.0, FIRST_CALL: 5.0}, max_seconds=9)
    assert told[LOAD].ok is None
    assert told[LOAD].why == "the machine was busy (waited 30 % for a core)"
    assert told[FIRST_CALL].ok is True


def test_neighbours_refute_nothing():
    """Where others had the cores meanwhile, a start proves nothing up to twice the limit."""
    told = held_beside(0.3, 200.0)
    assert (told.ok, told.why) == (None, "the machine was busy (others took 30 % of its cores)")
    assert held_beside(0.3, 201.0).ok is False
    assert held_beside(0.2, 200.0).ok is False


def held_beside(taken, time):
    """Load times held to 100 ms while others take a share of the cores."""
    starts = [Start(load=time, first_call=1.0, waited=0.0, taken=taken)] * 50
    return judge(iter(starts), {LOAD: 100.0}, max_seconds=9)[LOAD]


def test_where_nobody_counts_waiting():
    """On macOS and Windows nothing is said of waiting, and a slow start is a slow start."""
    uncounted = [Start(load=200.0, first_call=1.0, waited=None)] * 50
    told = judge(iter(uncounted), {LOAD: 100.0}, max_seconds=9)[LOAD]
    assert (told.ok, told.samples.waited) == (False, None)
    assert told.samples.how() == "median of 8 fresh processes; wrong verdicts at most 1 %"


def test_processes_that_somebody_watches():
    """What slows a process down is held against none, and may pass."""
    starts = [Start(load=200.0, first_call=1.0, waited=0.0, excuse="gdb was there")] * 50
    told = judge(iter(starts), {LOAD: 100.0, FIRST_CALL: 5.0}, max_seconds=9)
    assert (told[LOAD].ok, told[LOAD].why) == (None, "gdb was there")
    assert told[FIRST_CALL].ok is True
