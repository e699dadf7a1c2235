"""Tests of pytest_mlreqs.measures.timing.fresh."""

import pytest

from pytest_mlreqs.core.measurement import Fault, Undecided
from pytest_mlreqs.measures.timing.fresh import processes


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
