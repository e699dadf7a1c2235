"""Pools of threads are told of, and held to fewer for a while."""

import threading
import time

import numpy as np
import pytest
import threadpoolctl

from pytest_mlreqs.measures.machine.workers import limited, pools, told


def sizes():
    """Threads of each pool."""
    return {one["num_threads"] for one in threadpoolctl.threadpool_info()}


def test_limited():
    """Each pool uses so many threads meanwhile, and as many as before afterwards."""
    np.ones((2, 2)) @ np.ones((2, 2))
    before = sizes()
    if not before:
        pytest.skip("there is no pool here")
    with limited(1):
        assert sizes() == {1}
        assert all(pool.endswith(" 1") for pool in pools().split(", "))
    with limited(None):
        assert sizes() == before
    assert sizes() == before


def test_threads_that_still_work_are_waited_for():
    """What a change of size has set to work is done before anything is measured."""
    until = time.perf_counter() + 0.2
    worked = threading.Thread(
        target=lambda: [None for _ in iter(lambda: time.perf_counter() < until, False)]
    )
    worked.start()
    with limited(1):
        assert not worked.is_alive()


def test_pools(monkeypatch):
    """Pools are named once each, with their threads."""
    given = [("openblas", 2), ("openmp", 4), ("openblas", 2)]
    known = [{"internal_api": name, "num_threads": count} for name, count in given]
    monkeypatch.setattr(threadpoolctl, "threadpool_info", lambda: known)
    assert pools() == "openblas 2, openmp 4"
    monkeypatch.setattr(threadpoolctl, "threadpool_info", list)
    assert pools() == ""


def test_told():
    """What was done is said, if anything was."""
    assert told(None) == ""
    assert told(2) == "; pools of BLAS and OpenMP limited to 2"
