"""Tests of pytest_mlreqs.measures.memory.heap."""

import ctypes
import mmap
import threading

import pytest

from pytest_mlreqs.measures.memory import heap

glibc = pytest.mark.skipif(not heap.counted(), reason="needs glibc 2.33")


@glibc
@pytest.mark.parametrize("size", [1_000, 100_000, 10_000_000])
def test_in_use(size):
    """What C allocates and gives free is seen to the size, small or large."""
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.malloc.argtypes = [ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    before = heap.in_use()
    taken = [library.malloc(size) for _ in range(50)]
    grown = heap.in_use() - before
    for one in taken:
        library.free(one)
    assert grown == pytest.approx(50 * size, rel=0.2)  # a thread keeps a few small ones at hand
    assert heap.in_use() - before < 50 * size / 2


@glibc
def test_emptied_gives_everything_back():
    """What fills up a thread's arena is gone afterwards."""
    grown = []

    def work():
        before = heap.in_use()
        for _ in range(3):
            with heap.emptied():
                pass
        grown.append(heap.in_use() - before)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert grown[0] < 100_000


def test_without_mallinfo(monkeypatch):
    """Where the C library does not tell, nothing is counted and nothing breaks."""
    monkeypatch.setattr(heap, "_C", None)
    assert not heap.counted()
    with heap.emptied():
        pass


@glibc
def test_another_allocator(monkeypatch):
    """An allocator of which mallinfo knows nothing is found out."""
    monkeypatch.setattr(heap, "in_use", lambda: 0)
    assert not heap.counted()


@glibc
def test_emptied_goes_beyond_the_end():
    """An arena is filled up to what a huge page at its end may hold beyond it."""
    heap._C.malloc_trim(0)
    arena = heap._C.mallinfo2().arena
    with heap.emptied():
        assert heap._C.mallinfo2().arena - arena > 1 << 21


@pytest.mark.skipif(not heap.private(), reason="needs /proc of Linux")
def test_memory_that_others_may_share():
    """What is mapped for several processes is counted to the size, until it is given back."""
    before = heap.private()
    kept = [mmap.mmap(-1, 1 << 22) for _ in range(10)]
    assert heap.private() - before == pytest.approx(10 << 22, abs=1 << 22)
    for one in kept:
        one.close()
    assert heap.private() - before < 1 << 22
