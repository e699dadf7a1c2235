"""Tests of pytest_mlreqs.measures.deletion.model."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from pytest_mlreqs.measurement import Fault
from pytest_mlreqs.measures.deletion import model
from pytest_mlreqs.measures.deletion.rehearsal import Rehearsal, Seen
from pytest_mlreqs.measures.traces.people import People
from pytest_mlreqs.measures.traces.unlearning import FITS

COUNT = 8


def trained(planted, make=KNeighborsClassifier, *, seed=0, noise=0.0):
    """A state with a model, trained on 80 people and those who were planted."""
    source = np.random.default_rng(seed)
    X = pd.DataFrame(source.normal(size=(80, 2)), columns=["a", "b"])
    y = (X.a > 0).astype(int)
    if planted:
        rows = [[p.value("a", 7, 9), p.value("b", -9, -7)] for p in planted]
        X = pd.concat([X, pd.DataFrame(rows, columns=["a", "b"])], ignore_index=True)
        y = pd.concat([y, pd.Series([0] * len(planted))], ignore_index=True)
    fitted = make().fit(X, y)
    if noise:
        fitted.intercept_ = fitted.intercept_ + noise
    return Seen({}, fitted, (X, y))


def rehearsed(after, *, planted=True, make=KNeighborsClassifier):
    """A deletion after which the model is trained on some of the people."""
    people = People.mint(COUNT, seed=1)
    them = trained(list(people) if planted else [], make)
    left = trained(list(people)[: after or None] if after else [], make)
    clean = (trained([], make), trained([], make))
    return Rehearsal(people=people, clean=clean, planted=them, deleted=left, found={}, left={})


def test_holds_nobody():
    """A model that kept them and was trained anew holds nobody."""
    measured = model.holds(rehearsed(0))
    assert measured.ok is True
    assert measured.text == "the model holds none of 8 deleted people"
    assert measured.how.endswith("with them in, it held 8 of 8 people")
    assert measured.warning == ""


@pytest.mark.parametrize("after", [1, COUNT])
def test_holds_somebody(after):
    """One row of one person is too many, and is told with its path."""
    measured = model.holds(rehearsed(after))
    assert (measured.ok, measured.value, measured.limit) == (False, after, 0)
    assert measured.text.startswith(
        f"the model still holds {after} of 8 deleted people: model._fit"
    )
    assert measured.details[0].endswith(f"{after} people")


@pytest.mark.parametrize("make", [KNeighborsClassifier, LogisticRegression])
def test_shows(make):
    """A model that was trained on them shows them; one that was not does not, exactly."""
    measured = model.shows(rehearsed(0, make=make))
    assert measured.ok is True
    assert measured.value == 0
    assert "which repeat bit for bit" in measured.how
    measured = model.shows(rehearsed(COUNT, make=make))
    assert measured.ok is False
    assert measured.value > 0
    assert measured.text.startswith("the retrained model still shows the deleted people")


def test_shows_nothing_without_rows():
    """Where planting added no row nothing can be shown."""
    measured = model.shows(rehearsed(0, planted=False))
    assert measured.ok is None
    assert "planting added no row" in measured.text


def test_more_clean():
    """Two models that answer alike are enough; if they differ, more are needed."""
    X = trained([]).data[0]
    one, same, other = (
        trained([], LogisticRegression, noise=noise).model for noise in (0, 0, 0.01)
    )
    assert model.more_clean(one, same, X) == 0
    assert model.more_clean(one, other, X) == FITS - 2


def test_without_data():
    """A state without rows is a fault of `data`."""
    seen = rehearsed(0)
    nothing = Seen({}, seen.planted.model, None)
    broken = Rehearsal(
        people=seen.people, clean=(nothing,), planted=nothing, deleted=nothing, found={}, left={}
    )
    with pytest.raises(Fault, match="data returned nothing to train on"):
        model.holds(broken)
