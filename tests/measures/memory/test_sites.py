"""Memory at the peak is named by the line that allocated it."""

import numpy as np
import pytest

from pytest_mlreqs.measures.memory.sites import at_peak

memray = pytest.importorskip("memray", reason="memray is not to be had for this platform")


def greedy(size):
    """Sixteen times `size` bytes at its peak, of which two lines have half each."""
    first = np.ones(size)
    second = first + 1
    return float(second[0])


def test_known_allocations():
    """Each line comes with the bytes that it had in use at the peak."""
    found = at_peak(greedy, 1 << 20)
    start = greedy.__code__.co_firstlineno
    expected = {f"test_sites.py:{start + line}": 8 << 20 for line in (2, 3)}
    assert {line: size for line, size in found if size > 1 << 20} == pytest.approx(
        expected, rel=0.02
    )


def test_what_was_freed_before_the_peak():
    """What is not in use at the peak is not named."""

    def freed(size):
        del_me = np.ones(size)
        del del_me
        return np.ones(2 * size).sum()

    found = [line for line, size in at_peak(freed, 1 << 20) if size > 1 << 20]
    assert found == [f"test_sites.py:{freed.__code__.co_firstlineno + 3}"]


def test_one_tracker_at_a_time(tmp_path):
    """Where memray looks already, nothing is told, and nothing breaks."""
    with memray.Tracker(tmp_path / "somebody_elses"):
        assert at_peak(greedy, 1_000) == []
