"""Tests of pytest_mlreqs.measures.timing.first_call."""

import pytest
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from pytest_mlreqs.measures.timing.first_call import Step, apart, told

LAZY = """
import time

fetched = []

def fetch(X):
    if not fetched:
        time.sleep(0.3)
        fetched.append(1)
    return X

def predict(X):
    return [0] * len(fetch(X))
"""
ROWS = [[0.0], [1.0]]


@pytest.fixture
def lazy(tmp_path, monkeypatch):
    """A module that fetches something when it is first called."""
    (tmp_path / "lazy_fetching.py").write_text(LAZY, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import lazy_fetching

    return lazy_fetching


def test_the_step_that_builds_something(lazy):
    """What a step takes the first time only is told of that step, whatever this process did."""
    lazy.fetch(ROWS)
    model = make_pipeline(StandardScaler(), FunctionTransformer(lazy.fetch), DummyClassifier())
    seen = apart(model.fit(ROWS, [0, 1]), "predict", ROWS)
    assert [one.name for one in seen] == [
        "standardscaler",
        "functiontransformer",
        "dummyclassifier",
    ]
    assert seen[1].first >= 300 > seen[1].again
    hint, (table,) = told(seen)
    assert hint == (
        "what step 'functiontransformer' builds on its first call could be built while loading"
    )
    assert [(one.name, one.unit) for one in table.columns] == [
        ("step", ""),
        ("first call", "ms"),
        ("next call", "ms"),
    ]
    assert table.rows == tuple((one.name, one.first, one.again) for one in seen)


def test_what_has_no_steps(lazy):
    """What is no pipeline is one step, of the name of its method."""
    (seen,) = apart(lazy.predict, "predict", ROWS)
    assert seen.name == "predict"
    assert seen.first >= 300 > seen.again


@pytest.mark.parametrize("model", [lambda X: X, make_pipeline(StandardScaler(), len)])
def test_what_cannot_be_told(model):
    """Nothing is told of what cannot be pickled, or breaks when it is taken apart."""
    assert apart(model, "predict", ROWS) == []


@pytest.mark.parametrize(
    "seen",
    [[Step("a", 30, 10), Step("b", 25, 10), Step("c", 15, 10)], [Step("a", 90, 10)], []],
)
def test_no_culprit(seen):
    """No step is singled out if there are no others, or none takes most of what is more."""
    hint, tables = told(seen)
    assert hint == "what is built on the first call could be built while loading"
    assert [len(table.rows) for table in tables] == ([len(seen)] if seen else [])
