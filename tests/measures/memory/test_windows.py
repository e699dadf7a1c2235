"""Tests of pytest_mlreqs.measures.memory.windows."""

import itertools
import pickle

import pytest

from pytest_mlreqs.measures.machine.rest import frozen_garbage
from pytest_mlreqs.measures.memory import heap
from pytest_mlreqs.measures.memory.peak import tracing
from pytest_mlreqs.measures.memory.windows import Meter, Window, least, mean, middle

glibc = pytest.mark.skipif(not heap.counted(), reason="needs glibc 2.33")


def inputs():
    """Numbers, each another one."""
    return map(pickle.dumps, itertools.count())


def counted(call, calls=20):
    """The middle of windows of so many calls, after some that do not count.

    In one of them a thread that another test has left may take or give back something of its own.
    """
    meter = Meter(call, inputs(), counted=True)
    with frozen_garbage():
        for _ in range(70):
            meter.once()
        return middle(meter.windows(calls))


@glibc
@pytest.mark.parametrize("objects", [0, 1, 2, 9])
def test_small_objects_are_counted_exactly(objects):
    """As many small objects stay as the calls keep, and three of the loop's own."""
    kept, places = [None] * 10_000, itertools.count()

    def call(given):
        for _ in range(objects):
            kept[next(places)] = bytes(100)

    window = counted(call)
    assert window.blocks == pytest.approx(objects, abs=0.2)
    assert abs(window.bytes) < 128


@glibc
def test_the_heap_is_counted_exactly():
    """As many bytes stay as the calls keep."""
    kept, places = [None] * 10_000, itertools.count()

    def call(given):
        kept[next(places)] = bytes(1_000)

    assert counted(call).bytes == pytest.approx(1_040, abs=64)


@glibc
def test_names_that_python_remembers():
    """Texts that attributes were looked up with are kept for a while, and do not count."""
    numbers = itertools.count()
    found = counted(lambda given: getattr(given, f"none{next(numbers)}", None))
    assert found.blocks < 0.5


def test_calls_are_counted():
    """The calls of the model count, and not those that are made without it."""
    made = []
    meter = Meter(made.append, inputs(), counted=False)
    with frozen_garbage(), tracing():
        meter.once()
        meter.windows(3)
        meter.own(4)
    assert meter.calls == len(made) == 1 + 5 * 3
    assert made == list(range(16))


@pytest.mark.parametrize(
    ("window", "limit", "grows"),
    [
        (Window(10, 256.0, 0.75), 0, False),
        (Window(10, 257.0, 0.0), 0, True),
        (Window(10, 257.0, 0.0), 300, False),
        (Window(10, 0.0, 0.8), 0, True),
        (Window(10, 0.0, 0.8), 512, False),
        (Window(10, 100.0, 0.9), 512, True),
        (Window(10, 0.0, 0.0, 2_048.0), 0, False),
        (Window(10, 0.0, 0.0, 2_049.0), 0, True),
        (Window(10, 0.0, 0.0, 2_049.0), 3_000, False),
    ],
)
def test_what_grows(window, limit, grows):
    """More bytes than may stay behind, or more small objects than can be as few bytes."""
    assert window.grows(limit) is grows


def test_of_several_windows():
    """Bytes and small objects are each taken by themselves, of whichever window."""
    windows = [Window(10, 1.0, 9.0, 7.0), Window(10, 5.0, 8.0), Window(10, 3.0, -2.0, 2.0)]
    assert least(windows) == Window(10, 1.0, -2.0, 0.0)
    assert middle(windows) == Window(10, 3.0, 8.0, 2.0)
    assert mean(windows) == Window(10, 3.0, 5.0, 3.0)


def test_without_the_loops_own():
    """What calls leave behind is less by what the loop does, but never more."""
    assert Window(10, 9.0, 5.0).beyond(Window(10, 2.0, 1.0)) == Window(10, 7.0, 4.0)
    assert Window(10, 9.0, 5.0).beyond(Window(10, -2.0, -1.0)) == Window(10, 9.0, 5.0)
