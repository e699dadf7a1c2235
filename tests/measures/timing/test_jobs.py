"""Workers that are started for a call are held against the call without them."""

import threading

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from pytest_mlreqs.measures.timing import jobs
from pytest_mlreqs.measures.timing.jobs import Jobs, alone
from pytest_mlreqs.testing import FakeClock

X = np.zeros((6, 2))
CLOCK = FakeClock()


class Slow(BaseEstimator):
    """Takes two milliseconds for each of its workers."""

    def __init__(self, n_jobs=None, *, broken=False):
        self.n_jobs = n_jobs
        self.broken = broken
        if broken:
            self.lock = threading.Lock()  # of which there are no copies

    def fit(self, X, y=None):
        """Learn nothing."""
        self.fitted_ = True
        return self

    def predict(self, X):
        """Zeros."""
        CLOCK.sleep(0.002 * (self.n_jobs or 1))
        return np.zeros(len(X))


def test_workers_take_time():
    """A call without workers is timed beside the call as it is, and the model keeps them."""
    model = make_pipeline(FunctionTransformer(), Slow(4)).fit(X)
    seen = alone(model, "predict", X, 1, CLOCK)
    assert seen.names == ("slow__n_jobs",)
    assert (seen.ms, seen.alone_ms) == pytest.approx((8, 2), abs=0.01)
    assert model[-1].n_jobs == 4


@pytest.mark.parametrize("model", [Slow(), Slow(1), len, Slow(2, broken=True)])
def test_nothing_to_compare(model):
    """What starts no workers, has no parameters or cannot be copied is not called at all."""
    assert alone(model, "predict", X, 1, CLOCK) is None


def test_long_calls(monkeypatch):
    """A call that takes long is made once only, as starting workers takes little of it."""
    monkeypatch.setattr(jobs, "_LONG_MS", 1.0)
    assert alone(Slow(2), "predict", X, 1, CLOCK) is None


@pytest.mark.parametrize(
    ("names", "ms", "told"),
    [
        (("n_jobs",), 10.0, "n_jobs = 1: a call takes 8 ms then, not 10"),
        (("a__n_jobs", "b"), 20.0, "a__n_jobs (and 1 more) = 1: a call takes 8 ms then, not 20"),
        (("n_jobs",), 9.9, ""),
    ],
)  # fmt: skip
def test_a_hint(names, ms, told):
    """It is worth a word from a fifth of the time on."""
    assert Jobs(names, ms, 8.0).hint() == told
