"""Tests of pytest_mlreqs.requirements.memory."""

import collections
import re
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.core.measurement import DeclarationError, Fault, Undecided
from pytest_mlreqs.measures.memory import growth, heap, peak, sites, spawned
from pytest_mlreqs.models.harm.loading import GreedyToLoad
from pytest_mlreqs.report.evidence import lines, worst
from pytest_mlreqs.requirements.memory import Memory
from pytest_mlreqs.testing import assert_planted_noticed, assert_refused
from tests.requirements.greedy import KIB, Broadcast, train
from tests.requirements.greedy import ROWS as FEW

linux = pytest.mark.skipif(not peak.resettable(), reason="needs Linux")
X = pd.DataFrame({"a": range(40), "b": range(40)})


@pytest.fixture
def two_rounds(monkeypatch):
    """Windows of at most 20 calls: what is kept of each call shows in these as in longer ones.

    Private memory is left to others: each look at it takes a large process 15 ms.
    """
    monkeypatch.setattr(growth, "ROUNDS", growth.ROUNDS[:2])
    monkeypatch.setattr(heap, "private", lambda: 0)


def check(requirement, model, X=X):
    """All measurements."""
    return list(requirement.check(model, X))


@linux
def test_satisfied():
    """A model within its limit is satisfied, and says how that was measured."""
    (peak,) = check(Memory(max_peak_mib=64), Broadcast(1024))
    assert peak.ok is True
    assert (peak.name, peak.limit, peak.unit) == ("peak of predict", 64, "MiB")
    assert peak.value == pytest.approx(40, rel=0.05)
    assert peak.how.startswith("40 rows per call, 1 call, the kernel's high-water mark")
    assert (lines(peak), worst(peak), peak.hint) == ((), (), "")


@linux
def test_violated():
    """A greedy broadcast is violated, and shows how many rows would fit."""
    (peak,) = check(Memory(max_peak_mib=10), Broadcast(1024))
    assert peak.ok is False
    assert peak.value == pytest.approx(40, rel=0.05)
    assert re.fullmatch(r"peak of predict is [34]\d(\.\d)? MiB, limit 10 MiB", peak.text)
    assert re.match("predict in batches of (9|10) rows", peak.hint)
    assert [line.split()[0] for line in lines(peak)[:5]] == ["rows", "40", "20", "10", "5"]
    assert len({len(line) for line in lines(peak)[:5]}) == 1


@linux
def test_violated_for_few_rows_too():
    """Where fewer rows do not help, that is said."""
    (peak,) = check(Memory(max_peak_mib=10), Broadcast(0, fixed=40 * 1024))
    assert peak.ok is False
    assert peak.hint.startswith("predict takes it for few rows too")


@linux
def test_the_lines_that_allocate(monkeypatch):
    """Memray names them where it is installed; else the message says how to get it."""
    pytest.importorskip("memray", reason="memray is not to be had for this platform")
    (told,) = check(Memory(max_peak_mib=10), Broadcast(1024))
    assert lines(told)[5].split() == ["line", "MiB"]
    line, mib = lines(told)[6].split()
    assert told.hint.endswith(f" rows, or look at {line}")
    assert line.startswith("greedy.py:")
    assert float(mib) == pytest.approx(40, rel=0.05)
    monkeypatch.setattr(sites, "available", lambda: False)
    (untold,) = check(Memory(max_peak_mib=10), Broadcast(1024))
    assert lines(untold)[5:] == (sites.EXTRA,)


@linux
@pytest.mark.parametrize(("limit", "ok"), [(36, False), (44, True)])
def test_boundary(limit, ok):
    """Ten percent beside 40 MiB the side of the limit is told right."""
    assert check(Memory(max_peak_mib=limit), Broadcast(1024))[0].ok is ok


@linux
def test_rows_of_a_call():
    """With `rows`, batches are drawn, and the largest peak counts, by its position."""

    def model(X):
        return np.ones((len(X), (X["a"].max() >= 20) * 1024 * KIB + 1)).mean(axis=1)

    (peak,) = check(Memory(max_peak_mib=4, rows=10), model)
    assert peak.ok is False
    assert peak.value == pytest.approx(10, rel=0.05)
    assert peak.how.startswith("10 rows per call, 6 calls, ")
    assert len(worst(peak)) == 3
    assert worst(peak)[0].startswith("rows from ")


@linux
def test_small_limits():
    """Below 1 MiB allocations are traced, in a tenth of that too."""
    (within,) = check(Memory(max_peak_mib=0.5), Broadcast(5))
    assert within.ok is True
    assert 0.19 <= within.value <= 0.3
    assert "traced" in within.how
    (beyond,) = check(Memory(max_peak_mib=0.1), Broadcast(5))
    assert beyond.ok is False


@linux
def test_what_only_one_call_takes():
    """A call that takes more than the next one alike decides nothing."""

    class Caches(Broadcast):
        calls = 0

        def predict(self, X):
            self.calls += 1
            self.kib = 1024 if self.calls == 2 else 0
            return super().predict(X)

    (peak,) = check(Memory(max_peak_mib=20), Caches())
    assert peak.ok is None
    assert "MiB, and the same call again did not" in peak.text


@linux
@pytest.mark.parametrize(("limit", "ok"), [(64, True), (20, False)])
def test_training(limit, ok):
    """A training is measured with its data, which it may change."""

    def train(X, y):
        assert X["a"].tolist() == list(range(40))
        X["a"] = 0
        np.ones(40 * 1024 * KIB)
        return Broadcast()

    requirement = Memory(of="train", max_peak_mib=limit)
    assert requirement.needs() == ("X", "y", "train")
    given = X.copy()
    (peak,) = requirement.check(X=given, y=given["a"], train=train)
    assert (peak.ok, peak.name) == (ok, "peak of train")
    assert peak.value == pytest.approx(40, rel=0.05)
    assert given["a"].tolist() == list(range(40))
    if ok:
        assert_planted_noticed(requirement, X=given, y=given["a"], train=train)


@linux
@pytest.mark.parametrize(("limit", "ok"), [(64, True), (20, False)])
def test_a_body(limit, ok):
    """The body of a test is measured without rows."""
    requirement = Memory(of="body", max_peak_mib=limit)
    assert requirement.needs() == ("body",)

    def body():
        np.ones(40 * 1024 * KIB)

    (peak,) = requirement.check(body=body)
    assert (peak.ok, peak.name) == (ok, "peak of the test's body")
    if ok:
        assert_planted_noticed(requirement, body=body)


@linux
@pytest.mark.parametrize(
    "rows", [X.to_numpy(), [[1, 2], [3, 4]], X.set_index(X["a"] + 7), X[["a", "a"]]],
    ids=["array", "list", "other index", "same names"],
)  # fmt: skip
@pytest.mark.parametrize("count", [None, 2])
def test_other_inputs(rows, count):
    """Rows of any sort are taken, all of them or some."""
    assert check(Memory(max_peak_mib=5, rows=count), lambda X: np.zeros(len(X)), rows)[0].ok is True


@pytest.mark.parametrize("count", [None, 5])
def test_no_rows(count):
    """Without rows it is undecided."""
    with pytest.raises(Undecided, match="X has no rows"):
        check(Memory(max_peak_mib=1, rows=count), Broadcast(), X.head(0))


def test_too_few_rows():
    """A smaller batch than asked for is not measured in its place."""
    with pytest.raises(Undecided, match="X has 40 rows, and a call takes 500"):
        check(Memory(max_peak_mib=1, rows=500), Broadcast())


@linux
def test_a_model_that_breaks():
    """An exception is told as one; a method that there is not is a mistake of the declaration."""

    def model(X):
        raise RuntimeError("no")

    with pytest.raises(Fault, match="model raised RuntimeError: no"):
        check(Memory(max_peak_mib=1), model)
    with pytest.raises(DeclarationError, match="has no transform: it has predict"):
        check(Memory(max_peak_mib=1, method="transform"), Broadcast())


@pytest.fixture
def no_reset(monkeypatch):
    """As on macOS, on Windows and in some containers."""
    monkeypatch.setattr(peak, "resettable", lambda: False)


@linux
@pytest.mark.parametrize(("limit", "ok"), [(30, False), (120, True)])
def test_where_the_mark_cannot_be_put_back(no_reset, limit, ok):
    """A new process tells the peak, and how many rows would fit."""
    (told,) = check(Memory(max_peak_mib=limit), Broadcast(1536), FEW)
    assert told.ok is ok
    assert told.value == pytest.approx(60, rel=0.05)
    count = "a fresh process" if ok else "2 fresh processes"
    assert told.how == f"40 rows per call, the high-water mark of {count}"
    if not ok:
        assert told.text.endswith(" MiB, limit 30 MiB")
        assert re.match("predict in batches of (10|20) rows", told.hint)
        assert [line.split()[0] for line in lines(told)[:3]] == ["rows", "40", "20"]


@linux
def test_batches_where_the_mark_cannot_be_put_back(no_reset):
    """The largest of the batches drawn counts in a new process too."""
    (told,) = check(Memory(max_peak_mib=10, rows=30), Broadcast(1024), FEW)
    assert told.ok is False
    assert told.value == pytest.approx(30, rel=0.05)
    assert told.how.startswith("30 rows per call, ")


@linux
def test_small_limits_where_the_mark_cannot_be_put_back(no_reset):
    """Limits below 1 MiB are held against traced allocations, which takes no new process."""
    (within,) = check(Memory(max_peak_mib=0.5), lambda X: Broadcast(5).predict(X))
    (beyond,) = check(Memory(max_peak_mib=0.1), lambda X: Broadcast(5).predict(X))
    assert (within.ok, beyond.ok) == (True, False)
    assert "traced" in beyond.how


@linux
@pytest.mark.parametrize(("limit", "ok"), [(20, False), (64, True)])
def test_training_where_the_mark_cannot_be_put_back(no_reset, limit, ok):
    """A training is made in a new process, with X and y."""
    (told,) = Memory(of="train", max_peak_mib=limit).check(X=FEW, y=FEW[:, 0], train=train)
    assert (told.ok, told.name) == (ok, "peak of train")
    assert told.value == pytest.approx(40, rel=0.05)
    if not ok:
        assert told.hint.startswith("look for copies of data in train")


@linux
def test_planted_where_the_mark_cannot_be_put_back(no_reset):
    """Planted violations of a model and of a training are noticed in new processes."""
    assert_planted_noticed(Memory(max_peak_mib=20), model=Broadcast(), X=FEW)
    training = Memory(of="train", max_peak_mib=64)
    assert_planted_noticed(training, X=FEW, y=FEW[:, 0], train=train)


@pytest.mark.parametrize(
    ("subjects", "options", "words"),
    [
        ({"model": lambda X: np.zeros(len(X)), "X": X}, {}, "the model cannot be pickled: "),
        (
            {"train": lambda X, y: len, "X": X, "y": X["a"]},
            {"of": "train"},
            "the training cannot be pickled: ",
        ),
        ({"body": lambda: None}, {"of": "body"}, "mark of this process cannot be put back here"),
    ],
    ids=["model", "train", "body"],
)
def test_what_no_other_process_can_call(no_reset, subjects, options, words):
    """What cannot be handed to another process is undecided, and says so."""
    (told,) = Memory(max_peak_mib=64, **options).check(**subjects)
    assert told.ok is None
    assert words in told.text
    assert told.hint == "run it on Linux"


@linux
@pytest.mark.parametrize(("limit", "ok"), [(20, False), (64, True)])
def test_loading_takes_more_than_the_call(no_reset, limit, ok):
    """What loading takes neither hides what the call takes nor counts."""
    (told,) = check(Memory(max_peak_mib=limit), GreedyToLoad(Broadcast(1024), 100 << 20), FEW)
    assert told.ok is ok
    assert told.value == pytest.approx(40, rel=0.05)


@linux
def test_a_bound_that_is_not_enough(no_reset, monkeypatch):
    """Where only a bound is known, and is beyond the limit, it is undecided."""
    told = {"calls": [[60 << 20, False]]}
    monkeypatch.setattr(spawned, "answers", lambda *_, **__: iter([told]))
    (measured,) = check(Memory(max_peak_mib=20), Broadcast())
    assert measured.ok is None
    assert measured.value == 60
    assert "undecided because loading took more memory than the call" in measured.text


@linux
@pytest.mark.parametrize("options", [{}, {"rows": 5}, {"method": "predict_proba"}])
@pytest.mark.parametrize("limit", [0.2, 20])
def test_planted_violations_are_noticed(options, limit):
    """The planted violation is noticed, and the model itself is untouched."""

    class Model(Broadcast):
        predict_proba = Broadcast.predict

    requirement, model = Memory(max_peak_mib=limit, **options), Model()
    assert_planted_noticed(requirement, model=model, X=X)
    assert check(requirement, model)[0].ok is True


@linux
def test_planted_in_another_method():
    """A violation can be planted in a method that is no score."""

    class Embedding:
        def embed(self, X):
            return np.zeros(len(X))

    requirement = Memory(max_peak_mib=4, method="embed")
    planted = assert_planted_noticed(requirement, model=Embedding(), X=X)
    assert planted == ("embed has 6 MiB more in use at its peak",)


@linux
def test_load():
    """Loading takes the model and what it imports, in a process of its own.

    How much imports take is for their versions to say, but not what 40 MiB more take beside them.
    """
    model = Broadcast()
    model.kept_ = np.ones(40 * 1024 * KIB)
    (full,) = check(Memory(max_load_mib=4_000), model)
    assert full.ok is True
    assert (full.name, full.how) == ("load of the model", "peak of 1 fresh process, with imports")
    (load,) = check(Memory(max_load_mib=2), Broadcast())
    assert load.ok is False
    assert load.how.startswith("peak of 2 fresh processes")
    assert full.value - load.value == pytest.approx(40, abs=4)
    assert [line.split()[:1] for line in lines(load)[1:]] == [
        ["at"],
        ["afterwards"],
        ["pickled"],
    ]


@linux
@pytest.mark.parametrize(("limit", "when"), [("load", "while"), ("resident", "once")])
def test_planted_memory_of_loading_is_noticed(limit, when):
    """Memory that a model takes in loading, or keeps, is noticed, and it is itself otherwise."""
    requirement = Memory(**{f"max_{limit}_mib": 150})
    (planted,) = requirement.plant(len, [[1]])
    assert planted.what == f"the model has 188 MiB more in use {when} it is loaded"
    (seen,) = requirement.check(planted.subjects["model"], [[1]])
    assert seen.ok is False
    assert seen.value == pytest.approx(188.5, rel=0.2)
    assert next(iter(requirement.check(len, [[1]]))).ok is True
    assert requirement.seconds() == 30


@linux
def test_resident():
    """What is only needed while loading is not held against a model, but what it keeps is."""
    (planted,) = Memory(max_load_mib=100).plant(len, [[1]])
    built = planted.subjects["model"]
    load, resident = check(Memory(max_load_mib=90, max_resident_mib=90), built)
    assert (load.ok, resident.ok) == (False, True)
    assert (resident.name, resident.how) == (
        "resident memory of the model",
        "in use after loading of 2 fresh processes, with imports",
    )
    (resident,) = check(Memory(max_resident_mib=1), Broadcast())
    assert resident.ok is False
    assert resident.hint == "import less, and build less while loading"


def test_load_of_what_cannot_be_pickled():
    """A model that cannot be written down is undecided."""
    told = check(Memory(max_load_mib=150, max_resident_mib=150), lambda X: np.zeros(len(X)))
    assert [one.ok for one in told] == [None, None]
    assert all("undecided because the model cannot be pickled: " in one.text for one in told)


class Leaking:
    """Keeps a kilobyte of each call, of all of them or of some."""

    def __init__(self, most=None, size=1_000):
        self.kept = collections.deque(maxlen=most)
        self.size = size

    def predict(self, X):
        self.kept.append(bytes(bytearray(self.size)))
        return np.zeros(len(X))


ROWS = pd.DataFrame({"a": range(2_000), "b": 1.5})


def test_no_leak():
    """A model that keeps nothing is satisfied after 120 calls."""
    (told,) = check(Memory(max_growth_bytes_per_call=0), Leaking(most=0), ROWS)
    assert told.ok is True
    assert (told.name, told.unit) == ("growth of predict", "bytes a call")
    assert told.how.startswith("1 row per call, ")


@linux
def test_answers_that_are_computed_when_they_are_looked_at():
    """What it takes to make an array of an answer is in its peak."""

    class Promise:
        def __array__(self, dtype=None, copy=None):
            return np.ones(2_500_000)[: len(ROWS)]

    (peak,) = check(Memory(max_peak_mib=5), lambda X: Promise(), ROWS)
    assert (peak.ok, peak.value) == (False, pytest.approx(19, abs=1))


@pytest.mark.usefixtures("two_rounds")
def test_a_leak():
    """A kilobyte that stays behind is a violation, and the line of code that made it is named."""
    (told,) = check(Memory(max_growth_bytes_per_call=500), Leaking(), ROWS)
    assert told.ok is False
    assert told.value == pytest.approx(1_000, rel=0.3)
    assert re.match("see what keeps the objects that test_memory.py:[0-9]+ makes", told.hint)
    assert "10 calls in a window" in lines(told)[1]


@pytest.mark.usefixtures("two_rounds")
@pytest.mark.parametrize(("limit", "ok"), [(800, False), (1_400, True)])
def test_boundary_of_growth(limit, ok):
    """The kilobyte of a call is told from limits on either side."""
    (told,) = check(Memory(max_growth_bytes_per_call=limit), Leaking(), ROWS)
    assert told.ok is ok


def test_a_full_buffer_is_no_leak():
    """What fills up, before it counts or while it does, is no leak."""
    for most in (40, 300):
        (told,) = check(Memory(max_growth_bytes_per_call=0), Leaking(most), ROWS)
        assert told.ok is True


@pytest.mark.usefixtures("two_rounds")
def test_a_cache_that_is_not_full():
    """A cache by input that still fills is undecided, with what to do about it."""

    class Caching:
        def __init__(self):
            self.cache = {}

        def predict(self, X):
            self.cache.setdefault(int(X["a"].iloc[0]), bytes(bytearray(1_000)))
            return np.zeros(len(X))

    requirement = Memory(max_growth_bytes_per_call=0)
    (told,) = check(requirement, Caching(), ROWS)
    assert told.ok is None
    assert "nothing stays behind when inputs repeat: a cache by input, not full" in told.text
    assert told.hint.startswith("raise `warmup` beyond the size of a cache")
    assert check(requirement, Caching(), ROWS.head(60))[0].ok is True


@pytest.mark.usefixtures("two_rounds")
def test_growth_of_a_body():
    """The body of a test may leak too."""
    kept = []
    requirement = Memory(of="body", max_growth_bytes_per_call=0)
    (told,) = requirement.check(body=lambda: kept.append(bytes(bytearray(2_000))))
    assert (told.ok, told.name) == (False, "growth of the test's body")
    assert requirement.seconds() == 60
    (told,) = requirement.check(body=lambda: None)
    assert told.ok is True


@pytest.mark.usefixtures("two_rounds")
@linux
def test_planted_leaks_are_noticed():
    """A leak planted beside a peak is noticed, each by its own limit."""
    requirement = Memory(max_peak_mib=20, max_growth_bytes_per_call=100)
    peak, leak = requirement.plant(Leaking(most=0), ROWS)
    assert [m.ok for m in check(requirement, peak.subjects["model"], ROWS)] == [False, True]
    assert leak.what == "predict keeps 1,224 bytes of each call"
    assert [m.ok for m in check(requirement, leak.subjects["model"], ROWS)] == [True, False]
    assert [m.ok for m in check(requirement, Leaking(most=0), ROWS)] == [True, True]


def test_no_time_for_growth():
    """A model too slow for as many calls is undecided."""

    def model(X):
        time.sleep(0.05)
        return np.zeros(len(X))

    (told,) = check(Memory(max_growth_bytes_per_call=0, max_seconds=0.2), model, ROWS)
    assert told.ok is None
    assert "there was no time for more than " in told.text


def test_rows_that_cannot_be_pickled():
    """Rows that cannot be made anew for each call are told as such."""
    rows = pd.DataFrame({"a": [lambda: 1] * 5})
    (told,) = check(Memory(max_growth_bytes_per_call=0), Leaking(), rows)
    assert told.ok is None
    assert "rows of X cannot be pickled: " in told.text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "needs at least one limit, such as max_peak_mib = 64"),
        ({"max_peak_mib": 0}, "a number above 0, got 0"),
        ({"max_growth_bytes_per_call": -1}, "a number of at least 0, got -1"),
        ({"max_growth_bytes_per_call": 5, "of": "train"}, "too many for a training"),
        ({"max_peak_mib": 5, "rows": 0}, "a whole number of at least 1, got 0"),
        ({"max_peak_mib": 5, "of": "train", "rows": 5}, "measures no model, so it has no rows"),
        ({"max_peak_mib": 5, "of": "body", "method": "x"}, "measures no model, so it has no rows"),
    ],
)
def test_refused(options, words):
    """No limit and impossible values are refused."""
    assert_refused(Memory, words, **options)


def test_light():
    """Importing the kind imports nothing heavy."""
    code = (
        "import sys, pytest_mlreqs.requirements.memory\n"
        "print({'numpy', 'pandas', 'sklearn', 'pytest', 'ctypes'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
