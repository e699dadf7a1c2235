"""Tests of pytest_mlreqs.models.outputs."""

import numpy as np
import pytest

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.models.outputs import follows, outputs
from pytest_mlreqs.models.scoring import Scorer

ROWS = np.zeros((4, 1))


def scored(output, name="predict"):
    """The scores of four rows of a model that answers `output`."""
    return outputs([Scorer(name, lambda X: output[: len(X)])], ROWS)[0].tolist()


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
    _, again, _ = outputs([score], np.array([["a"], ["b"], ["c"]], dtype=object))
    assert again(np.array([["c"], ["new"]], dtype=object)).tolist() == [[0, 0, 1], [0, 0, 0]]


def test_a_faulty_model():
    """A model is held to its contract."""
    with pytest.raises(Fault, match="returned 1 prediction for 4 rows"):
        scored([1])


def beside(probabilities, labels):
    """The columns of a model that has both, and their names."""
    scorers = [
        Scorer("predict_proba", lambda X: np.asarray(probabilities)),
        Scorer("predict", lambda X: np.asarray(labels)),
    ]
    scores, _, names = outputs(scorers, ROWS)
    return scores.tolist(), names


def test_labels_beside_probabilities():
    """Labels are further columns, and numbers are labels where there are no more than classes."""
    two = [[0.8, 0.2]] * 2 + [[0.3, 0.7]] * 2
    assert beside(two, [0, 1, 0, 1]) == (
        [[0.2, 0], [0.2, 1], [0.7, 0], [0.7, 1]],
        ("predict_proba", "predict"),
    )
    three = [[0.5, 0.3, 0.2]] * 4
    assert [row[3:] for row in beside(three, [0, 1, 2, 1])[0]] == [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
        [0, 1, 0],
    ]
    assert [row[3:] for row in beside(three, [0.5, 1, 2, 3])[0]] == [[0.5], [1], [2], [3]]


def test_labels_that_cannot_be_had():
    """A further output that raises is left out; the first may not raise."""
    score = Scorer("predict_proba", lambda X: np.full((len(X), 2), 0.5))
    broken = Scorer("predict", lambda X: 1 / 0)
    assert outputs([score, broken], ROWS)[2] == ("predict_proba",)
    with pytest.raises(Fault, match="predict raised ZeroDivisionError"):
        outputs([broken, score], ROWS)


def test_labels_that_follow():
    """Labels by one threshold, or by the largest of several scores, follow from the score."""
    score = np.array([0.1, 0.4, 0.3, 0.9])
    two = np.column_stack([1 - score, score])
    for output in (score, two):
        assert follows(np.array(["no", "yes", "no", "yes"]), output)
        assert follows(np.array([1, 1, 1, 0]), output)
        assert not follows(np.array([1, 0, 1, 1]), output)
    assert not follows(np.array([0, 1]), np.array([0.5, 0.5]))
    three = np.array([[0.5, 0.3, 0.2], [0.4, 0.3, 0.3], [0.1, 0.1, 0.8]])
    assert follows(np.array(["a", "a", "c"]), three)
    assert not follows(np.array(["a", "b", "c"]), three)


def test_numbers_beside_words():
    """Each column of an answer of both is taken as what it is."""
    assert scored([[0.1, "a"], [0.2, "b"], [0.3, "b"], [0.4, "a"]]) == [
        [0.1, 0],
        [0.2, 1],
        [0.3, 1],
        [0.4, 0],
    ]


def test_labels_of_different_lengths():
    """Lists of labels are labels themselves."""
    assert scored([["a"], ["a", "b"], ["a"], ["a", "b"]]) == [[1], [0], [1], [0]]
