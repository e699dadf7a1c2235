"""Tests of pytest_mlreqs.requirements.compute_regression."""

import contextlib
import sqlite3

import msgspec
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.measurement import MIB, Undecided
from pytest_mlreqs.core.past import Past
from pytest_mlreqs.history import HistoryError
from pytest_mlreqs.measures.memory import peak
from pytest_mlreqs.report.evidence import lines
from pytest_mlreqs.requirements.compute_regression import ComputeRegression

X = pd.DataFrame({"a": range(40), "b": range(40)})


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Time goes by as models say, and by nothing else: no test depends on the machine."""
    monkeypatch.setattr(Clock, "now", 0, raising=False)
    monkeypatch.setattr(Clock, "wall", lambda self: Clock.now)
    monkeypatch.setattr(Clock, "thread", lambda self: Clock.now)
    monkeypatch.setattr(Clock, "waited", lambda self: 0)


def work(ms):
    """Let so many milliseconds go by."""
    Clock.now += int(ms * 1e6)


class Model:
    """Takes so many milliseconds and MiB for a call."""

    def __init__(self, ms=1.0, mib=0):
        self.ms = ms
        self.mib = mib

    def predict(self, X):
        work(self.ms)
        held = b"1" * (self.mib * MIB)
        return np.zeros(len(X)) + len(held[:0])


class Memory(Past):
    """A past that each check adds to, as the session does."""

    def add(self, measurements):
        """Keep what was measured, once it is judged."""
        self._runs += [self.now(one) for one in measurements if one.value is not None]

    @property
    def last(self):
        """The number that the last check measured, if it did."""
        return [run for run in self._runs if run.id in ("ratio", "peak")][-1]


def slowdown(**options):
    """A requirement on speed, over another model."""
    return ComputeRegression(
        **{"max_slowdown": 2, "relative_to": "previous", "max_calls": 40, **options}
    )


def check(requirement, model=None, kept=None, previous=None):
    """All measurements that are judged."""
    kept = Memory() if kept is None else kept
    found = list(requirement.check(model or Model(), X, previous or Model(), past=kept))
    kept.add(found)
    return [one for one in found if one.is_judged]


def alike(kept, times=5):
    """What a history holds, so many times over."""
    check(slowdown(), kept=kept)
    return Memory([kept.last] * times)


def test_the_first_runs_are_undecided():
    """Five runs set the anchor, which is no pass; the sixth is compared with it."""
    kept = Memory()
    told = [check(slowdown(), kept=kept) for _ in range(6)]
    assert [one.ok for (one,) in told] == [None, None, None, None, None, True]
    assert "undecided because this is run 3 of the 5 that are the anchor" in told[2][0].text
    assert told[5][0].name == "slowdown of predict over the anchor"
    assert told[5][0].limit == 2
    assert told[5][0].how.startswith("last run (1) over the median (1) of 5 from ")
    assert "; 1 row per call, 40 pairs of calls in random order, " in told[5][0].how


def test_violated():
    """A model that became five times as slow is violated, and shows its runs."""
    kept = alike(Memory(), 20)
    anchor, before = check(slowdown(), Model(5), kept)
    assert (anchor.ok, before.ok) == (False, False)
    assert anchor.text.startswith("slowdown of predict over the anchor is 5 (95 % interval ")
    assert anchor.text.endswith(", limit 2")
    assert len(lines(anchor)) == 9
    assert anchor.hint.startswith("look at what changed from ")


@pytest.mark.parametrize(("ms", "ok"), [(1.9, True), (2, None), (2.1, None)])
def test_boundary(ms, ok):
    """A model that is slower by what it may is undecided: one run cannot tell."""
    for told in check(slowdown(), Model(ms), alike(Memory(), 20)):
        assert told.ok is ok
        assert told.value == pytest.approx(ms)


def test_a_ratio_to_preprocessing():
    """The reference may be the pipeline's own first steps; what is no pipeline has none."""
    rested = FunctionTransformer(lambda X: work(2) or X)
    model = make_pipeline(rested, LogisticRegression()).fit(X, X["a"] > 20)
    requirement = slowdown(relative_to="preprocessing")
    assert requirement.needs() == ("model", "X")
    kept = Memory()
    check(requirement, model, kept)
    assert kept.last.value == 1
    (told,) = check(requirement, Model(), kept)
    assert told.ok is None
    assert told.text.endswith("the model (Model) is no pipeline with preprocessing")
    assert told.hint == 'take relative_to = "previous"'


def test_what_is_kept():
    """The number of a run is told apart by all that it depends on, and decides nothing."""
    found, judged = slowdown(rows=3).check(Model(), X, Model(), past=Past())
    assert (found.id, found.of) == ("ratio", "predict of 3 rows over previous")
    assert (found.value, found.waited, found.is_judged) == (1, 0, False)
    assert found.interval == (1, 1)
    assert found.text == "ratio of predict to previous is 1 (95 % interval 1 to 1)"
    assert judged.is_judged


@pytest.mark.skipif(not peak.resettable(), reason="the high-water mark cannot be put back here")
def test_memory():
    """The peak of a call is held against the anchor, as a slowdown is."""
    requirement = ComputeRegression(max_memory_growth=1.5)
    kept = Memory()
    told = [check(requirement, Model(0, 20), kept) for _ in range(6)]
    assert kept.last.value == pytest.approx(20, rel=0.1)
    assert (kept.last.id, kept.last.of) == ("peak", "predict of 40 rows")
    assert [one.ok for (one,) in told] == [None] * 5 + [True]
    kept = Memory([kept.last] * 20)
    for one in check(requirement, Model(0, 60), kept):
        assert one.ok is False
        assert one.name.startswith("growth of the peak of predict over the ")
        assert one.value == pytest.approx(3, rel=0.1)


@pytest.mark.skipif(not peak.resettable(), reason="the high-water mark cannot be put back here")
def test_little_memory():
    """What takes less than a mebibyte counts as one, whatever the kernel's counters say."""
    kept = Memory()
    check(ComputeRegression(max_memory_growth=1.5), Model(0), kept)
    assert kept.last.value == 1


def test_memory_that_cannot_be_measured(monkeypatch):
    """Where the mark cannot be put back it is undecided, and nothing is kept."""
    monkeypatch.setattr(peak, "resettable", lambda: False)
    kept = Memory()
    (told,) = check(ComputeRegression(max_memory_growth=1.5), kept=kept)
    assert told.ok is None
    assert kept._runs == []


def test_a_history_that_cannot_be_used():
    """What is no history is undecided with a sentence, and the number is told all the same."""

    class Broken(Past):
        def runs(self, id, of=""):
            raise HistoryError("h.sqlite cannot be used")

    found, judged = slowdown().check(Model(), X, Model(), past=Broken())
    assert found.value == 1
    assert judged.ok is None
    assert judged.text.endswith("over the anchor: undecided because h.sqlite cannot be used")


def test_too_few():
    """Too few rows, and too few calls, are undecided, and nothing is kept."""
    kept = Memory()
    with pytest.raises(Undecided, match="X has 40 rows, and a call takes 50"):
        check(slowdown(rows=50), kept=kept)
    (told,) = check(slowdown(max_seconds=0.03), Model(10), kept)
    assert "undecided because there was time for " in told.text
    assert kept._runs == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "needs at least one limit"),
        ({"max_slowdown": 1.2}, "max_slowdown and relative_to go together"),
        ({"max_memory_growth": 1.2, "relative_to": "previous"}, "go together"),
        ({"max_slowdown": 1.0, "relative_to": "previous"}, "> 1"),
        (
            {"max_memory_growth": 1.2, "anchor": "yesterday"},
            "a day such as 2026-11-01, or a commit",
        ),
        ({"max_memory_growth": 1.2, "anchor": "2026-13-01"}, "got '2026-13-01'"),
    ],
)
def test_misconfigured(options, words):
    """Limits that say nothing and options that do not go together are refused."""
    with pytest.raises(msgspec.ValidationError, match=words):
        msgspec.convert(options, ComputeRegression)


@pytest.mark.parametrize("anchor", ["2026-11-01", "0123abc", "f" * 40])
def test_anchors(anchor):
    """A day and a commit are anchors."""
    assert msgspec.convert({"max_memory_growth": 2, "anchor": anchor}, ComputeRegression)


def test_planted_slowdown_is_noticed():
    """A model that works several times is noticed, beside a past that is made up."""
    requirement = slowdown()
    (planted,) = requirement.plant(Model(2), X, Model(2))
    assert planted.what == "predict does its work 5 times, unlike in thirty runs before"
    subjects = {"X": X, "previous": Model(2), **planted.subjects}
    judged = [one for one in requirement.check(**subjects) if one.is_judged]
    assert [one.ok for one in judged] == [False, False]


@pytest.mark.skipif(not peak.resettable(), reason="the high-water mark cannot be put back here")
def test_planted_growth_is_noticed():
    """A model that takes several times as much memory is noticed."""
    requirement = ComputeRegression(max_memory_growth=1.5)
    (planted,) = requirement.plant(Model(0, 20), X)
    assert planted.what.startswith(("predict has 59.", "predict has 60"))
    told = list(requirement.check(X=X, **planted.subjects))
    assert [one.ok for one in told if one.is_judged] == [False, False]


CONFTEST = """
import pandas
from pytest_mlreqs.core.clock import Clock

class Slow:
    def predict(self, X):
        Clock.now += 1_000_000
        return [0.0] * len(X)

@pytest.fixture(params=["a", "b"])
def model(request):
    return Slow()

@pytest.fixture
def previous():
    return Slow()

@pytest.fixture
def X():
    return pandas.DataFrame({"a": range(40)})
"""
TOML = """
[tool.mlreqs.compute_regression]
max_slowdown = 3
relative_to = "previous"
max_calls = 40
"""
TEST = """
import pytest

@pytest.mark.mlreqs("compute_regression", max_slowdown=3, relative_to="previous", max_calls=40,
                    history="h.sqlite")
@pytest.mark.parametrize("n", [1, 2])
def test_it(n):
    pass
"""


def names(path):
    """The names that runs are kept under, and how many there are of each."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT series, count(*) FROM runs GROUP BY series ORDER BY 1")
        return dict(rows.fetchall())


def test_collected(project):
    """Each run of each model adds a row under its name; one with planted violations adds none."""
    made = project(TOML, conftest=CONFTEST)
    made.runpytest("-Wdefault").assert_outcomes(skipped=2, warnings=2)
    result = made.runpytest("-Wdefault", "--mlreqs-prove")
    result.stdout.fnmatch_lines(["1 of 1 requirements can fail here"])
    kept = names(made.path / ".mlreqs" / "history.sqlite")
    assert kept == {"compute_regression[a]": 1, "compute_regression[b]": 1}


def test_on_a_marked_test(project):
    """Under a marker the name is that of the test with its file."""
    conftest = CONFTEST.replace('params=["a", "b"]', "").replace("request", "")
    made = project("", {"test_one.py": TEST}, conftest=conftest)
    made.runpytest("-Wdefault", "test_one.py").assert_outcomes(passed=2, warnings=2)
    expected = {f"compute_regression @ test_one.py::test_it[{n}]": 1 for n in (1, 2)}
    assert names(made.path / "h.sqlite") == expected
