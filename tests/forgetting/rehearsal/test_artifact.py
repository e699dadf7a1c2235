"""Tests of pytest_mlreqs.forgetting.rehearsal.artifact."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, StackingClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from pytest_mlreqs.forgetting.rehearsal import artifact
from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal
from pytest_mlreqs.forgetting.rehearsal.run import Seen
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.report.evidence import lines
from tests.forgetting.rehearsal.rehearsals import COUNT, rehearsed


def test_holds_nobody():
    """A model that kept them and was trained anew holds nobody."""
    measured = artifact.holds(rehearsed(0))
    assert measured.ok is True
    assert measured.text == "the model holds none of 8 deleted people"
    assert measured.how.endswith("before the deletion it held 8 of 8 people")
    assert measured.warning == ""


@pytest.mark.parametrize("after", [1, COUNT])
def test_holds_somebody(after):
    """One row of one person is too many, and is told with its path."""
    measured = artifact.holds(rehearsed(after))
    assert (measured.ok, measured.value, measured.limit) == (False, after, 0)
    assert measured.text.startswith(
        f"the model still holds {after} of 8 deleted people: model._fit"
    )
    assert lines(measured)[0].endswith(" person" if after == 1 else " people")


@pytest.mark.parametrize("after", [0, COUNT])
@pytest.mark.parametrize("make", [LogisticRegression, DecisionTreeClassifier])
def test_no_mark(make, after):
    """A model in which planting left no mark, or only splits beside their values, is undecided."""
    measured = artifact.holds(rehearsed(after, make=make))
    assert measured.ok is None
    assert "so this could not have failed" in measured.text
    assert "take `artifact` out of `layers`" in measured.hint


def test_what_is_in_a_model_that_never_saw_them():
    """What a model holds that never saw them is there by chance, and tells of nobody."""
    seen = rehearsed(0)
    rows = seen.planted.data[0].iloc[-COUNT:].to_numpy()

    def with_rows(state):
        state.model.examples_ = rows
        return state

    same = dataclasses.replace(
        seen, clean=tuple(map(with_rows, seen.clean)), deleted=with_rows(seen.deleted)
    )
    assert artifact.holds(same).ok is True
    with_rows(seen.deleted)
    again = dataclasses.replace(seen, clean=rehearsed(0).clean)
    assert artifact.holds(again).ok is False


class Home(ClassifierMixin, BaseEstimator):
    """A model of the project's own: it chooses and scales columns, and keeps its rows within."""

    def fit(self, X, y):
        """Keep the rows."""
        self.scaler = StandardScaler().fit(self.chosen(X))
        self.inner = {"model": SVC().fit(self.scaler.transform(self.chosen(X)), y)}
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        """What the inner model says."""
        return self.inner["model"].predict(self.scaler.transform(self.chosen(X)))

    def chosen(self, X):
        """Columns by position."""
        return np.asarray(X)[:, [0, 1, 3, 4]]


def scaled(model):
    """The model behind a scaler."""
    return make_pipeline(StandardScaler(), model)


MODELS = {
    "neighbours": KNeighborsClassifier,
    "scaled": lambda: scaled(KNeighborsClassifier()),
    "machine": lambda: scaled(SVC()),
    "process": lambda: scaled(GaussianProcessClassifier(optimizer=None)),
    "calibrated": lambda: CalibratedClassifierCV(scaled(KNeighborsClassifier()), cv=3),
    "bagged": lambda: BaggingClassifier(
        scaled(KNeighborsClassifier()), 4, max_features=4, random_state=0
    ),
    "stacked": lambda: StackingClassifier([("knn", scaled(KNeighborsClassifier()))], cv=3),
    "of their own": Home,
}


def credit(planted, make, *, form, left=0):
    """A state of whole numbers that many share, and people whose numbers others have as well."""
    source = np.random.default_rng(0)

    def drawn(n):
        return pd.DataFrame(
            {
                "duration": source.integers(4, 60, n), "amount": 50 * source.integers(5, 200, n),
                "age": source.integers(19, 75, n), "rate": source.integers(1, 5, n),
                "resident": source.integers(1, 5, n), "jobs": source.integers(0, 4, n),
            }
        )  # fmt: skip

    others, theirs = drawn(240), drawn(COUNT)
    X = pd.concat([others, theirs if planted else theirs[:left]], ignore_index=True)
    X, y = form(X), (X["amount"] > 5_000).to_numpy().astype(int)
    return Seen({}, make().fit(X, y), (X, y))


@pytest.mark.parametrize("form", [lambda X: X, lambda X: X.to_numpy().astype("f4")])
@pytest.mark.parametrize("make", MODELS.values(), ids=list(MODELS))
def test_whole_numbers_are_found(make, form):
    """Rows of whole numbers that others share are found in a model that keeps them, scaled too."""
    people = People.mint(COUNT, seed=2)
    clean, planted, stale = (
        credit(planted, make, form=form, left=left)
        for planted, left in ((False, 0), (True, 0), (False, 5))
    )
    given = {"people": people, "clean": (clean, clean), "planted": planted, "found": {}, "left": {}}
    good = artifact.holds(Rehearsal(**given, deleted=clean))
    assert good.ok is True, good.text
    bad = artifact.holds(Rehearsal(**given, deleted=stale))
    assert bad.ok is False, bad.text
