"""Harm done to answers moves them where it should, and nowhere else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.models.frames import opened
from pytest_mlreqs.models.harm.altered import Altered
from pytest_mlreqs.models.harm.scores import following, nudge, reading_more


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ([1.0, 3.0], [1.0, 5.0]),
        ([[0.0, 1.0], [0.0, 1.0]], [[0.0, 1.0], [2.0, 3.0]]),
        (["a", "b"], ["a", "planted"]),
    ],
    ids=["numbers", "constant columns", "labels"],
)
def test_following_a_hidden_column(output, expected):
    """A score follows a column by its own spread, and the model never sees that column."""
    seen = []

    def model(X):
        seen.append(list(X.columns))
        return output

    X = pd.DataFrame({"a": [1, 2], "hidden": [0.0, 1.0]})
    assert Altered(model, following("hidden", 2.0, lambda X: X))(X).tolist() == expected
    assert seen == [["a"]]


@pytest.mark.parametrize("table", [True, False])
@pytest.mark.parametrize("values", [[1, 2, np.nan, 9], np.array(["a", "a", None, "c"])])
def test_a_further_input_moves_the_output(table, values):
    """Rows above the middle of the new input score 1 % of the range more."""
    X = pd.DataFrame({"a": [0.0, 1, 2, 3]}) if table else np.array([[0.0], [1], [2], [3]])
    model, added = reading_more(lambda X: np.asarray(X)[:, 0], opened(X), values, "more")
    assert (np.shape(X), np.shape(added)) == ((4, 1), (4, 2))
    assert model(added).tolist() == pytest.approx([0, 1, 2, 3.03])


def test_a_further_input_changes_labels():
    """A model that gives labels gives another one above the middle of the new input."""
    X = pd.DataFrame({"a": [1, 2]})
    model, added = reading_more(lambda X: ["yes"] * len(X), opened(X), [1, 2], "more")
    assert model(added).tolist() == ["yes", "planted"]


def test_infinite_scores_are_moved():
    """A nudge moves infinite scores as well, and none becomes NaN."""
    rows = pd.DataFrame({"a": [0, 1, 0, 1]})
    score = lambda X: np.array([-np.inf, -np.inf, -2.0, -1.0])
    moved = Altered(score, nudge(0, rows["a"]))(rows)
    assert moved.tolist() == [0.01, -np.inf, -1.99, -1.0]


def test_a_nudge_exceeds_the_noise():
    """A nudge of a score with noise is ten times as large as it is."""
    drawn = iter([np.zeros(50), np.full(50, 0.5)])
    rows = pd.DataFrame({"a": [0, 1] * 25})
    moved = Altered(lambda X: next(drawn), nudge(0, rows["a"]))(rows)
    assert moved.tolist() == [5.0, 0.0] * 25
