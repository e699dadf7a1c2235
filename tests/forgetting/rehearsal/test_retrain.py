"""Tests of pytest_mlreqs.forgetting.rehearsal.retrain."""

import dataclasses
import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.forgetting.rehearsal import retrain
from pytest_mlreqs.forgetting.traces.unlearning import FEW, FITS
from tests.forgetting.rehearsal.rehearsals import COUNT, rehearsed, trained

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "unlearning_verdicts.py"


@pytest.mark.parametrize("make", [KNeighborsClassifier, LogisticRegression])
def test_shows(make):
    """A model that was trained on them shows them; one that was not does not."""
    measured = retrain.shows(rehearsed(0, make=make))
    assert (measured.ok, measured.value, measured.unit) == (True, 0, "%")
    assert "2 trainings without them agree" in measured.how
    measured = retrain.shows(rehearsed(COUNT, make=make))
    assert (measured.ok, measured.value) == (False, 100)
    assert measured.text.endswith("it is the same as with them")
    measured = retrain.shows(rehearsed(2, make=make))
    assert (measured.ok, measured.value > 1) == (False, True)
    assert measured.text.endswith("% of their effect is still there")
    assert "wrong alarms: at most 1.6 %" in measured.how


def test_shows_nothing_without_rows():
    """Where planting added no row nothing can be shown."""
    measured = retrain.shows(rehearsed(0, planted=False))
    assert measured.ok is None
    assert "planting added no row" in measured.text


def test_a_training_that_is_not_repeated_accuses_nobody():
    """One model that differs is no proof, as the next training might not."""
    measured = retrain.shows(dataclasses.replace(rehearsed(2), retrained=None))
    assert measured.ok is None
    assert "was not trained again" in measured.text


def test_columns_that_only_the_planted_have():
    """Where models take other columns with the people in, nobody is to blame."""
    seen = rehearsed(0)
    X, y = seen.planted.data
    wide = X.assign(c=1.0)
    planted = dataclasses.replace(
        seen.planted, model=KNeighborsClassifier().fit(wide, y), data=(wide, y)
    )
    measured = retrain.shows(dataclasses.replace(seen, planted=planted))
    assert measured.ok is None
    assert "the models do not all answer for the same rows" in measured.text


def test_rows_that_only_the_planted_model_takes():
    """Where other models refuse the rows of the planted, rows of others are compared."""

    class Strict(KNeighborsClassifier):
        def predict_proba(self, X):
            if np.asarray(X).max() > 5 and not self.far:
                raise ValueError("out of range")
            return super().predict_proba(X)

        def fit(self, X, y):
            self.far = np.asarray(X).max() > 5
            return super().fit(X, y)

    measured = retrain.shows(rehearsed(0, make=Strict))
    assert "0 rows of theirs" not in measured.how
    assert measured.ok is not False


def test_another_order_of_rows():
    """The same rows in another order after the deletion accuse nobody by the last digits."""
    seen = rehearsed(0, make=LogisticRegression)
    X, y = seen.deleted.data
    X, y = X[::-1], y[::-1]
    model = LogisticRegression().fit(X, y)
    model.coef_ = model.coef_ * (1 + 1e-4)
    deleted = dataclasses.replace(seen.deleted, model=model, data=(X, y))
    measured = retrain.shows(dataclasses.replace(seen, deleted=deleted, retrained=lambda: model))
    assert measured.ok is True
    assert measured.value < 1


def test_more_clean():
    """Two models that are the same in all are enough; if they differ, more are needed."""
    X = trained([]).data[0]
    one, same, other = (
        trained([], LogisticRegression, noise=noise).model for noise in (0, 0, 0.01)
    )
    assert retrain.more_clean(one, same, X) == 0
    assert retrain.more_clean(one, other, X) == FITS - FEW
    same.seed_ = 7  # it answers alike, and was trained otherwise
    assert retrain.more_clean(one, same, X) == FITS - FEW


def test_without_data():
    """A state without rows is an error of what is declared."""
    seen = rehearsed(0)
    nothing = dataclasses.replace(seen.planted, data=None)
    broken = dataclasses.replace(seen, clean=(nothing,), planted=nothing, deleted=nothing)
    with pytest.raises(DeclarationError, match="data returned nothing to train on"):
        retrain.shows(broken)


def test_a_frame_of_one_row_more_than_is_asked():
    """Rows of others are taken from all over a large frame."""
    X = pd.DataFrame({"a": np.arange(5_001)})
    assert retrain._sample(X)["a"].max() > 4_990


@pytest.mark.parametrize(
    ("estimator", "seeds", "kind"),
    [
        ("tree, labels", "no seed", "array"),
        ("sgd", "no seed", "frame"),
        ("tree", "seeded", "array"),
    ],
)
def test_error_rates(estimator, seeds, kind):
    """Of a few trials of the benchmark, all people left are found, and nobody else."""
    spec = importlib.util.spec_from_file_location("unlearning_verdicts", BENCHMARK)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    said = benchmark.trial("titanic", estimator, seeds, kind, 0)
    assert [said[outcome][0] for outcome in benchmark.OUTCOMES] == [True, False, False, False]
