"""The verdicts of forbidden_features on the pipelines that fool other rules."""

import pytest
from sklearn.base import clone

from pytest_mlreqs.requirements.forbidden_features import ForbiddenFeatures
from tests.requirements.pipelines import CASES, people

X, Y = people()


def verdict(case, during, **subjects):
    """What the requirement says of the column in question."""
    requirement = ForbiddenFeatures(columns=(case.column,), reason="protected", during=during)
    (told,) = (m for m in requirement.check(X=X, **subjects) if m.name.startswith(("rows", "held")))
    return told


def fitted(case):
    """The model, trained on the people."""
    return clone(case.train).fit(X, Y) if hasattr(case.train, "fit") else case.train(X, Y)


def test_there_are_28():
    """As many as in the table that set the standard, each with a name of its own."""
    assert len({case.name for case in CASES}) == 28


@pytest.mark.parametrize("case", CASES, ids=str)
def test_at_predict(case):
    """Whether predictions read the column is told rightly for each of them.

    Of a score that is nothing but noise, a small influence cannot be excluded.
    """
    told = verdict(case, "predict", model=fitted(case))
    cleared = None if case.name == "noise, not read" else True
    assert told.ok is (False if case.read else cleared), told.text


@pytest.mark.parametrize("case", CASES, ids=str)
def test_in_fit(case):
    """Whether training depends on the column is told rightly for each of them."""
    told = verdict(case, "fit", y=Y, train=case.train)
    cleared = None if case.name == "noise, not read" else True
    assert told.ok is (False if case.fitted else cleared), told.text
