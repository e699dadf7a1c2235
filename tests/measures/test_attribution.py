"""Times of calls are attributed to the steps of a pipeline."""

import itertools

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from pytest_mlreqs.measures.attribution import apart, attribute


class Clock:
    """Seconds that pass only in steps."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def step(self, seconds):
        """A step that adds one, and takes so long on the input 7."""

        def run(value):
            self.now += seconds * (10 if value == 7 else 1)
            return value + 1

        return run


def test_known_times():
    """Each step has its median, and its part of the slowest call; each gets what the last gave."""
    clock = Clock()
    steps = [("first", clock.step(0.001)), ("second", clock.step(0.004))]
    seen = attribute(steps, [1, 2, 7, 3, 4], clock=clock)
    assert seen.names == ("first", "second")
    assert seen.typical == pytest.approx((1, 4))
    assert seen.slowest == pytest.approx((10, 4))
    assert seen.culprit == "first"
    assert seen.cells()[1:] == [("first", "1", "10"), ("second", "4", "4")]


def test_no_culprit():
    """Where no step takes most of the slowest call, none is singled out."""
    clock = Clock()
    steps = [(name, clock.step(0.001)) for name in "abc"]
    assert attribute(steps, [1], clock=clock).culprit == ""


def test_no_time():
    """Slow pipelines are not run for more than a few seconds."""
    clock = Clock()
    seen = attribute([("slow", clock.step(3.0))], itertools.repeat(1), clock=clock)
    assert seen.typical == pytest.approx((3000,))
    assert clock.now == 6


def test_a_pipeline():
    """The rows of a call go through all steps, those that are asked for and others."""
    sizes = []
    step = FunctionTransformer(lambda X: sizes.append(len(X)) or X)
    X = np.zeros((6, 1))
    model = make_pipeline(step, DummyClassifier()).fit(X, [0, 1] * 3)
    sizes.clear()
    assert apart(model, "predict", X, 4, [5]).names == ("functiontransformer", "dummyclassifier")
    assert sizes == [1] + [4] * 20


@pytest.mark.parametrize("model", [DummyClassifier(), make_pipeline(DummyClassifier(), len)])
def test_what_cannot_be_taken_apart(model):
    """What has no steps, or breaks when they are run one by one, is not told of."""
    assert apart(model, "predict", np.zeros((3, 1)), 1) is None
