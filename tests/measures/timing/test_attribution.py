"""Times of calls are attributed to the steps of a pipeline, and to its columns."""

import itertools

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from pytest_mlreqs.measures.timing.attribution import Attribution, apart, attribute
from pytest_mlreqs.testing import FakeClock


class Clock(FakeClock):
    """Seconds that pass in steps."""

    def step(self, seconds):
        """A step that adds one, and takes so long on the input 7."""

        def run(value):
            self.sleep(seconds * (10 if value == 7 else 1))
            return value + 1

        return run


def test_known_times():
    """Each step has its median, and its part of the slowest call; each gets what the last gave."""
    clock = Clock()
    steps = [("first", clock.step(0.001)), ("second", clock.step(0.004))]
    seen = attribute(steps, [1, 2, 7, 3, 4], clock)
    assert seen.names == ("first", "second")
    assert seen.typical == pytest.approx((1, 4), abs=0.01)
    assert seen.slowest == pytest.approx((10, 4), abs=0.01)
    assert seen.culprit == "first"
    table = seen.table()
    assert [one.unit for one in table.columns] == ["", "ms", "ms"]
    assert [(name, *map(round, times)) for name, *times in table.rows] == [
        ("first", 1, 10),
        ("second", 4, 4),
    ]


def test_no_culprit():
    """Where no step takes most of the slowest call, none is singled out."""
    clock = Clock()
    steps = [(name, clock.step(0.001)) for name in "abc"]
    assert attribute(steps, [1], clock).culprit == ""


def test_no_time():
    """Slow pipelines are not run for more than a few seconds."""
    clock = Clock()
    seen = attribute([("slow", clock.step(3.0))], itertools.repeat(1), clock)
    assert seen.typical == pytest.approx((3000,), abs=0.01)
    assert round(clock.seconds()) == 3
    attribute([("slow", clock.step(3.0))], itertools.repeat(1), clock, seconds=4)
    assert round(clock.seconds()) == 9


def test_a_pipeline():
    """The rows of a call go through all steps, those that are asked for and others."""
    sizes = []
    step = FunctionTransformer(lambda X: sizes.append(len(X)) or X)
    X = np.zeros((6, 1))
    model = make_pipeline(step, DummyClassifier()).fit(X, [0, 1] * 3)
    sizes.clear()
    assert apart(model, "predict", X, 4, FakeClock(), [5]).names == (
        "functiontransformer",
        "dummyclassifier",
    )
    assert sizes == [1] + [4] * 20


CLOCK = FakeClock()


def slowly(X):
    """Take twenty milliseconds."""
    CLOCK.sleep(0.02)
    return X


COLUMNS = make_column_transformer(
    (FunctionTransformer(slowly), ["a", "b", "c", "d", "e"]),
    (FunctionTransformer(), ["f"]),
    ("drop", ["g"]),
    remainder="passthrough",
)


@pytest.mark.parametrize("first", [False, True])
def test_columns(first):
    """Transformers of columns are told below their step, and the slow one is looked at first."""
    X = pd.DataFrame(np.zeros((6, 8)), columns=list("abcdefgh"))
    steps = (
        [COLUMNS, DummyClassifier()]
        if first
        else [FunctionTransformer(), COLUMNS, DummyClassifier()]
    )
    seen = apart(make_pipeline(*steps).fit(X, [0, 1] * 3), "predict", X, 2, CLOCK)
    (within,) = seen.within.values()
    assert within.names[:2] == (
        "functiontransformer-1: a, b, c and 2 more",
        "functiontransformer-2: f",
    )
    assert within.typical[0] >= 20
    assert seen.first == f"step 'columntransformer' ({within.names[0]})"
    table = seen.table()
    named = list(zip(table.levels, [name for name, *_ in table.rows], strict=True))
    assert named[named.index((0, "columntransformer")) + 1] == (1, within.names[0])
    assert named[-1] == (0, "dummyclassifier")


@pytest.mark.parametrize(
    ("within", "first"),
    [({}, "step 'a'"), ({"a": (1.0, 2.0)}, "step 'a' (two)"), ({"a": (1.0, 1.0)}, "step 'a'")],
)
def test_what_to_look_at_first(within, first):
    """It is the step that takes most, and within it the transformer that does."""
    made = {name: Attribution(("one", "two"), times, times) for name, times in within.items()}
    assert Attribution(("a", "b"), (3.0, 1.0), (3.0, 1.0), made).first == first
    assert Attribution(("a", "b"), (1.0, 1.0), (1.0, 1.0), made).first == ""


def test_columns_of_an_array():
    """Columns without names have their positions."""
    X = np.zeros((6, 3))
    columns = make_column_transformer((FunctionTransformer(), [0, 2]))
    model = make_pipeline(columns, DummyClassifier()).fit(X, [0, 1] * 3)
    seen = apart(model, "predict", X, 2, FakeClock()).within["columntransformer"]
    assert seen.names == ("functiontransformer: 0, 2",)


def test_columns_that_cannot_be_taken_apart():
    """Steps are told of even where a transformer cannot be run by itself."""
    X = pd.DataFrame(np.zeros((6, 2)), columns=["a", "b"])
    columns = make_column_transformer((FunctionTransformer(), ["a"]))
    model = make_pipeline(columns, DummyClassifier()).fit(X, [0, 1] * 3)
    columns.transformers_[0][1].transform = None
    columns.transform = len
    model[-1].predict = lambda X: X
    seen = apart(model, "predict", X, 2, FakeClock())
    assert seen.names == ("columntransformer", "dummyclassifier")
    assert seen.within == {}


@pytest.mark.parametrize("model", [DummyClassifier(), make_pipeline(DummyClassifier(), len)])
def test_what_cannot_be_taken_apart(model):
    """What has no steps, or breaks when they are run one by one, is not told of."""
    assert apart(model, "predict", np.zeros((3, 1)), 1, FakeClock()) is None
