"""LightGBM is called in the order of its training data or not at all."""

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.measures.influence.ordering import order
from pytest_mlreqs.models import family
from pytest_mlreqs.models.scoring import method, scorer
from pytest_mlreqs.requirements.forbidden_features import ForbiddenFeatures

lightgbm = pytest.importorskip("lightgbm")


def fitted(people, cls=lightgbm.LGBMClassifier, **options):
    """A small model of the people."""
    return cls(n_estimators=8, num_leaves=7, n_jobs=1, verbose=-1, **options).fit(*people)


@pytest.mark.parametrize("bare", [False, True], ids=["estimator", "booster"])
def test_a_column_that_is_read(people, ageless, judged, bare):
    """A column that moves the score is found, and one that no tree splits on is cleared."""
    for rows, ok in ((people, False), (ageless, True)):
        model = fitted(rows)
        (told,) = judged(model.booster_ if bare else model, people[0], "Age")
        assert told.ok is ok
        assert ("predict_proba" in told.text) is not bare


def test_regressor(people, judged):
    """A model without probabilities is judged by what it predicts."""
    (told,) = judged(fitted(people, lightgbm.LGBMRegressor), people[0], "Age")
    assert (told.ok, "moves predict of" in told.text) == (False, True)


@pytest.mark.parametrize("bare", [False, True], ids=["estimator", "booster"])
def test_other_orders_are_refused(people, bare):
    """Columns that LightGBM would silently take for one another are a fault."""
    model = fitted(people)
    model = model.booster_ if bare else model
    told = r"^column 0 of X is 'noise' where the model was trained on 'Age'; LightGBM goes by"
    with pytest.raises(Fault, match=told):
        scorer(model)(people[0].iloc[:, ::-1])
    with pytest.raises(Fault, match=told):
        list(ForbiddenFeatures(columns=("Age",), reason="r").check(model, people[0].iloc[:, ::-1]))


def test_it_is_left_to_itself_silently_wrong(people):
    """The library itself scores reordered columns without a word, as this measure shows."""
    model = fitted(people)
    bare = order(model.predict_proba, people[0])
    assert (bare.reordered, bare.renamed, bare.positional) == ("different", "same", True)
    assert bare.moved > 100
    ours = order(scorer(model), people[0])
    assert (ours.reordered, ours.renamed, ours.moved) == ("refused", "refused", 0)


@pytest.mark.parametrize("frame", ["polars", "pyarrow"])
def test_other_orders_of_other_frames_are_refused(people, frame):
    """Polars frames and Arrow tables are held to the order too, which LightGBM never does."""
    library = pytest.importorskip(frame)
    write = library.from_pandas if frame == "polars" else library.Table.from_pandas
    model = fitted(people)
    pd.testing.assert_frame_equal(
        pd.DataFrame(scorer(model)(write(people[0]))), pd.DataFrame(model.predict_proba(people[0]))
    )
    with pytest.raises(Fault, match="goes by position"):
        scorer(model)(write(people[0].iloc[:, ::-1]))


def test_blanks_in_names(people, judged):
    """LightGBM's own check refuses every frame with a blank in a name; this one does not."""
    X = people[0].rename(columns={"Age": "age in years"})
    model = fitted((X, people[1]))
    assert family.inputs(model) == ("age_in_years", "income", "noise")
    (told,) = judged(model, X, "age in years")
    assert told.ok is False


def test_trained_on_an_array(people, judged):
    """Without names in training there is nothing to compare, and the frame is scored."""
    model = fitted((people[0].to_numpy(), people[1]))
    assert family.inputs(model) is None
    assert judged(model, people[0], "Age")[0].ok is False


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_an_array_is_named_by_the_model(people, judged):
    """The names of a model that was fitted on a frame are those of an array's columns."""
    for column, ok in (("Age", False), ("ssn", True)):
        assert judged(fitted(people), people[0].to_numpy(), column)[0].ok is ok


def test_categories(people, judged):
    """A categorical column keeps its categories on the way to the model."""
    sex = pd.Categorical(np.where(people[1] == 1, "f", "m"))
    X = people[0].assign(sex=sex)
    assert judged(fitted((X, people[1])), X, "sex")[0].ok is False


def test_unfitted(people):
    """A model that was never fitted is told by its own error."""
    with pytest.raises(Fault, match="NotFittedError"):
        scorer(lightgbm.LGBMClassifier())(people[0])


def test_a_subclass_is_called_alike(people):
    """A class of the project's own that derives from LightGBM's is held to the order too."""

    class Ours(lightgbm.LGBMClassifier):
        """With a method of its own signature."""

        def predict_proba(self, X):
            return super().predict_proba(X)

    model = fitted(people, Ours)
    with pytest.raises(Fault, match="goes by position"):
        method(model, "predict_proba")(people[0].iloc[:, ::-1])
    assert not family.drops(model, "ssn")


def test_order_is_a_finding(people):
    """That LightGBM scores columns in another order without a word is told beside the verdict."""
    requirement = ForbiddenFeatures(columns=("ssn",), reason="protected")
    told = {m.name: m for m in requirement.check(fitted(people), people[0])}
    assert told["order of columns"].ok is True
    assert told["order of columns"].text.startswith(
        "the model goes by the position of columns: in another order predict_proba of "
    )
