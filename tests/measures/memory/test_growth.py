"""Tests of pytest_mlreqs.measures.memory.growth."""

import collections
import ctypes
import itertools
import mmap
import pickle
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import threadpool_limits

from pytest_mlreqs.measures.memory import growth, heap, windows
from pytest_mlreqs.measures.memory.growth import hold, inputs_of

glibc = pytest.mark.skipif(not heap.counted(), reason="needs glibc 2.33")
VALUES = np.random.default_rng(0).normal(size=(1_000, 5))
X = pd.DataFrame(VALUES, columns=list("abcde"))


def held(call, limit=0, rows=VALUES, **options):
    """A call with one row each; as long as it takes, on a busy machine too.

    The rows are an array's, which are drawn and pickled in a tenth of the time of a frame's.
    """
    settings = {"warmup": 70, "max_seconds": 1_000, **options}
    return hold(call, inputs_of(rows, 1), limit, **settings)


@pytest.fixture
def two_rounds(monkeypatch):
    """Windows of at most 20 calls: what is kept of each call shows in these as in longer ones."""
    monkeypatch.setattr(growth, "ROUNDS", growth.ROUNDS[:2])


@pytest.fixture
def heap_alone(monkeypatch):
    """Leave private memory to others: each look at it takes a large process 15 ms."""
    monkeypatch.setattr(heap, "private", lambda: 0)


def small(kept):
    """A tuple with a number and a text: some 130 bytes that are in no heap of C."""
    return lambda given: kept.append((float(len(kept)), str(len(kept))))


def native(given):
    """A kilobyte that only C knows of."""
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.malloc(1_000)


@pytest.mark.usefixtures("two_rounds", "heap_alone")
@pytest.mark.parametrize(
    ("make", "size"),
    [
        (lambda kept: lambda given: kept.append(bytes(bytearray(1_000))), 1_000),
        (lambda kept: lambda given: kept.append(np.zeros(125)), 1_000),
        pytest.param(lambda kept: native, 1_000, marks=glibc),
        (small, 130),
    ],
    ids=["python", "numpy", "native", "small objects"],
)
def test_a_leak_is_seen_within_120_calls(make, size):
    """What stays behind raises the alarm in 50 calls after 70, and is confirmed with its size."""
    seen = held(make([]))
    assert seen.ok is False
    assert seen.medians[0].calls * windows.WINDOWS + 70 == 120
    assert seen.bytes == pytest.approx(size, rel=0.3, abs=250)


def records(given, names="abcdefghij"):
    """A kilobyte, each object of which is too small for the heap: what a log of calls keeps."""
    return {name * 3: float(at) for at, name in enumerate(names)}


@pytest.mark.usefixtures("heap_alone")
@pytest.mark.parametrize(
    ("limit", "ok", "rounds"), [(0, False, 4), (512, False, 2), (1_536, True, 2)]
)
def test_a_leak_of_small_objects_only(monkeypatch, limit, ok, rounds):
    """Their size is found though the heap does not grow at all, in however many calls."""
    kept = []
    true = sys.getsizeof(records(None)) + 10 * sys.getsizeof(1.5) + 10 * sys.getsizeof("abc")
    monkeypatch.setattr(growth, "ROUNDS", growth.ROUNDS[:rounds])
    seen = held(lambda given: kept.append(records(given)), limit)
    assert seen.ok is ok
    assert seen.medians[-1].bytes < windows.FLOOR_BYTES
    assert seen.bytes == pytest.approx(true, rel=0.15)
    assert seen.lines[0][0].startswith("test_growth.py:")
    assert seen.lines[0][1] == pytest.approx(true, rel=0.15)


@pytest.mark.usefixtures("two_rounds", "heap_alone")
def test_one_small_object_a_call():
    """A single object that stays is a leak, as they are counted exactly."""
    numbers = map(float, itertools.count())
    kept = [None] * 2_000  # which does not grow itself
    places = itertools.count()

    def call(given):
        kept[next(places)] = next(numbers)

    seen = held(call)
    assert seen.ok is False
    assert 0.95 * sys.getsizeof(1.5) <= seen.bytes < 100  # by what else came and went meanwhile


@pytest.mark.usefixtures("heap_alone")
def test_a_leak_behind_a_buffer_that_is_emptied():
    """What is given free now and then does not hide what stays behind."""
    kept, buffer = [], []

    def call(given):
        kept.append(bytes(bytearray(1_000)))
        buffer.append(bytes(bytearray(2_000)))
        if len(buffer) == 25:
            buffer.clear()

    seen = held(call)
    assert seen.ok is False
    assert seen.bytes == pytest.approx(1_000, rel=0.5)


@pytest.mark.usefixtures("two_rounds", "heap_alone")
def test_small_objects_that_nobody_traces(monkeypatch):
    """Where counter and tracing disagree, it is undecided rather than no leak."""
    kept = []
    monkeypatch.setattr(windows, "_small", lambda snapshot: (0, 0))
    seen = held(lambda given: kept.append(records(given)), 512)
    assert (seen.ok, seen.why) == (None, "small objects stay behind, but none that could be traced")


@pytest.mark.parametrize(
    "model",
    [LogisticRegression(), HistGradientBoostingClassifier(max_iter=5), KNeighborsClassifier()],
)
def test_models_do_not_leak(model):
    """Models that do not leak are not accused."""
    with threadpool_limits(1):  # threads that wait for each other take seconds where others work
        model.fit(X, X["a"] > 0)
        assert held(model.predict, rows=X).ok is True


@pytest.mark.usefixtures("heap_alone")
@pytest.mark.parametrize("most", [20, 150, 400])
def test_a_filling_buffer(most):
    """A buffer that fills is no leak once it is full."""
    kept = collections.deque(maxlen=most)
    seen = held(lambda given: kept.append(bytes(bytearray(1_000))))
    assert (seen.ok, seen.bytes) == (True, 0)
    assert ("bytes a call at first, none in the end" in seen.how()) is (most > 100)


def test_cycles_are_no_leak():
    """What the garbage collector takes away does not stay behind."""

    def call(given):
        ring = [bytes(bytearray(1_000))]
        ring.append(ring)

    assert held(call).ok is True


@pytest.mark.usefixtures("heap_alone")
def test_growth_that_slows_down():
    """What keeps ever less is not called a leak."""
    kept, calls = [], itertools.count()

    def call(given):
        kept.append(bytes(bytearray(int(1e9 / (next(calls) + 200) ** 2))))

    seen = held(call)
    assert seen.ok is None
    assert "its growth slows down" in seen.why


@pytest.mark.usefixtures("heap_alone")
def test_a_cache_by_input():
    """What stops to grow when inputs repeat may be a cache that has not filled up."""
    cache = {}
    seen = held(lambda given: cache.setdefault(given.tobytes(), bytes(bytearray(999))))
    assert seen.ok is None
    assert seen.why.startswith("nothing stays behind when inputs repeat")


KEPT = []


def keep(data):
    """Whatever unpickles it leaves a kilobyte behind."""
    KEPT.append(bytearray(data))


class Keeps:
    """What does not belong to the model, and grows with every call."""

    def __reduce__(self):
        """Unpickled by `keep`."""
        return keep, (b"1" * 1_000,)


@pytest.mark.usefixtures("heap_alone")
@glibc
def test_a_loop_that_grows_by_itself():
    """What stays behind without any model is not the model's."""
    KEPT.clear()
    inputs = itertools.repeat(pickle.dumps(Keeps()))
    seen = hold(lambda given: None, inputs, 0, warmup=70, max_seconds=1_000, varied=False)
    assert (seen.ok, seen.bytes) == (True, 0)
    assert seen.calls == 70 + 5 * (10 + 20 + 40 + 80)
    assert len(KEPT) == seen.calls + 5 * 80  # without the model


def test_the_limit():
    """Growth within the limit is none of its business."""
    kept = []
    seen = held(lambda given: kept.append(bytes(bytearray(1_000))), limit=2_000)
    assert seen.ok is True


def test_no_time():
    """Too little time for the warm-up, or to confirm an alarm, decides nothing."""
    ticks = itertools.count()
    seen = held(lambda given: None, max_seconds=30, clock=lambda: next(ticks))
    told = "there was no time for more than 30 calls; to pass takes 120, to fail 1,460"
    assert (seen.ok, seen.why) == (None, told)
    kept = []
    calls = Timed(lambda given: kept.append(bytes(bytearray(1_000))))
    seen = held(calls, max_seconds=5, clock=calls.clock)
    why = "it grows, but there was no time for windows of 40 calls after 220"
    assert (seen.ok, seen.why) == (None, why)
    assert seen.option == "max_seconds = 17"


@pytest.mark.usefixtures("heap_alone")
@pytest.mark.parametrize(("ms", "ok"), [(15, False), (20, None), (90, None)])
def test_no_leak_is_believed_before_all_rounds(ms, ok):
    """A slow call may fill a buffer, which shorter rounds cannot tell from a leak."""
    kept = []
    calls = Timed(lambda given: kept.append(bytes(bytearray(1_000))), ms)
    seen = held(calls, max_seconds=20, clock=calls.clock)
    assert seen.ok is ok
    if ok is None:
        assert "there was no time for " in seen.why
        assert seen.option.startswith("max_seconds = ")
        again = Timed(calls.call, ms)
        seconds = float(seen.option.partition(" = ")[2])
        assert held(again, max_seconds=seconds, clock=again.clock).ok is False


class Timed:
    """A call, and a clock that it moves by some milliseconds."""

    def __init__(self, call, ms=10):
        self.call, self.ms, self.calls = call, ms, 0

    def __call__(self, given):
        self.calls += 1
        return self.call(given)

    def clock(self):
        return self.calls * self.ms / 1e3


@pytest.mark.usefixtures("heap_alone")
@pytest.mark.parametrize(("period", "objects"), [(500, 1), (250, 2), (300, 1), (120, 3)])
def test_what_goes_up_and_down_is_no_leak(period, objects):
    """What is given back by the hundred, as pandas clears weak references, is no leak."""
    kept = []

    def call(given):
        kept.extend(float(len(kept)) for _ in range(objects))
        if len(kept) >= period * objects:
            kept.clear()

    seen = held(call)
    assert (seen.ok, seen.bytes) == (True, 0)


@pytest.mark.usefixtures("heap_alone")
def test_a_frame_that_the_model_looks_at():
    """The references that pandas keeps of views, and clears at 500, are no leak of the model."""
    data = X.assign(y=0)
    seen = held(lambda given: data.drop(columns="y").columns, rows=X)
    assert seen.ok is True
    slow = Timed(lambda given: data.drop(columns="y").columns, 60)
    assert held(slow, rows=X, max_seconds=30, clock=slow.clock).ok is not False


@pytest.mark.usefixtures("heap_alone")
def test_a_leak_beside_what_is_given_back_once():
    """Memory that is freed once in the last windows does not hide a leak."""
    spare, kept, calls = [bytes(bytearray(1_000)) for _ in range(900)], [], itertools.count()

    def call(given):
        kept.append(bytes(bytearray(1_000)))
        if next(calls) == 500:
            spare.clear()

    assert held(call).ok is not True


@pytest.mark.usefixtures("two_rounds")
@pytest.mark.skipif(not heap.private(), reason="needs Linux")
@pytest.mark.parametrize(("kib", "ok"), [(256, False), (4, False), (0, True)])
def test_a_leak_in_an_allocator_of_its_own(kib, ok):
    """Pages that a library takes from the system by itself are seen in the private memory."""
    kept = []

    def call(given):
        pages = mmap.mmap(-1, max(kib, 4) * 1024, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        pages[::4096] = b"1" * len(pages[::4096])
        if kib:
            kept.append(pages)

    seen = held(call)
    assert seen.ok is ok
    assert seen.bytes == pytest.approx(1024 * kib, rel=0.05, abs=300)


@pytest.mark.usefixtures("two_rounds")
@pytest.mark.parametrize("size", [1_000, 256 * 1024])
def test_a_leak_in_the_pool_of_arrow(size):
    """What Arrow allocates is counted, and the thousand bytes of objects around an array."""
    pyarrow, kept = pytest.importorskip("pyarrow"), []
    seen = held(lambda given: kept.append(pyarrow.array([b"1" * size])))
    assert seen.ok is False
    assert seen.bytes == pytest.approx(size + 1_000, rel=0.3, abs=500)


@pytest.mark.usefixtures("two_rounds", "heap_alone")
def test_without_mallinfo(monkeypatch):
    """Where the heap is not counted, allocations of Python and NumPy are traced."""
    monkeypatch.setattr(heap, "_C", None)
    kept = []
    seen = held(lambda given: kept.append(bytes(bytearray(1_000))))
    assert (seen.ok, seen.counted) == (False, False)
    assert seen.bytes == pytest.approx(1_000, rel=0.3)
    assert held(lambda given: None).ok is True


def test_inputs():
    """Inputs are rows, each another one."""
    seen = [pickle.loads(one)["a"].iloc[0] for one in itertools.islice(inputs_of(X, 1), 1_000)]
    assert sorted(seen) == sorted(X["a"])
