"""Kinds that perturb rows do so in frames of any sort, which the model gets as they are."""

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.requirements.forbidden_features import ForbiddenFeatures
from pytest_mlreqs.requirements.leakage import Leakage
from pytest_mlreqs.requirements.proxies import Proxies
from pytest_mlreqs.requirements.reasons import Reasons

GENERATOR = np.random.default_rng(0)
FRAME = pd.DataFrame(GENERATOR.normal(size=(1_500, 3)), columns=["age", "income", "noise"])
Y = (FRAME["income"] + GENERATOR.normal(size=1_500) > 0).astype(int)
RACE = pd.DataFrame({"race": np.where(FRAME["age"] > 0, "a", "b")})


class Reads:
    """A model of one column of a frame of any sort, which it must get as that sort."""

    feature_names_in_ = np.array(["age", "income", "noise"])

    def __init__(self, sort, column):
        self.sort = sort
        self.column = column

    def predict(self, X):
        assert isinstance(X, self.sort)
        at = list(self.feature_names_in_).index(self.column)
        return np.asarray(X[:, at] if self.sort is np.ndarray else X[self.column])


def rows(sort):
    """The frame as that sort, and its class."""
    if sort == "array":
        return FRAME.to_numpy(), np.ndarray
    library = pytest.importorskip({"polars": "polars", "arrow": "pyarrow"}[sort])
    if sort == "polars":
        return library.DataFrame(
            {name: FRAME[name].to_numpy() for name in FRAME}
        ), library.DataFrame
    return library.Table.from_pandas(FRAME), library.Table


KINDS = {
    "forbidden_features": (ForbiddenFeatures(columns=("age",), reason="r"), {}),
    "training": (ForbiddenFeatures(columns=("age",), reason="r", during="both"), {"y": Y}),
    "reasons": (Reasons(watch=("age",), reason="r", top=1, rows=50), {}),
    "leakage": (Leakage(max_auc=0.9, no_identifiers=False), {"y": Y}),
    "proxies": (
        Proxies(attributes=("race",), reason="r", legitimate=()),
        {"protected": RACE},
    ),
}


@pytest.mark.parametrize("sort", ["array", "polars", "arrow"])
@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind, sort):
    """What a model must not do is found in any frame, and an innocent one is not accused."""
    requirement, more = KINDS[kind]
    X, cls = rows(sort)

    def told(column, **harmed):
        model = Reads(cls, column)
        subjects = {"model": model, "X": X, "train": lambda X, y: model, **more, **harmed}
        return [
            m.ok for m in requirement.check(**{n: subjects[n] for n in requirement.needs()})
        ], subjects

    innocent, subjects = told("income")
    assert False not in innocent
    if kind in ("forbidden_features", "reasons", "proxies"):
        assert False in told("age")[0]
    wanted = {name: subjects[name] for name in requirement.needs()}
    planted = list(requirement.plant(**wanted))
    assert planted
    for one in planted:
        assert False in told("income", **one.subjects)[0], one.what
