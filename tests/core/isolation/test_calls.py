"""Which call a check is making is seen from the stacks of its threads."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from pytest_mlreqs.core.isolation.calls import Board, Watch
from pytest_mlreqs.measures.machine.machine import timed
from pytest_mlreqs.models.computed import computing
from pytest_mlreqs.models.contract import guarded


class Step:
    """A call that lasts until it is let go."""

    def __init__(self):
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, X=None):
        self.begun.set()
        self.go.wait(60)


@pytest.fixture
def look():
    """Look at what a thread does at each of some steps; returns what was seen."""
    threads = []

    def make(work, *steps, times=1):
        board, now = Board(), iter(range(1, 100))
        watch = Watch(board, lambda: 0.25, lambda: float(next(now)))
        thread = threading.Thread(target=work)
        thread.start()
        threads.append((thread, steps))
        seen = []
        for step in steps:
            assert step.begun.wait(60)
            for _ in range(times):
                watch.look()
                seen.append(board.read())
            step.go.set()
        return seen

    yield make
    for thread, steps in threads:
        for step in steps:
            step.go.set()
        thread.join(60)


def test_one_call_is_seen_as_one(look):
    """A call that is seen again has begun when it was seen first."""
    step = Step()
    seen = look(partial(guarded(step, "predict"), None), step, times=3)
    assert [(one.looked, one.since) for one in seen] == [(1, 1), (2, 1), (3, 1)]
    assert {(one.subject, one.waited) for one in seen} == {(True, 0.25)}


def test_calls_of_one_function_are_several(look):
    """Calls after each other are told apart, though they are from the same line."""
    steps = [Step() for _ in range(5)]

    def work():
        for step in steps:
            guarded(step, "predict")(None)

    assert [one.since for one in look(work, *steps)] == [1, 2, 3, 4, 5]


def test_calls_that_are_timed(look):
    """What is timed is a model's call, and each of many is one."""
    steps = [Step() for _ in range(3)]
    calls = [computing(step, "predict") for step in steps]
    seen = look(lambda: [timed(call, None, Timeless()) for call in calls], *steps)
    assert [one.since for one in seen] == [1, 2, 3]
    assert all(one.subject for one in seen)


def test_threads_of_others_make_no_calls(look):
    """A thread that nobody of ours has started is not looked at."""
    step = Step()
    assert [one.since for one in look(step, step)] == [0]


class Timeless:
    """A clock that stands."""

    waited = wall = thread = staticmethod(lambda: 0)


def test_waiting_for_threads_is_no_call(look):
    """What we wait for by Python's own means is no call, though the measurement is guarded."""
    step = Step()
    ours = partial(timed, step.go.wait, clock=Timeless())  # waits within a line of ours
    measure = guarded(ours, "throughput")

    def work():
        step.begun.set()
        measure(60)

    assert [one.since for one in look(work, step)] == [0]


def test_a_tracer_in_the_way(look):
    """Where a debugger has put its function on a frame, the call is known all the same."""
    steps = [Step() for _ in range(2)]

    def work():
        import sys

        sys.settrace(lambda *_: lambda *_: None)
        try:
            for step in steps:
                guarded(step, "predict")(None)
        finally:
            sys.settrace(None)

    assert [one.since for one in look(work, *steps, times=2)] == [1, 1, 3, 3]
