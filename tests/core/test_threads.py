"""A process is forked when none of its threads is in the way."""

import hashlib
import subprocess
import sys
import threading

import pytest

from pytest_mlreqs.core import threads

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there is a process forked")

POLARS = """
import polars as pl
from pytest_mlreqs.core import threads

frame = pl.DataFrame({"a": range(1000)})
print(threads.lost_by_a_fork())
frame.lazy().filter(pl.col("a") > 3).collect()
print(threads.lost_by_a_fork())
"""


def test_threads_of_polars():
    """Once Polars has started its threads, a child would wait for them forever."""
    pytest.importorskip("polars")
    done = subprocess.run(
        [sys.executable, "-c", POLARS], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]


def working(until):
    """A thread at work outside the interpreter, until it is told to stop."""
    data = bytes(5_000_000)

    def work():
        while not until.is_set():
            hashlib.sha256(data)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_a_thread_that_ends_is_waited_for():
    """A thread that is still at work when a fork is wanted has ended when it may be done."""
    stop = threading.Event()
    thread = working(stop)
    threading.Timer(0.1, stop.set).start()
    threads.settle()
    assert not thread.is_alive()


def test_a_thread_that_does_not_end():
    """A thread that works on and on is not waited for."""
    stop = threading.Event()
    thread = working(stop)
    threads.settle()
    assert thread.is_alive()
    stop.set()
    thread.join()


def test_a_thread_that_sleeps():
    """A thread that waits for work is in nobody's way, and stays."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    threads.settle()
    assert thread.is_alive()
    stop.set()
    thread.join()
