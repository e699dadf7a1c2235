"""Tests of pytest_mlreqs.measures.memory.per_core."""

import mmap
import os
from pathlib import Path

import pytest

from pytest_mlreqs.measures.memory import per_core
from pytest_mlreqs.measures.memory.peak import in_use, resettable

linux = pytest.mark.skipif(not resettable(), reason="needs Linux")
PAGE = mmap.PAGESIZE
PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS


def rise(pages):
    """By how many pages the high-water mark rises by so many that are taken and given back."""
    before, after = bytearray(1 << 14), bytearray(1 << 14)
    with (
        open("/proc/self/clear_refs", "wb", buffering=0) as clear,
        open("/proc/self/status", "rb", buffering=0) as status,
    ):
        per_core.added_up()
        clear.write(b"5")
        status.readinto(before)
        with mmap.mmap(-1, pages * PAGE, flags=PRIVATE) as taken:
            taken[::PAGE] = bytes(pages)
        status.seek(0)
        status.readinto(after)
    return (in_use(after)["VmHWM"] - in_use(before)["VmRSS"]) / PAGE


@linux
def test_the_mark_is_off_by_what_a_core_keeps_at_most():
    """Whatever the cores had counted before, the mark misses no more than they count since."""
    most = per_core.kept() / PAGE * len(os.sched_getaffinity(0))
    rise(1_000)
    for pages in range(1_000, 1_100, 7):
        taken = []
        for size in (pages % 31, 17, 5):  # leave odd counts behind
            taken.append(mmap.mmap(-1, size * PAGE + PAGE, flags=PRIVATE))
            taken[-1][::PAGE] = bytes(size + 1)
        assert abs(rise(pages) - pages) <= most


@linux
def test_the_thread_is_where_it_was():
    """The cores that a thread may run on are the same afterwards."""
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        per_core.added_up()
        assert os.sched_getaffinity(0) == {min(before)}
    finally:
        os.sched_setaffinity(0, before)


@linux
def test_a_file_that_is_large_enough():
    """Pages of a file that is mapped anyway are counted, if it has as many."""
    assert per_core._large_file(1 << 18).stat().st_size >= 1 << 18
    assert per_core._large_file(1 << 40) is None


@linux
def test_a_thread_that_may_not_be_moved(monkeypatch):
    """A sandbox that keeps threads where they are, or hides /proc, breaks nothing."""

    def forbidden(*given):
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", forbidden)
    per_core.added_up()
    monkeypatch.setattr(per_core, "_MAPS", Path("/no/such/folder"))
    per_core._large_file.cache_clear()
    assert per_core._large_file(1) is None
    per_core._large_file.cache_clear()


def test_elsewhere(monkeypatch):
    """Where no thread can be moved nothing is done."""
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    monkeypatch.setattr(per_core, "_moved", None)
    per_core.added_up()
