"""Tests of pytest_mlreqs.measures.memory.counters."""

import ctypes
import mmap
import subprocess
import sys
from types import SimpleNamespace

import pytest

from pytest_mlreqs.core.measurement import MIB
from pytest_mlreqs.measures.memory import counters as module
from pytest_mlreqs.measures.memory.counters import counters
from pytest_mlreqs.measures.memory.peak import resettable

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs getrusage")


def test_this_system():
    """Memory that is in use shows in both, once it is given free only in the most."""
    block, size = b"1" * MIB, 64 * MIB
    before = counters()
    with mmap.mmap(-1, size) as taken:  # what an allocator keeps for later would stay in use
        for _ in range(size // MIB):
            taken.write(block)
        during = counters()
    assert during.now - before.now == pytest.approx(size, rel=0.1)
    assert during.most >= during.now - MIB  # the kernel adds up per core, now and then
    after = counters()
    assert after.most >= during.most - MIB
    assert after.now < during.now - 32 * MIB


@pytest.mark.skipif(not resettable(), reason="needs Linux")
def test_linux_without_its_counters(monkeypatch):
    """Nothing that a process inherits is taken for what the kernel does not tell."""

    def nothing():
        raise OSError

    monkeypatch.setattr(module, "in_use", nothing)
    assert counters() is None
    monkeypatch.setattr(module, "in_use", dict)
    assert counters() is None


@posix
@pytest.mark.parametrize(("platform", "unit"), [("darwin", 1), ("freebsd14", 1024)])
def test_other_unixes(monkeypatch, platform, unit):
    """The mark is in bytes on macOS and in KiB elsewhere; what is in use is what `ps` says."""
    import resource

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(resource, "getrusage", lambda who: SimpleNamespace(ru_maxrss=70_000))
    monkeypatch.setattr(
        subprocess, "run", lambda command, **options: SimpleNamespace(stdout=" 12\n")
    )
    assert counters() == (70_000 * unit, 12 * 1024, 0)


@posix
def test_without_ps(monkeypatch):
    """A system that does not tell what is in use tells nothing."""

    def missing(command, **options):
        raise FileNotFoundError(command[0])

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(subprocess, "run", missing)
    assert counters() is None


class Kernel:
    """Stands in for kernel32.dll: fills the structure in, or fails."""

    def __init__(self, succeeds):
        self.GetCurrentProcess = lambda: -1
        self.K32GetProcessMemoryInfo = self.ask = lambda process, told, size: self.fill(told, size)
        self.succeeds = succeeds

    def fill(self, told, size):
        assert told._obj.cb == size == 8 + 8 * ctypes.sizeof(ctypes.c_size_t)
        ctypes.memmove(
            ctypes.addressof(told._obj) + 8, (ctypes.c_size_t * 2)(5 * MIB, 3 * MIB),
            2 * ctypes.sizeof(ctypes.c_size_t),
        )  # fmt: skip
        return self.succeeds


@pytest.mark.skipif(sys.platform == "win32", reason="replaces what is there on Windows")
@pytest.mark.parametrize(("succeeds", "told"), [(1, (5 * MIB, 3 * MIB, 0)), (0, None)])
def test_windows(monkeypatch, succeeds, told):
    """The working set is read where psapi.h puts it."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "WinDLL", lambda name: Kernel(succeeds), raising=False)
    assert counters() == told
