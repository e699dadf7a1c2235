"""Tests of pytest_mlreqs.measures.memory.size."""

import pickle
import tracemalloc
import zipfile

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pytest_mlreqs.measures.memory.size import parts, pickled, stored, stored_parts


@pytest.mark.parametrize(
    "value", [None, [1, "a"], np.zeros(100_000), np.zeros((500, 500)).T, b"\1" * 1_000_000]
)
def test_pickled(value):
    """What is counted is what pickle would write."""
    assert pickled(value) == len(pickle.dumps(value, protocol=5))


def test_pickled_without_a_copy():
    """A large array is counted without another one in memory."""
    value = np.ones(5_000_000)
    tracemalloc.start()
    pickled(value)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < value.nbytes / 4


def test_stored(tmp_path):
    """A file has its bytes, a folder those of all its files, a missing path is told."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "a.bin").write_bytes(b"1" * 300)
    (tmp_path / "model" / "inner").mkdir()
    (tmp_path / "model" / "inner" / "b.bin").write_bytes(b"1" * 1_000)
    assert stored(tmp_path / "model" / "a.bin") == 300
    assert stored(tmp_path / "model") == 1_300
    assert stored_parts(tmp_path / "model") == [("inner/b.bin", 1_000), ("a.bin", 300)]
    assert stored_parts(tmp_path / "model" / "a.bin") == []
    with pytest.raises(FileNotFoundError):
        stored(tmp_path / "other")


def test_members_of_an_archive(tmp_path):
    """An archive shows its members by the room that they take in it."""
    with zipfile.ZipFile(tmp_path / "m.skops", "w") as archive:
        archive.writestr("small", "1" * 10)
        archive.writestr("large", "1" * 1_000)
    assert stored_parts(tmp_path / "m.skops") == [("large", 1_000), ("small", 10)]


def test_parts_of_a_pipeline():
    """The steps of a pipeline show by name, and what is in the largest one."""
    X = np.random.default_rng(0).normal(size=(200, 4))
    model = make_pipeline(StandardScaler(), RandomForestClassifier(20)).fit(X, X[:, 0] > 0)
    found = dict(parts(model))
    assert "steps.randomforestclassifier.estimators_" in found
    assert found["steps"] > found["steps.randomforestclassifier"] > found["steps.standardscaler"]


def test_odd_parts():
    """What refers to itself, or has a part that cannot be pickled by itself, has parts too."""

    class Odd:
        def __init__(self):
            self.me = self
            self.none = lambda: 1

        def __reduce__(self):
            return Odd, ()

    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickled(Odd())  # a local class
    ring = {"a": b"1" * 1_000}
    ring["ring"] = ring
    assert ("a", pickled(ring["a"])) in parts(ring)
    assert parts(5) == []
