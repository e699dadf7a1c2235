"""CatBoost is called as it is; its base class scores without probabilities."""

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.measures.influence.ordering import order
from pytest_mlreqs.models import family
from pytest_mlreqs.models.scoring import scorer

catboost = pytest.importorskip("catboost")


def fitted(people, cls=catboost.CatBoostClassifier, **options):
    """A small model of the people."""
    quiet = {"verbose": 0, "allow_writing_files": False, "thread_count": 1}
    return cls(iterations=8, depth=3, **quiet, **options).fit(*people)


def test_a_column_that_is_read(people, ageless, judged):
    """A column that moves the score is found, and one that no tree splits on is cleared."""
    for rows, ok in ((people, False), (ageless, True)):
        (told,) = judged(fitted(rows), people[0], "Age")
        assert (told.ok, "predict_proba" in told.text) == (ok, True)


@pytest.mark.parametrize("loss", ["Logloss", "MultiClass", "RMSE"])
def test_the_base_class(people, judged, loss):
    """The base class has no probabilities, and its raw scores are no labels."""
    model = catboost.CatBoost(
        {"loss_function": loss, "iterations": 8, "verbose": 0, "allow_writing_files": False}
    ).fit(*people)
    (told,) = judged(model, people[0], "Age")
    assert (told.ok, "moves predict of" in told.text) == (False, True)
    assert "labels only" not in told.how


def test_an_array_is_named_by_the_model(people, judged):
    """The names of a model that was fitted on a frame are those of an array's columns."""
    model = fitted(people)
    assert family.inputs(model) == tuple(people[0])
    assert judged(model, people[0].to_numpy(), "Age")[0].ok is False
    assert family.inputs(fitted((people[0].to_numpy(), people[1]))) is None
    assert family.inputs(catboost.CatBoostClassifier()) is None


def test_polars(people, judged):
    """A Polars frame is written back for the model."""
    polars = pytest.importorskip("polars")
    assert judged(fitted(people), polars.from_pandas(people[0]), "Age")[0].ok is False


def test_order(people):
    """CatBoost finds its columns by name, and refuses names that it has never seen."""
    seen = order(scorer(fitted(people)), people[0])
    assert (seen.reordered, seen.renamed, seen.positional) == ("same", "refused", False)


def test_text_categories(people, judged):
    """A column of text that the model takes as categories is judged by values that occur."""
    sex = np.where(people[1] == 1, "f", "m")
    X = pd.DataFrame({"sex": sex, "income": people[0]["income"]})
    model = fitted((X, people[1]), cat_features=["sex"])
    assert judged(model, X, "sex")[0].ok is False


def test_labels_only(people, judged):
    """Where nothing but labels can be had, they are what is judged, and that is said."""

    class Labels:
        """Hides everything but the labels."""

        def __init__(self, model):
            self.predict = model.predict

    (told,) = judged(Labels(fitted(people)), people[0], "Age")
    assert (told.ok, "labels only" in told.how) == (False, True)
