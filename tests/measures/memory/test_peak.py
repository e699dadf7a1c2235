"""Tests of pytest_mlreqs.measures.memory.peak."""

import ctypes
import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from pytest_mlreqs.core.measurement import MIB
from pytest_mlreqs.measures.memory import peak, per_core
from pytest_mlreqs.measures.memory.peak import (
    Peak,
    fitting,
    hold,
    resettable,
    resident,
    traced,
)

WITHIN = max(0.3 * MIB, 2 * per_core.kept())  # which a machine of many cores has more of
pytestmark = pytest.mark.skipif(not resettable(), reason="needs Linux")


def python(mib):
    """Python objects."""
    return [b"\1" * MIB for _ in range(mib)]


def numpy(mib):
    """An array, written to."""
    return np.ones(mib * MIB // 8)


def native(mib):
    """Memory of C, which nothing of Python knows of, written to and given free."""
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.malloc.argtypes = [ctypes.c_size_t]
    library.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    memory = library.malloc(mib * MIB)
    library.memset(memory, 1, mib * MIB)
    library.free(memory)


SIZES, ALLOCATORS = (10, 64, 200), {"python": python, "numpy": numpy, "native": native}


def peaks():
    """The peak of every allocation, by its name."""
    return {f"{n} {m}": resident(ALLOCATORS[n], m) for n in ALLOCATORS for m in SIZES}


@pytest.fixture(scope="module")
def allocated():
    """The peaks in a new process, which has no room left that other tests gave free."""
    code = "import json; from tests.measures.memory import test_peak; "
    code += "print(json.dumps(test_peak.peaks()))"
    root = Path(__file__).parents[3]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=True)
    return json.loads(run.stdout)


@pytest.mark.parametrize("mib", SIZES)
@pytest.mark.parametrize("allocator", ALLOCATORS)
def test_known_allocations(allocated, allocator, mib):
    """The peak is what was allocated, whoever did it."""
    assert allocated[f"{allocator} {mib}"] == pytest.approx(mib * MIB, abs=WITHIN)


def small(mib):
    """Small objects of Python."""
    kept = [None] * (mib * MIB // 72)
    for at in range(len(kept)):
        kept[at] = bytes(31)
    return kept


def test_room_of_what_is_gone():
    """Small objects are seen though there is room for half of them where others were before."""
    kept = small(10)
    kept[::2] = [None] * len(kept[::2])
    assert resident(small, 10) == pytest.approx(10 * MIB, abs=WITHIN)


@pytest.mark.parametrize("allocate", [python, numpy, native])
def test_in_a_thread_again_and_again(allocate):
    """What a thread allocates is seen each time, although its arena keeps what was given free."""
    seen = []
    thread = threading.Thread(target=lambda: seen.extend(resident(allocate, 10) for _ in range(4)))
    thread.start()
    thread.join()
    assert seen == pytest.approx([10 * MIB] * 4, abs=WITHIN)


def test_an_earlier_peak_is_not_inherited():
    """A call that needs little is not told of the memory of an earlier one."""
    native(200)
    assert resident(native, 10) == pytest.approx(10 * MIB, abs=WITHIN)


def test_what_is_not_touched_takes_no_memory():
    """Address space without memory behind it does not count."""
    assert resident(np.empty, 100 * MIB // 8) < MIB


def test_mapped_files_do_not_count(tmp_path):
    """Pages of a file that stays mapped are the system's to take back."""
    path = tmp_path / "zeros"
    np.zeros(20 * MIB // 8).tofile(path)
    kept = []

    def mapped(path):
        kept.append(np.memmap(path, dtype=float, mode="r"))
        kept[0].sum()

    assert resident(mapped, path) < 2 * MIB


def test_traced_to_the_byte():
    """Traced allocations are exact for Python, and blind to native ones."""
    assert traced(lambda size: b"\1" * size, 50_000) == pytest.approx(50_000, abs=2_000)
    assert traced(native, 10) < 10_000


def test_small_limits_are_traced():
    """Below 1 MiB allocations are traced; what the kernel sees far beyond counts all the same."""
    small = hold(lambda size: b"\1" * size, lambda: 50_000, MIB / 2)
    assert small.traced
    assert small.bytes == pytest.approx(50_000, abs=2_000)
    assert not hold(native, lambda: 5, MIB / 2).traced


def test_a_second_call_only_beyond_the_limit():
    """One call within the limit is enough; beyond it the next one must say so too."""
    given = []

    def fresh():
        given.append(1)
        return 10

    assert hold(numpy, fresh, 20 * MIB).again is None
    assert len(given) == 1
    twice = hold(numpy, fresh, 5 * MIB)
    assert twice.again == pytest.approx(10 * MIB, abs=WITHIN)
    assert len(given) == 3


def test_inputs_do_not_count():
    """What it takes to make the inputs is not the call's."""
    assert hold(len, lambda: numpy(64), 100 * MIB).bytes < MIB


def test_what_the_first_call_keeps():
    """The smaller of two calls is the peak."""
    assert Peak(10, 3).bytes == 3
    assert Peak(10).bytes == 10


@pytest.mark.parametrize(
    ("by_rows", "limit", "fits"),
    [
        ([(1000, 1000), (500, 500), (125, 125)], 400, 400),
        ([(1000, 1100), (500, 600), (125, 225)], 437, 300),
        ([(1000, 1000), (125, 990)], 400, None),
        ([(1000, 1000), (125, 125)], 0.5, None),
        ([(1, 1000)], 10, None),
        ([(1000, 118), (500, 62), (250, 31), (125, 16)], 60, 400),  # 500 were too many
    ],
    ids=[
        "proportional",
        "a fixed part",
        "the same for few rows",
        "not even one row",
        "one row",
        "bent",
    ],
)
def test_fitting(by_rows, limit, fits):
    """How many rows fit follows a straight line, and is told only if fewer rows help."""
    assert fitting(by_rows, limit) == fits


def test_where_it_cannot_be_reset(monkeypatch):
    """A kernel without the file, or without the counters, is found out."""
    monkeypatch.setattr(peak, "_CLEAR", Path("/proc/no/such/file"))
    assert not resettable()
    monkeypatch.setattr(peak, "_CLEAR", Path("/dev/null"))
    monkeypatch.setattr(peak, "_STATUS", Path("/dev/null"))
    assert not resettable()


def test_tracing_goes_on():
    """Who traced allocations already goes on tracing them."""
    import tracemalloc

    with peak.tracing():
        traced(len, [])
        assert tracemalloc.is_tracing()
    assert not tracemalloc.is_tracing()
