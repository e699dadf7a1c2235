"""Tests of pytest_mlreqs.measures.memory.pages."""

import ctypes
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from pytest_mlreqs.measures.memory import pages

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
SIZE = 1 << 24
GET_THP_DISABLE = 42


def huge_pages_may_be_advised():
    """Some kernels are built without them."""
    try:
        return "[never]" not in pages._UNASKED.read_text(encoding="ascii")
    except OSError:
        return False


advisable = pytest.mark.skipif(not huge_pages_may_be_advised(), reason="needs huge pages")


def flags(address):
    """What the kernel says of the range that an address is in."""
    found, inside = [], False
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line)
        if head:
            start, stop = (int(one, 16) for one in head.groups())
            inside = start <= address < stop
        elif inside and line.startswith("VmFlags:"):
            found = line.split()[1:]
    return found


def middle(array):
    """An address inside."""
    return array.ctypes.data + array.nbytes // 2


@linux
@advisable
def test_advice_is_taken_back_for_a_while():
    """Where NumPy advised huge pages there are small ones meanwhile, and its advice afterwards."""
    array = np.ones(SIZE // 8)
    assert any(start <= middle(array) < start + size for start, size in pages._advised())
    with pages.small():
        assert "nh" in flags(middle(array))
        assert not pages._advised()
    assert "hg" in flags(middle(array))


@linux
@advisable
def test_what_is_advised_meanwhile_stays():
    """An array that is made meanwhile may have its huge pages, which it fills."""
    with pages.small():
        array = np.ones(SIZE // 8)
        assert "hg" in flags(middle(array))


def disabled():
    """Whether huge pages are disabled for this process, and but for what is advised."""
    return ctypes.CDLL(None).prctl(GET_THP_DISABLE, 0, 0, 0, 0)


@linux
@pytest.mark.parametrize(
    ("told", "meanwhile"), [("[always] madvise never", True), ("always [madvise] never", False)]
)
def test_none_unasked(monkeypatch, tmp_path, told, meanwhile):
    """Where the system gives huge pages unasked, it does not meanwhile."""
    monkeypatch.setattr(pages, "_UNASKED", tmp_path / "enabled")
    (tmp_path / "enabled").write_text(told)
    before = disabled()
    with pages.small():
        assert bool(disabled()) is meanwhile
    assert disabled() == before


@linux
def test_a_kernel_without_huge_pages(monkeypatch, tmp_path):
    """What the kernel does not tell is not there."""
    monkeypatch.setattr(pages, "_UNASKED", tmp_path / "none")
    monkeypatch.setattr(pages, "_MAPS", tmp_path / "none")
    with pages.small():
        assert not disabled()


def test_elsewhere(monkeypatch):
    """On other systems nothing is done."""
    monkeypatch.setattr(pages.sys, "platform", "darwin")
    monkeypatch.setattr(pages.ctypes, "CDLL", None)
    with pages.small():
        pass
