"""What is found out about slow calls is put into words."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from pytest_mlreqs.measures.timing import causes
from pytest_mlreqs.measures.timing.causes import Causes
from pytest_mlreqs.testing import FakeClock


@pytest.mark.parametrize(
    ("found", "hint"),
    [
        (Causes(), "profile it"),
        (Causes(first="step 'a'"), "profile it, in step 'a' first"),
        (Causes("n_jobs = 1: ...", "step 'a'"), "n_jobs = 1: ..."),
    ],
)
def test_hint(found, hint):
    """Workers that cost more than they save come first, then the step that takes most."""
    assert found.hint("profile it") == hint


def test_of():
    """A pipeline has a table of steps, and what has no steps has nothing to tell."""
    X = np.zeros((6, 2))
    model = make_pipeline(FunctionTransformer(), DummyClassifier()).fit(X, [0, 1] * 3)
    seen = causes.of(model, "predict", X, 1, FakeClock())
    (table,) = seen.evidence
    assert [name for name, *_ in table.rows] == ["functiontransformer", "dummyclassifier"]
    assert causes.of(len, "predict", X, 1, FakeClock()) == Causes()
