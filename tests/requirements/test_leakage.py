"""Tests of pytest_mlreqs.requirements.leakage."""

import msgspec
import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.requirements.leakage import Leakage

N = 600
GENERATOR = np.random.default_rng(0)
X = pd.DataFrame(
    {
        "age": GENERATOR.normal(40, 10, N),
        "sex": GENERATOR.choice(["m", "f"], N),
        "boat": "none",
        "id": GENERATOR.permutation(N),
    },
    index=np.arange(N) + 7,
)
Y = pd.Series((X["age"] + GENERATOR.normal(0, 20, N) > 45).astype(int))
X["boat"] = np.where(Y == 1, "boat " + (X["id"] % 9).astype(str), "none")


def reads(*columns):
    """A model that reads these columns."""

    def model(X):
        return sum((X[c].map(repr).map(hash) % 101 for c in columns), 0).to_numpy() / 101.0

    return model


def check(requirement, model, X=X, y=Y, **more):
    """All measurements by name."""
    return {told.name: told for told in requirement.check(model, X, y, **more)}


def test_satisfied():
    """A model of honest inputs is told its best single input, and that it reads no identifier."""
    best, identifiers = check(Leakage(), reads("age", "sex")).values()
    assert best.ok is True
    assert best.text.startswith("AUC of the best single input is 0.")
    assert best.worst[0].startswith("age (0.")
    assert identifiers.text == "identifiers among the inputs: none"


def test_leak():
    """An input that was filled in afterwards is named."""
    told = check(Leakage(), reads("age", "boat"))
    assert told["AUC of boat alone"].ok is False
    assert told["AUC of boat alone"].value > 0.99
    assert told["AUC of boat alone"].hint.startswith("is 'boat' known when")


def test_what_is_not_read_cannot_leak():
    """A frame may hold leaks and identifiers that the model drops."""
    assert all(told.ok for told in check(Leakage(), reads("age")).values())


def test_identifier():
    """An input that names the row is a violation, with why it looks so."""
    told = check(Leakage(), reads("age", "id"))["identifiers among the inputs"]
    assert told.ok is False
    assert told.text == "identifiers among the inputs: 'id'"
    assert told.worst == (
        "id: 600 different values in 600 rows that fill their range, as row numbers do",
    )


def test_allowed():
    """Inputs that are rightly that good, or that telling, are not judged."""
    told = check(Leakage(allowed=("bo*", "id")), reads("age", "boat", "id"))
    assert all(one.ok for one in told.values())


@pytest.mark.parametrize(("limit", "ok"), [(0.70, None), (0.9, True), (0.55, False)])
def test_boundary(limit, ok):
    """At the limit the interval decides, or leaves it open."""
    requirement = Leakage(max_auc=limit, identifiers=False)
    told = next(iter(check(requirement, reads("age")).values()))
    assert told.interval[0] < told.value < told.interval[1]
    assert told.ok is ok, told.text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_auc": 1.5}, "max_auc"),
        ({"max_auc": 0.5}, "max_auc"),
        ({"max_shared_share": -0.1}, "max_shared_share"),
        ({"max_auc": 1, "identifiers": False}, "requires nothing"),
    ],
)
def test_misconfigured(options, words):
    """Limits that cannot be, and a requirement of nothing, are refused."""
    with pytest.raises((msgspec.ValidationError, ValueError), match=words):
        msgspec.convert(options, Leakage)


def test_subjects():
    """Training rows are needed only where they are looked for."""
    assert Leakage().needs() == ("model", "X", "y")
    assert Leakage(max_shared_share=0.0).needs() == ("model", "X", "y", "X_train")


@pytest.mark.parametrize(("copied", "ok"), [(0, True), (30, False)])
def test_shared_rows(copied, ok):
    """Rows that were trained on are counted, though they were numbered anew."""
    train = X.iloc[300:].reset_index(drop=True)
    rows = pd.concat([train.iloc[:copied], X.iloc[copied:300]]).assign(id=np.arange(300) + 10**6)
    requirement = Leakage(max_auc=1, identifiers=False, max_shared_share=0.0)
    (told,) = check(requirement, reads("age"), rows, Y[:300], X_train=train).values()
    assert told.ok is ok, told.text
    assert told.value == pytest.approx(copied / 3)


def test_shared_by_chance():
    """Rows of few values are shared by chance, which is said and no violation."""
    rows = X[["sex"]]
    requirement = Leakage(max_auc=1, identifiers=False, max_shared_share=0.0)
    (told,) = check(requirement, reads("sex"), rows[:300], Y[:300], X_train=rows[300:]).values()
    assert told.ok is True
    assert told.text.endswith("is 100 %, limit 0 %, which chance explains")


@pytest.mark.parametrize(
    ("X", "y", "words"),
    [
        (X[:0], Y[:0], "X has no rows"),
        (X, Y[:10], "X has 600 rows and y has 10"),
        ([1, 2], [0, 1], "X is a list, which has no columns"),
    ],
    ids=["empty", "lengths", "list"],
)
def test_nothing_to_judge(X, y, words):
    """Rows that do not fit leave it undecided, with why."""
    (told,) = check(Leakage(), reads("age"), X, y).values()
    assert told.ok is None
    assert words in told.text


def test_one_class():
    """A target of one class cannot be predicted, well or badly."""
    told = check(Leakage(), reads("age"), y=np.zeros(N))["best single input"]
    assert told.ok is None
    assert "too few rows of each class" in told.text


@pytest.mark.parametrize(
    "y",
    [Y.map({0: "no", 1: "yes"}), Y.to_numpy(), X["age"] + GENERATOR.normal(0, 1, N)],
    ids=["words", "array", "number"],
)
def test_targets(y):
    """The target may be words, an array or a number."""
    told = check(Leakage(max_auc=0.99), reads("age", "boat"), y=y)
    assert all(one.ok is not None for one in told.values())


@pytest.mark.parametrize(
    "model",
    [reads("age"), lambda X: np.where(X["age"] > 40, "old", "young")],
    ids=["scores", "labels"],
)
def test_planted_violations_are_noticed(model):
    """A copy of the target, a row number and training rows are each noticed."""
    requirement = Leakage(max_shared_share=0.0)
    train = X.sample(N, random_state=0).assign(age=lambda X: X["age"] + 1)
    before = X.copy()
    planted = list(requirement.plant(model, X, Y, train))
    assert len(planted) == 3
    for one in planted:
        subjects = {"model": model, "X": X, "y": Y, "X_train": train, **one.subjects}
        assert False in [told.ok for told in requirement.check(**subjects)], one.what
    pd.testing.assert_frame_equal(X, before)
