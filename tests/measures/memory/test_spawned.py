"""Tests of pytest_mlreqs.measures.memory.spawned, whose models a new process imports from here."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.core.measurement import MIB, DeclarationError, Fault, Undecided
from pytest_mlreqs.measures.memory import spawned
from pytest_mlreqs.measures.memory.counters import UNTOLD
from pytest_mlreqs.measures.memory.peak import resettable
from pytest_mlreqs.measures.memory.spawned import Call, Spawned, by_rows, hold
from pytest_mlreqs.measures.memory.work import Work, of_a_model, of_training
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows

pytestmark = pytest.mark.skipif(not resettable(), reason="needs Linux")
X = pd.DataFrame({"a": range(40)})


def python(X):
    """60 MiB of Python objects for all rows."""
    held = [b"\1" * MIB for _ in range(60 * len(X) // 40)]
    return np.zeros(len(X)) + len(held)


def numpy(X):
    """60 MiB in an array for all rows."""
    return np.ones((len(X), 3 * MIB // 2 // 8)).mean(axis=1)


@pytest.mark.parametrize(("model", "limit", "ok"), [(python, 30, False), (numpy, 120, True)])
def test_known_allocations(model, limit, ok):
    """60 MiB are told from limits on either side, whoever allocates them."""
    seen = hold(of_a_model(Model(model, "predict"), Rows(X), None), limit * MIB)
    assert (seen.ok, seen.why, seen.processes) == (ok, "", 1 if ok else 2)
    assert seen.bytes == pytest.approx(60 * MIB, rel=0.05)
    assert [call.exact for call in seen.calls] == [True]


def test_an_earlier_peak_is_not_inherited():
    """What this process once had in use is not the call's."""
    np.ones(400 * MIB // 8)
    assert hold(of_a_model(Model(numpy, "predict"), Rows(X), None), 120 * MIB).bytes < 64 * MIB


class Lazy:
    """Keeps 60 MiB from its first call on."""

    kept = None

    def predict(self, X):
        """Build what is not there yet."""
        if self.kept is None:
            self.kept = np.ones(60 * MIB // 8)
        return np.zeros(len(X))

    def __reduce__(self):
        return Lazy, ()


def test_what_the_first_call_builds():
    """What a call on few rows builds is not held against the one that is measured."""
    seen = hold(of_a_model(Model(Lazy(), "predict"), Rows(X), None), 30 * MIB)
    assert seen.ok is True
    assert seen.bytes < 10 * MIB


def trains(X, y):
    """Take 60 MiB, for two classes only."""
    if y.nunique() < 2:
        raise ValueError("one class")
    return numpy(X)


def test_a_training():
    """A training is made on X and y."""
    seen = hold(of_training(trains, X, X["a"] % 4 > 1), 120 * MIB)
    assert seen.ok is True
    assert seen.bytes == pytest.approx(60 * MIB, rel=0.05)


def test_a_training_that_takes_more_than_few_rows():
    """What cannot be trained on few rows is trained on all of them before it is measured."""
    seen = hold(of_training(trains, X, X["a"] == 1), 30 * MIB)
    assert seen.ok is False
    assert seen.bytes == pytest.approx(60 * MIB, rel=0.05)


class Once:
    """Takes 60 MiB in the first process that is told so by a file."""

    def __init__(self, path):
        self.path = path

    def predict(self, X):
        """Take it from the second call on, and remember."""
        if len(X) == 40 and Path(self.path).exists():
            Path(self.path).unlink()
            return numpy(X)
        return np.zeros(len(X))


def test_a_violation_is_confirmed(tmp_path):
    """What a second process does not show is undecided."""
    path = tmp_path / "not yet"
    work = of_a_model(Model(Once(str(path)), "predict"), Rows(X), None)
    path.touch()
    seen = hold(work, 30 * MIB)
    assert (seen.ok, seen.processes) == (None, 2)
    assert re.match(r"one process took (59|6\d)(\.\d)? MiB", seen.why)
    assert seen.why.endswith(" MiB, and the next one did not")


class Large:
    """Takes 200 MiB to be loaded, and 60 to be called."""

    def predict(self, X):
        """As the other."""
        return numpy(X)

    def __reduce__(self):
        return loaded, (200,)


def loaded(mib):
    """Take so much for a while."""
    np.ones(mib * MIB // 8)
    return Large()


def test_loading_takes_more():
    """A call is seen although loading took more than it does."""
    seen = hold(of_a_model(Model(Large(), "predict"), Rows(X), None), 120 * MIB)
    assert (seen.ok, [call.exact for call in seen.calls]) == (True, [True])
    assert seen.bytes == pytest.approx(60 * MIB, rel=0.05)


def test_a_bound(monkeypatch):
    """Where the call does not raise the mark, what lies below it may be enough, and is no proof."""
    work = of_a_model(Model(numpy, "predict"), Rows(X), None)
    told = {"calls": [[60 * MIB, False], [20 * MIB, True]]}
    monkeypatch.setattr(spawned, "answers", lambda *_, **__: iter([told]))
    within, beyond, proven = (hold(work, limit * MIB) for limit in (64, 30, 10))
    assert (within.ok, within.bytes) == (True, 60 * MIB)
    assert within.how().endswith("which the call did not raise: an upper bound")
    assert (beyond.ok, beyond.processes) == (None, 1)
    assert beyond.why.endswith("so that only a bound is known: at most 60 MiB")
    assert (proven.ok, proven.bytes) == (False, 20 * MIB)


def test_without_ballast_it_is_a_bound(monkeypatch):
    """A call below what was in use once is told as no more than that."""
    np.ones(200 * MIB // 8)
    seen, exact = spawned._risen(numpy, X)
    assert exact
    assert seen == pytest.approx(60 * MIB, rel=0.05)
    np.ones(200 * MIB // 8)
    monkeypatch.setattr(spawned, "_ballast", list)
    seen, exact = spawned._risen(numpy, X)
    assert not exact
    assert seen >= 60 * MIB


def test_by_rows():
    """The same with fewer rows."""
    seen = by_rows(of_a_model(Model(numpy, "predict"), Rows(X), None))
    assert [rows for rows, _ in seen] == [40, 20, 10, 5]
    assert [size / rows / MIB for rows, size in seen] == pytest.approx([1.5] * 4, rel=0.1)


@pytest.mark.parametrize(
    ("calls", "bound"), [([Call(9, True), Call(5, False)], False), ([Call(9, False)], True)]
)
def test_how(calls, bound):
    """A bound is told as one, and how many processes there were."""
    told = Spawned(9, True, "", calls, 1).how()
    assert told.startswith("the high-water mark of a fresh process")
    assert ("bound" in told) is bound


class Here:
    """A model of a module that only exists here."""

    def predict(self, X):
        """Answer."""
        return np.zeros(len(X))

    def __reduce__(self):
        return __import__, ("no_such_module_anywhere",)


def test_what_no_other_process_can_load():
    """What cannot be pickled or imported there is told as such."""
    with pytest.raises(Undecided, match="the model cannot be pickled: "):
        hold(of_a_model(Model(lambda X: np.zeros(len(X)), "predict"), Rows(X), None), MIB)
    with pytest.raises(Undecided, match="the model cannot be loaded in a fresh process: Module"):
        hold(of_a_model(Model(Here(), "predict"), Rows(X), None), MIB)


def breaks(X):
    """Refuse."""
    raise RuntimeError("no")


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (Work("breaks", breaks, [(0, X)], X, breaks, "predict"), "breaks raised RuntimeError: no"),
        (of_training(breaks, X, X), "train raised TypeError"),
    ],
    ids=["call", "training"],
)
def test_what_is_wrong_is_a_fault(work, words):
    """A call that raises there is at fault."""
    with pytest.raises(Fault, match=f"in a fresh process, {words}"):
        hold(work, MIB)


def test_a_method_that_is_missing_there():
    """A model that lacks the method in a new process is a mistake of the declaration."""
    with pytest.raises(DeclarationError, match=r"^in a fresh process, the model .* has no predict"):
        hold(Work("x", breaks, [(0, X)], X, 5, "predict"), MIB)


def test_a_system_that_does_not_tell(monkeypatch):
    """Without counters nothing is known."""
    monkeypatch.setattr(spawned, "answers", lambda *_, **__: iter([{"why": UNTOLD}]))
    with pytest.raises(Undecided, match="does not tell the peak memory"):
        hold(of_a_model(Model(numpy, "predict"), Rows(X), None), MIB)
    monkeypatch.setattr(spawned, "counters", lambda: None)
    assert spawned._risen(len, []) is None
