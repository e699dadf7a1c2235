"""XGBoost's estimators are called as they are, a bare Booster through a DMatrix."""

import numpy as np
import pytest

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.measures.influence.ordering import order
from pytest_mlreqs.models import family
from pytest_mlreqs.models.scoring import method, scorer

xgboost = pytest.importorskip("xgboost")


def fitted(people, cls=xgboost.XGBClassifier, **options):
    """A small model of the people."""
    return cls(n_estimators=8, max_depth=3, n_jobs=1, **options).fit(*people)


@pytest.mark.parametrize("bare", [False, True], ids=["estimator", "booster"])
@pytest.mark.parametrize("shape", ["frame", "array"])
def test_a_column_that_is_read(people, ageless, judged, bare, shape):
    """A column that moves the score is found, and one that no tree splits on is cleared."""
    X = people[0] if shape == "frame" else people[0].to_numpy()
    for rows, ok in ((people, False), (ageless, True)):
        model = fitted(rows)
        (told,) = judged(model.get_booster() if bare else model, X, "Age")
        assert told.ok is ok
        assert ("predict_proba" in told.text) is not bare


@pytest.mark.parametrize("frame", ["polars", "pyarrow"])
def test_a_booster_takes_other_frames(people, judged, frame):
    """A Polars frame or an Arrow table is written back for the model, and judged the same."""
    library = pytest.importorskip(frame)
    write = library.from_pandas if frame == "polars" else library.Table.from_pandas
    (told,) = judged(fitted(people).get_booster(), write(people[0]), "Age")
    assert told.ok is False


def test_labels_only(people, judged):
    """A booster that predicts labels is judged by its margins."""
    matrix = xgboost.DMatrix(*people)
    for options in ({"objective": "multi:softmax", "num_class": 2}, {"objective": "binary:hinge"}):
        booster = xgboost.train(options, matrix, 5)
        (told,) = judged(booster, people[0], "Age")
        assert "moves decision_function of" in told.text
        assert set(np.unique(method(booster, "predict")(people[0]))) == {0.0, 1.0}


def test_order(people):
    """Another order and other names are refused, by XGBoost itself."""
    for model in (fitted(people), fitted(people).get_booster()):
        seen = order(scorer(model), people[0])
        assert (seen.reordered, seen.renamed, seen.positional) == ("refused", "refused", False)


def test_inputs(people):
    """The names in training, from the estimator and from the booster; none after an array."""
    model = fitted(people)
    assert family.inputs(model) == family.inputs(model.get_booster()) == tuple(people[0])
    assert family.inputs(fitted((people[0].to_numpy(), people[1]))) is None
    assert family.inputs(xgboost.XGBClassifier()) is None


def test_trained_on_an_array(people, judged):
    """A booster without names scores a frame."""
    model = fitted((people[0].to_numpy(), people[1])).get_booster()
    assert judged(model, people[0], "Age")[0].ok is False


def test_a_method_that_a_booster_lacks(people):
    """What a booster does not have is told with what it has."""
    with pytest.raises(DeclarationError, match=r"\(Booster\) has no transform: it has predict"):
        method(fitted(people).get_booster(), "transform")
