"""Tests of pytest_mlreqs.measures.timing.fresh."""

import itertools
import random

import pytest

from pytest_mlreqs.core.measurement import Fault, Undecided
from pytest_mlreqs.measures.timing.fresh import FIRST_CALL, LOAD, Start, hold, processes


def held(times, limit=100.0, **options):
    """The load times held to a limit, on a clock that stands still."""
    starts = (Start(load=time, first_call=1.0, waited=0.0) for time in times)
    settings = {"max_seconds": 9, "clock": lambda: 0.0, **options}
    return hold(starts, {LOAD: limit}, **settings)[LOAD]


@pytest.mark.parametrize(("time", "ok"), [(50.0, True), (100.0, True), (101.0, False)])
def test_known_answers(time, ok):
    """Eight equal starts are enough, whichever side of the limit they are on."""
    told = held(itertools.repeat(time))
    assert (told.ok, told.value_ms, told.starts, told.why) == (ok, time, 8, "")


def test_undecided():
    """Starts on both sides of the limit, and no time left: how many more it would take is told."""
    ticks = itertools.count()
    told = held(itertools.cycle([50.0, 150.0]), clock=lambda: next(ticks))
    assert told.ok is None
    assert told.why.startswith("4 of 9 starts were over it; to pass takes about ")


def test_what_is_missing():
    """What is missing to either answer is told, and the option that gives it."""
    ticks = itertools.count(0, 4)
    told = held(itertools.repeat(101.0), clock=lambda: next(ticks), max_seconds=24)
    missing = "to pass takes about 25 more within it, to fail 2 more over it"
    assert told.why == f"6 of 6 starts were over it; {missing}"
    assert told.option == "max_seconds = 42"  # nine starts of 4.7 s, the last look included


def test_a_busy_machine_refutes_nothing():
    """Where a process had to wait for a core, a slow one proves nothing, a fast one does."""
    busy = [Start(load=200.0, first_call=1.0, waited=0.3)] * 50
    told = hold(iter(busy), {LOAD: 100.0, FIRST_CALL: 5.0}, max_seconds=9)
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
    return hold(iter(starts), {LOAD: 100.0}, max_seconds=9)[LOAD]


def test_where_nobody_counts_waiting():
    """On macOS and Windows nothing is said of waiting, and a slow start is a slow start."""
    uncounted = [Start(load=200.0, first_call=1.0, waited=None)] * 50
    told = hold(iter(uncounted), {LOAD: 100.0}, max_seconds=9)[LOAD]
    assert (told.ok, told.waited) == (False, None)
    assert told.how() == "median of 8 fresh processes; wrong verdicts at most 1 %"


def test_error_rate():
    """A median exactly at its limit is hardly ever called anything."""
    wrong = 0
    for seed in range(2_000):
        generator = random.Random(seed)
        told = held(generator.choice([90.0, 110.0]) for _ in range(40))
        wrong += told.ok is not None
    assert wrong <= 45  # 1 % either way, and two standard deviations


def test_a_process():
    """A new process loads the model, calls it, and tells how long each took."""
    start = next(processes(len, "predict", [1], timeout_s=60))
    assert start.load > 0
    assert start.first_call >= 0
    assert 0 <= start.waited <= 1
    assert 0 <= start.taken <= 1


def test_what_cannot_be_pickled():
    """A model that cannot be written down is told before any process is started."""
    with pytest.raises(Undecided, match="the model cannot be pickled: "):
        next(processes(lambda X: X, "predict", [1], timeout_s=60))


class Here:
    """A model of a module that only exists here."""

    def __reduce__(self):
        return __import__, ("no_such_module_anywhere",)


def test_what_cannot_be_loaded_elsewhere():
    """A model that only this process can load is told with what its loading raised."""
    with pytest.raises(Undecided, match="cannot be loaded in a fresh process: ModuleNotFoundErr"):
        next(processes(Here(), "predict", [1], timeout_s=60))


def test_a_first_call_that_raises():
    """A model that fails on its first call is at fault."""
    with pytest.raises(Fault, match=r"in a fresh process, len raised TypeError: "):
        next(processes(len, "predict", 3, timeout_s=60))


def test_a_process_that_hangs():
    """A process that does not come back is ended."""
    with pytest.raises(Undecided, match=r"did not finish within 0\.01 s: it hangs, or the mach"):
        next(processes(len, "predict", [1], timeout_s=0.01))


class Exits:
    """Ends the process that loads it."""

    def __reduce__(self):
        import os

        return os._exit, (3,)


def test_a_process_that_ends():
    """A model that ends the process is at fault."""
    with pytest.raises(Fault, match="ended before it had an answer: exit code 3"):
        next(processes(Exits(), "predict", [1], timeout_s=60))


def test_processes_that_somebody_watches():
    """What slows a process down is held against none, and may pass."""
    starts = [Start(load=200.0, first_call=1.0, waited=0.0, excuse="gdb was there")] * 50
    told = hold(iter(starts), {LOAD: 100.0, FIRST_CALL: 5.0}, max_seconds=9)
    assert (told[LOAD].ok, told[LOAD].why) == (None, "gdb was there")
    assert told[FIRST_CALL].ok is True
