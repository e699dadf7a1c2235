"""Tests of pytest_mlreqs.measures.association.shared_rows."""

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.core.measurement import Undecided
from pytest_mlreqs.measures.association.shared_rows import shared_rows
from pytest_mlreqs.measures.influence.reading import inputs
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows

GENERATOR = np.random.default_rng(0)
X = pd.DataFrame(
    {
        "sort": GENERATOR.integers(0, 3, 300),
        "size": GENERATOR.normal(size=300),
        "note": [f"note {n} of some words" for n in range(300)],
    }
)


def shared(model, others):
    """What the first 200 rows share with others, of which none is allowed."""
    return shared_rows(inputs(Model(model), Rows(X[:200])), Rows(others, "X_train"), 0)


def test_what_is_read():
    """Rows are compared in what the model reads, where that tells rows apart."""
    others = X[190:].assign(note="other")
    found = shared(lambda X: X["size"] + X["sort"], others)
    assert found.twins.rows == tuple(range(190, 200))
    assert (found.columns, found.others, found.read) == ([0, 1], 110, True)


def test_all_columns():
    """Where what is read is common, all columns may tell copies from coincidences."""
    found = shared(lambda X: X["sort"] * 2.0, X[190:])
    assert (found.columns, found.read) == ([0, 1, 2], False)
    assert found.twins.rows == tuple(range(190, 200))
    for others in (X[200:], X[200:][["sort"]]):
        assert shared(lambda X: X["sort"] * 2.0, others).read is True


def test_labels():
    """Labels do not show all that is read, so that all columns count."""
    found = shared(lambda X: np.where(X["sort"] > 0, "a", "b"), X[190:].assign(note="other"))
    assert (found.columns, found.twins.rows) == ([0, 1, 2], ())


@pytest.mark.parametrize("others", [[1], X.head(0), X[["note"]]])
def test_nothing_to_compare(others):
    """What is no table, or lacks a column that is read, is refused."""
    with pytest.raises(Undecided, match="X_train"):
        shared(lambda X: X["size"].to_numpy(), others)
