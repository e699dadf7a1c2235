"""The databases that a deletion is tried on, and a clock that no machine makes slower."""

import time

import pytest

from pytest_mlreqs.core.clock import Clock
from tests.stores import postgresql, redis_url  # noqa: F401


@pytest.fixture(autouse=True)
def _one_process(monkeypatch):
    """Let models be called in this process, where their calls can be seen; forks take time."""
    monkeypatch.setattr("pytest_mlreqs.models.copies.forkable", lambda: False)


@pytest.fixture
def simulated(monkeypatch):
    """Time goes by as models sleep, which takes none, and by a microsecond with each look at it.

    No test that uses this waits for anything, or depends on what else the machine does. It is for
    what is called in one thread of one process.
    """
    now = [0]

    def wall(self=None):
        now[0] += 1_000
        return now[0]

    def sleep(seconds):
        now[0] += int(seconds * 1e9)

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "perf_counter_ns", wall)
    for name in ("perf_counter", "monotonic"):
        monkeypatch.setattr(time, name, lambda: wall() / 1e9)
    monkeypatch.setattr(Clock, "wall", wall)
    monkeypatch.setattr(Clock, "sleep", staticmethod(sleep))
    for name in ("thread", "process", "waited", "all_waited", "worked"):
        monkeypatch.setattr(Clock, name, lambda self: 0)
