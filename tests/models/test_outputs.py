"""Tests of pytest_mlreqs.models.outputs."""

import numpy as np
import pytest

from pytest_mlreqs.measurement import Fault
from pytest_mlreqs.models.outputs import outputs
from pytest_mlreqs.models.scoring import Scorer

ROWS = np.zeros((4, 1))


def scored(output, name="predict"):
    """The scores of four rows of a model that answers `output`."""
    return outputs(Scorer(name, lambda X: np.asarray(output)[: len(X)]), ROWS)[0].tolist()


def test_probabilities_of_two_classes():
    """Of two classes the second is the score."""
    assert scored([[0.8, 0.2]] * 4, "predict_proba") == [[0.2]] * 4


def test_probabilities_of_three_classes():
    """Of three classes each is."""
    assert scored([[0.5, 0.3, 0.2]] * 4, "predict_proba") == [[0.5, 0.3, 0.2]] * 4


def test_two_numbers():
    """Two outputs that are no probabilities are two."""
    assert scored([[1, 2]] * 4) == [[1, 2]] * 4


@pytest.mark.parametrize("output", [[0, 1, 1, 0], [False, True, True, False], ["a", "b", "b", "a"]])
def test_two_labels(output):
    """Two labels are 0 and 1."""
    assert scored(output) == [[0], [1], [1], [0]]


def test_three_labels():
    """Three labels are a column each."""
    assert scored(["a", "c", "b", "a"]) == [[1, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]]


def test_one_label():
    """A single label is a score that never moves."""
    assert scored(["a"] * 4) == [[1]] * 4


def test_infinite():
    """Infinite scores lie beyond the finite ones by their range, and are told apart without any."""
    assert scored([-np.inf, 1, 2, np.inf]) == [[0], [1], [2], [3]]
    assert scored([-np.inf, np.inf] * 2) == [[-1], [1]] * 2
    assert scored([np.inf] * 4) == [[1]] * 4


def test_other_rows_in_the_same_way():
    """Labels mean the same for other rows, however many of them occur there."""
    score = Scorer("predict", lambda X: X[:, 0])
    _, again = outputs(score, np.array([["a"], ["b"], ["c"]], dtype=object))
    assert again(np.array([["c"], ["new"]], dtype=object)).tolist() == [[0, 0, 1], [0, 0, 0]]


def test_a_faulty_model():
    """A model is held to its contract."""
    with pytest.raises(Fault, match="returned 1 predictions for 4 rows"):
        scored([1])
