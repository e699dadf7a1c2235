"""Deletions as they were rehearsed, with a model that is trained on a few rows."""

import numpy as np
import pandas as pd
from sklearn.neighbors import KNeighborsClassifier

from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal
from pytest_mlreqs.forgetting.rehearsal.run import Seen
from pytest_mlreqs.forgetting.traces.people import People

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
    """A deletion after which the model is trained on so many of the people."""
    people = People.mint(COUNT, seed=1)
    them = trained(list(people) if planted else [], make)
    left = trained(list(people)[:after], make)
    clean = (trained([], make), trained([], make))
    return Rehearsal(
        people=people, clean=clean, planted=them, deleted=left, found={}, left={},
        retrained=lambda: trained(list(people)[:after], make).model,
    )  # fmt: skip
