"""Tests of pytest_mlreqs.core.clock."""

import datetime
import os
import threading
import time

import pytest

from pytest_mlreqs.core import clock as clock_module
from pytest_mlreqs.core.clock import Clock


def test_the_real_clock():
    """The real counters tell of the thread that reads them, not of the others."""
    told = []

    def work():
        with Clock() as clock:
            counters = clock.thread, clock.wall, clock.process, clock.waited
            before = [counter() for counter in counters]
            sum(range(200_000))
            told.extend(zip(before, (counter() for counter in counters), strict=True))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert all(after > before for before, after in told[:3])
    assert told[3][1] >= told[3][0] >= 0
    assert told[0][1] < time.process_time_ns()


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="not Linux")
def test_the_waiting_of_all_threads():
    """What all threads waited is at least what the one that reads it did."""
    with Clock() as clock:
        one = clock.waited()
        assert clock.all_waited() >= one


@pytest.mark.skipif(not os.path.exists("/proc/stat"), reason="not Linux")
def test_the_work_of_the_machine():
    """Work is counted on average of all cores, in nanoseconds, whoever does it."""
    with Clock() as clock:
        before, start, cpu = clock.worked(), time.perf_counter_ns(), time.process_time_ns()
        while time.process_time_ns() - cpu < 300_000_000:
            sum(range(1_000))
        worked, elapsed = clock.worked() - before, time.perf_counter_ns() - start
    tick = 1e9 / os.sysconf("SC_CLK_TCK")
    assert worked >= 300_000_000 / os.cpu_count() - 2 * tick
    assert worked <= elapsed + 2 * tick


def test_no_counter_of_waiting(monkeypatch):
    """Where the kernel has no such file, waiting is not counted and nothing breaks."""

    def missing(*args):
        raise FileNotFoundError

    monkeypatch.setattr(clock_module.os, "open", missing)
    with Clock() as clock:
        assert not clock.counts_waiting
        assert (clock.waited(), clock.all_waited(), clock.worked()) == (0, 0, 0)


def test_seconds_and_dates():
    """After a wait, both the seconds and the date have moved by at least as much."""
    clock = Clock()
    seconds, date = clock.seconds(), clock.now()
    clock.sleep(0.002)
    assert clock.seconds() - seconds >= 0.002
    assert clock.now() > date
    assert date.utcoffset() == datetime.timedelta(0)
