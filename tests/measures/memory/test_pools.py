"""Tests of pytest_mlreqs.measures.memory.pools."""

import sys

import pytest

from pytest_mlreqs.measures.memory import pools

pytestmark = pytest.mark.skipif(not pools._MAPS.exists(), reason="needs Linux")


def addresses(make, count):
    """Where so many objects, all alive at a time, are."""
    return set(map(id, [make() for _ in range(count)]))


@pytest.mark.parametrize("size", [48, 64, 256, 512])
def test_room_of_what_is_gone_is_taken(size):
    """Hardly one object that is made meanwhile is where an earlier one was."""

    def make():
        return bytes(size - 33)

    kept = [make() for _ in range(20_000)]
    gone = {id(one) for one in kept[::2]}
    kept[::2] = [None] * len(kept[::2])
    with pools.filled():
        within = addresses(make, 10_000)
    after = addresses(make, 10_000)
    assert len(within & gone) < 100  # what the size was looked at by is given back
    assert len(after & gone) > 5_000


def test_nothing_is_kept():
    """Afterwards as many objects are alive as before."""
    before = sys.getallocatedblocks()
    with pools.filled():
        assert sys.getallocatedblocks() - before > 1_000
    assert sys.getallocatedblocks() - before < 100


def test_where_nothing_tells(monkeypatch, tmp_path):
    """Without the counters of Linux nothing is filled."""
    monkeypatch.setattr(pools, "_MAPS", tmp_path / "maps")
    before = sys.getallocatedblocks()
    with pools.filled():
        assert sys.getallocatedblocks() - before < 100


def test_there_is_a_limit(monkeypatch):
    """Where all memory seems to have been there before, filling ends."""
    monkeypatch.setattr(pools, "_MOST", 1 << 18)
    monkeypatch.setattr(pools, "_mapped", lambda: lambda one: True)
    before = sys.getallocatedblocks()
    with pools.filled():
        assert sys.getallocatedblocks() - before < 33 * (1 << 18) // 16
