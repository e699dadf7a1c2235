"""Tests of pytest_mlreqs.requirements.reasons."""

import subprocess
import sys

import msgspec
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pytest_mlreqs.core.measurement import Fault, Undecided
from pytest_mlreqs.report.evidence import worst
from pytest_mlreqs.requirements.forbidden_features import ForbiddenFeatures
from pytest_mlreqs.requirements.reasons import Reasons


def frame(rows=400):
    """People with a zip code, and five numbers."""
    generator = np.random.default_rng(0)
    X = pd.DataFrame(generator.normal(size=(rows, 5)), columns=["a", "b", "c", "d", "e"])
    return X.assign(zip=generator.choice(["N1", "N2", "S1", "S2"], rows))


X = frame()
Y = (X["a"] + 2 * (X["zip"] == "N1") + np.random.default_rng(1).normal(size=400) > 0.5).astype(int)
ZIP = Reasons(watch=("zip",), reason="stands in for origin")


def fitted(*columns, text=("zip",)):
    """A logistic regression on these columns."""
    steps = make_column_transformer(
        (StandardScaler(), list(columns)), (OneHotEncoder(sparse_output=False), list(text))
    )
    return make_pipeline(steps, LogisticRegression()).fit(X, Y)


def check(requirement, model, X=X):
    """All measurements."""
    return list(requirement.check(model, X))


def test_satisfied():
    """A model that drops the column passes, with the bound for rows that were not drawn."""
    (told,) = check(ZIP, fitted("a", "b", text=()))
    assert told.ok is True
    assert told.text == (
        "share of rows with 'zip' as a top reason is 0 % (95 % interval 0 to 1.83), limit 5 %"
    )
    assert told.how == (
        "predict_proba on 200 of 400 rows, 6 columns x 50 values, 4 calls, effects up to 0 ignored"
    )


def test_violated():
    """A model that decides by the column fails, with the rows of the largest effect."""
    (told,) = check(ZIP, fitted("a"))
    assert told.ok is False
    assert told.name == "share of rows with 'zip' as a top reason"
    assert told.value == 100.0
    assert told.limit == 5.0
    assert len(worst(told)) == 5
    effects = [float(one.split("(")[1].rstrip(")")) for one in worst(told)]
    assert effects == sorted(effects, reverse=True)


def test_read_but_no_main_reason():
    """A column that is read passes where others decide: what `forbidden_features` would refuse."""
    model = lambda Z: 5 * (Z["a"] + Z["b"] + Z["c"]) + 0.01 * (Z["zip"] == "N1")
    assert [told.ok for told in check(ZIP, model)] == [True]
    (read,) = ForbiddenFeatures(columns=("zip",), reason="r").check(model, X)
    assert read.ok is False


def test_top():
    """With fewer reasons to a row a column is a reason less often."""
    model = lambda Z: 9 * Z["a"] + 9 * Z["b"] + (Z["zip"] == "N1")
    told = [check(Reasons(watch=("zip",), reason="r", top=top), model)[0].ok for top in (1, 3)]
    assert told == [True, False]


@pytest.mark.parametrize(("limit", "ok"), [(0.25, True), (0.2475, False)])
def test_boundary(limit, ok):
    """Where all rows are taken a share that equals the limit is within it, and one row more not."""
    flagged = pd.DataFrame({"who": range(400), "zip": ["N1", "S1"] * 200})
    model = lambda Z: np.where(Z["who"] < 100, (Z["zip"] == "N1") * 1.0, 0.0)
    requirement = Reasons(watch=("zip",), reason="r", max_share=limit, rows=400, top=2)
    (told,) = check(requirement, model, flagged)
    assert (told.value, told.interval, told.ok) == (25.0, None, ok)


def test_undecided():
    """A share too near the limit for the rows drawn says how many would do, and those do."""
    X = frame(20_000)
    model = lambda Z: np.where(Z["a"] < -1.4, 9.0 * (Z["zip"] == "N1"), 0.0)
    few = Reasons(watch=("zip",), reason="r", max_share=0.1, top=1)
    (told,) = check(few, model, X)
    assert told.ok is None
    assert "undecided because 200 rows are too few to settle it; about" in told.text
    rows = int(told.hint.removeprefix("rows = "))
    assert 200 < rows < 20_000
    (told,) = check(msgspec.structs.replace(few, rows=rows), model, X)
    assert told.ok is True


def test_never_is_for_all_rows():
    """A limit of 0 is kept only by all rows; a sample without a hit is undecided."""
    requirement = Reasons(watch=("zip",), reason="r", max_share=0.0)
    (told,) = check(requirement, fitted("a", text=()))
    assert (told.ok, told.hint) == (None, "rows = 400")
    (told,) = check(msgspec.structs.replace(requirement, rows=400), fitted("a", text=()))
    assert told.ok is True


def test_noise_is_undecided():
    """A model that answers at random is neither accused nor acquitted, and told what helps."""
    generator = np.random.default_rng(0)
    (told,) = check(ZIP, lambda Z: generator.random(len(Z)))
    assert told.ok is None
    assert told.text.endswith("in 200 rows the effects are too close or too noisy to rank")
    assert told.hint == "raise redraws; if the model answers at random, seed it"


@pytest.mark.parametrize(
    "options",
    [
        {"watch": [], "reason": "r"},
        {"watch": ["a"]},
        {"watch": ["a"], "reason": "r", "max_share": 1.0},
        {"watch": ["a"], "reason": "r", "top": 0},
        {"watch": ["a"], "reason": "r", "explain": "eli5"},
    ],
)
def test_misconfigured(options):
    """What to watch and why must be given, and a limit that nothing can break is none."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(options, Reasons)


def test_globs():
    """A glob watches every column that it matches, each with a measurement of its own, once."""
    watch = Reasons(watch=("[ab]", "a", "zip"), reason="r", top=1)
    told = check(watch, lambda Z: Z["b"].to_numpy())
    names = [measurement.name.split("'")[1] for measurement in told]
    assert names == ["a", "b", "zip"]
    assert [measurement.ok for measurement in told] == [True, False, True]


def test_no_such_column():
    """A watched name that is no column is undecided, and the others are judged."""
    told = check(Reasons(watch=("zip_code", "zip"), reason="r"), fitted("a"))
    assert [measurement.ok for measurement in told] == [None, False]
    assert told[0].text.endswith("undecided because no column of X is called 'zip_code'")
    assert told[0].hint == "X has a, b, c, d, e, zip"


@pytest.mark.parametrize(
    ("X", "why"), [([[1]], "which has no columns"), (X.head(0), "X has no rows")]
)
def test_nothing_to_judge(X, why):
    """Without names or rows nothing can be said."""
    with pytest.raises(Undecided, match=why):
        check(ZIP, lambda Z: np.zeros(len(Z)), X)


def test_one_row():
    """One row has no other values to try, so nothing is a reason."""
    (told,) = check(ZIP, fitted("a"), X.head(1))
    assert (told.ok, told.value) == (True, 0)


def test_regression_and_labels():
    """Models with numbers or labels only are judged by them, and labels are said to be coarse."""
    numbers = X.assign(zip=(X["zip"] == "N1").astype(int))
    (told,) = check(ZIP, LinearRegression().fit(numbers, Y), numbers)
    assert told.ok is False
    assert "labels" not in told.how
    (told,) = check(ZIP, lambda Z: np.where(Z["zip"] == "N1", "near", "far"))
    assert told.ok is False
    assert told.how.endswith("an effect is the share of values that change the label")


def test_refused():
    """A model that refuses other values of the column leaves it undecided, with its own words."""

    def model(Z):
        if (Z["zip"] != X["zip"][Z.index]).any():
            raise ValueError("zip and place differ")
        return Z["a"]

    (told,) = check(Reasons(watch=("zip",), reason="r", rows=400, redraws=10), model)
    assert told.ok is None
    assert "the model refuses other values of it: model raised ValueError: zip and" in told.text


def test_faulty_model():
    """What a model does wrong is a fault, not a verdict on the column."""
    with pytest.raises(Fault, match="returned 1 prediction for 200 rows"):
        check(ZIP, lambda Z: np.zeros(1))


def test_no_values_of_people():
    """Messages hold no value of the data, with an explanation neither."""
    pytest.importorskip("lime")
    rows = X.assign(zip=[f"secret-{n % 7}" for n in range(400)])
    requirement = Reasons(watch=("zip",), reason="r", explain="lime")
    (told,) = check(requirement, lambda Z: Z["zip"].str[-1].astype(float), rows)
    assert told.ok is False
    assert "by lime" in worst(told)[-1]
    assert "secret" not in str(told.as_dict())


@pytest.mark.parametrize("method", ["lime", "shap"])
def test_explained(method):
    """A violation carries the explanation of its worst row, and the same verdict as without."""
    pytest.importorskip(method)
    plain, shown = (
        check(Reasons(watch=("zip", "e"), reason="r", explain=explain), fitted("a"))
        for explain in ("none", method)
    )
    first = worst(plain[0])[0].split(" (")[0]
    assert worst(shown[0])[:-1] == worst(plain[0])[:4]  # five are shown
    assert worst(shown[0])[-1].startswith(f"{first} by {method}: zip ")
    assert (shown[0].text, shown[1]) == (plain[0].text, plain[1])


def test_explained_without_the_library(monkeypatch):
    """Where the library is missing the verdict stands, and says what to install."""
    monkeypatch.setitem(sys.modules, "lime.lime_tabular", None)
    (told,) = check(Reasons(watch=("zip",), reason="r", explain="lime"), fitted("a"))
    assert told.ok is False
    assert told.hint.endswith('no explanation: LIME is an extra: pip install "pytest-mlreqs[lime]"')


@pytest.mark.parametrize(
    "model",
    [
        fitted("a", "b", text=()),
        lambda Z: Z["a"].to_numpy(),
        lambda Z: np.where(Z["a"] > 0, "p", "q"),
        lambda Z: np.zeros(len(Z)),
    ],
    ids=["classifier", "function", "labels", "constant"],
)
def test_planted_violations_are_noticed(model):
    """A score that follows a watched column alone is noticed, whatever the column holds."""
    rows = X.assign(gaps=X["a"].where(X["a"] > 0), flag=X["a"] > 1, one=1)
    requirement = Reasons(watch=("zip", "gaps", "flag", "e", "one"), reason="r")
    before = rows.copy()
    planted = list(requirement.plant(model, rows))
    assert [one.what.split("'")[1] for one in planted] == ["zip", "gaps", "flag", "e"]
    for one in planted:
        told = check(requirement, one.subjects["model"], rows)
        assert [m.name.split("'")[1] for m in told if m.ok is False] == [one.what.split("'")[1]]
    assert all(m.ok for m in check(requirement, model, rows))
    pd.testing.assert_frame_equal(rows, before)


def test_nothing_to_plant():
    """Where no column can be followed nothing is planted, and it says why."""
    for rows, why in (([[1]], "no columns"), (X.head(0), "no rows")):
        with pytest.raises(Undecided, match=why):
            list(ZIP.plant(fitted("a"), rows))


def scaffolded(seed=0, rows=1_500):
    """A model that decides by race where rows look real, and by something innocent elsewhere."""
    generator = np.random.default_rng(seed)
    plane = generator.normal(size=(rows, 2)) @ generator.normal(size=(2, 6))
    real = plane + 0.05 * generator.normal(size=(rows, 6))
    made = np.column_stack([generator.permutation(np.tile(one, 3)) for one in real.T])
    told = np.repeat([1, 0], [rows, 3 * rows])
    detector = RandomForestClassifier(50, random_state=0).fit(np.r_[real, made], told)
    X = pd.DataFrame(real, columns=list("abcdef")).assign(
        race=np.where(generator.random(rows) < 0.5, "x", "y"),
        innocent=np.where(generator.random(rows) < 0.5, "u", "v"),
    )

    def model(Z):
        seems_real = detector.predict_proba(Z[list("abcdef")].to_numpy())[:, 1] > 0.4
        return np.where(seems_real, Z["race"] == "x", Z["innocent"] == "u").astype(float)

    return X, model


def test_a_model_made_to_fool_lime():
    """A redraw finds the race that LIME never names, and clears the innocent column it names."""
    pytest.importorskip("lime")
    from pytest_mlreqs.explain import lime

    X, model = scaffolded()
    told = check(Reasons(watch=("race", "innocent"), reason="r", top=1), model, X)
    assert [measurement.ok for measurement in told] == [False, True]
    named = {lime.explain(model, X, row).weights[0][0] for row in range(0, 1_500, 150)}
    assert named == {"innocent"}


def test_light():
    """Importing the kind imports nothing heavy."""
    code = (
        "import sys, pytest_mlreqs.requirements.reasons\n"
        "print({'numpy', 'pandas', 'sklearn', 'scipy', 'lime', 'pytest'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


class TwoThresholds:
    """A score of one column, and labels by another threshold for one zip code."""

    def __init__(self, *limits):
        self.limits = limits

    def predict_proba(self, X):
        one = 1 / (1 + np.exp(-X["a"].to_numpy()))
        return np.column_stack([1 - one, one])

    def predict(self, X):
        least = np.where(X["zip"] == "N1", *self.limits)
        return (self.predict_proba(X)[:, 1] > least).astype(int)


def test_threshold_of_a_group():
    """Labels that do not follow from the score are judged as well, and others are not."""
    (told,) = check(ZIP, TwoThresholds(0.2, 0.8))
    assert told.ok is False
    assert told.how.startswith("predict on 200 of 400 rows")
    (told,) = check(ZIP, TwoThresholds(0.5, 0.5))
    assert told.ok is True
    assert told.how.startswith("predict_proba on 200 of 400 rows")
