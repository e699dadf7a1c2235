"""Tests of pytest_mlreqs.requirements.forbidden_features."""

import subprocess
import sys

import msgspec
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, KBinsDiscretizer, StandardScaler
from sklearn.svm import LinearSVC

from pytest_mlreqs.measurement import Fault
from pytest_mlreqs.requirements.forbidden_features import ForbiddenFeatures


def frame(rows=400):
    """People with an age, a sex, an income and noise."""
    generator = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "Age": generator.integers(18, 90, rows).astype(float),
            "Sex": generator.choice(["m", "f"], rows),
            "income": generator.lognormal(10, 1, rows),
            "noise": generator.normal(size=rows),
        }
    )


X = frame()
Y = (X["Age"] / 40 + np.log(X["income"]) > 11).astype(int)
AGE = ForbiddenFeatures(columns=("Age",), reason="protected")


def on(*columns):
    """A pipeline that takes these columns and drops the rest."""
    return ColumnTransformer([("num", make_pipeline(SimpleImputer(), StandardScaler()), columns)])


def check(requirement, model, X=X):
    """All measurements."""
    return list(requirement.check(model, X))


def test_satisfied():
    """A pipeline that drops the column passes, with the bound on what was not seen."""
    (age,) = check(AGE, make_pipeline(on("income"), LogisticRegression()).fit(X, Y))
    assert age.ok is True
    assert age.text == (
        "'Age' moves predict_proba of 0 of 400 rows; at most 0.75 % of such rows could (95 %)"
    )
    assert (age.name, age.value, age.limit) == ("rows moved by Age", 0, 0)


def test_violated():
    """A pipeline that takes the column fails, with how many rows moved and where most."""
    (age,) = check(AGE, make_pipeline(on("Age", "income"), LogisticRegression()).fit(X, Y))
    assert age.ok is False
    assert age.text.startswith(
        "the model reads 'Age': changing nothing else moves predict_proba of 400 of 400 rows by up"
    )
    assert len(age.worst) == 5
    assert age.hint == "it enters through num__Age; take it out of what the model is fitted on"


def test_derived_column():
    """A column that is dropped by name after another was made of it is found, with that other."""
    bucket = FunctionTransformer(
        lambda X: X.assign(bucket=X["Age"] // 10).drop(columns="Age"),
        feature_names_out=lambda self, names: [*(n for n in names if n != "Age"), "bucket"],
    )
    (age,) = check(AGE, make_pipeline(bucket, on("bucket"), LogisticRegression()).fit(X, Y))
    assert age.ok is False
    assert age.hint.startswith("it enters through num__bucket")


def test_dropped_by_a_selector():
    """A column that is an input by name and dropped by a selector passes."""
    noise = ForbiddenFeatures(columns=("noise",), reason="test")
    model = make_pipeline(on("income", "noise"), SelectKBest(f_classif, k=1), LogisticRegression())
    (told,) = check(noise, model.fit(X, Y))
    assert told.ok is True


def test_boundary():
    """The smallest influence in the score is one, though no label changes."""
    proba = make_pipeline(on("income"), LogisticRegression()).fit(X, Y)

    class Barely:
        def predict_proba(self, X):
            return proba.predict_proba(X) + 1e-9 * X["Age"].to_numpy()[:, None]

        def predict(self, X):
            return proba.predict(X)

    (age,) = check(AGE, Barely())
    assert age.ok is False


@pytest.mark.parametrize("options", [{"columns": [], "reason": "r"}, {"columns": ["a"]}, {}])
def test_misconfigured(options):
    """Columns and a reason must be given."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(options, ForbiddenFeatures)


def test_globs():
    """A glob forbids every column that it matches, each with a measurement of its own."""
    wild = ForbiddenFeatures(columns=("race_*",), reason="protected")
    rows = X.assign(race_a=[0, 1] * 200, race_b=[1, 0] * 200)
    told = check(wild, lambda X: X["race_b"].to_numpy() * 0.5, rows)
    assert [(m.name, m.ok) for m in told] == [
        ("rows moved by race_a", True),
        ("rows moved by race_b", False),
    ]


@pytest.mark.parametrize(
    "model",
    [
        LinearRegression().fit(X[["Age", "income"]], Y),
        LinearSVC(dual=False).fit(X[["Age", "income"]] / 1e4, Y),
    ],
    ids=["predict", "decision_function"],
)
def test_other_scores(model):
    """Without probabilities the decision function or the prediction is compared."""
    rows = X[["Age", "income"]]
    assert [m.ok for m in check(AGE, model, rows)] == [False]


def test_labels_only():
    """A model with labels only is judged by them, and that is said."""
    (age,) = check(AGE, lambda X: np.where(X["Age"] > 50, "old", "young"))
    assert age.ok is False
    assert age.how.endswith("labels only: an influence that crosses no threshold is not seen")


def test_bins():
    """A column that enters through bins is found."""
    bins = ColumnTransformer([("b", KBinsDiscretizer(4, encode="onehot-dense"), ["Age"])])
    (age,) = check(AGE, make_pipeline(bins, LogisticRegression()).fit(X, Y))
    assert age.ok is False


def test_nowhere():
    """A forbidden name that is no column is said to be none, with the nearest there is."""
    (told,) = check(ForbiddenFeatures(columns=("incom",), reason="r"), lambda X: np.zeros(len(X)))
    assert told.ok is True
    assert told.text == (
        "'incom' is not among the 4 columns of X, so it has no influence (the nearest is 'income')"
    )


def test_same_letters():
    """A rule for 'sex' where the column is 'Sex' protects nobody, and is undecided."""
    (told,) = check(ForbiddenFeatures(columns=("sex",), reason="r"), lambda X: np.zeros(len(X)))
    assert told.ok is None
    assert told.text.endswith("no column of X is called 'sex'; did you mean 'Sex'?")


def test_no_names():
    """An array has no column names, so nothing can be said, unless the model has some."""
    (told,) = check(AGE, lambda X: np.zeros(len(X)), X[["Age"]].to_numpy())
    assert told.ok is None
    assert told.text.endswith("undecided because the columns of X have no names")


def test_no_rows():
    """Without rows nothing can be said."""
    (told,) = check(AGE, lambda X: np.zeros(len(X)), X.head(0))
    assert told.ok is None


def test_rows_are_capped():
    """At most `rows` rows are scored, drawn from all of them, and reported by their position."""
    sizes = set()

    def model(X):
        sizes.add(len(X))
        return X["Age"].to_numpy()

    (age,) = check(ForbiddenFeatures(columns=("Age",), reason="r", rows=50), model)
    assert sizes == {50}
    assert any(int(text.split()[1]) >= 50 for text in age.worst)


def test_faulty_model():
    """What a model does wrong is a fault, not a verdict on the column."""
    with pytest.raises(Fault, match="returned 1 predictions for 400 rows"):
        check(AGE, lambda X: np.zeros(1))


def test_no_values_of_people():
    """Messages hold no value of the data."""
    rows = X.assign(Sex=[f"secret-{n}" for n in range(400)])
    sex = ForbiddenFeatures(columns=("Sex",), reason="r")
    for measurement in check(sex, lambda X: X["Sex"].map(hash).to_numpy() % 7 / 7.0, rows):
        assert measurement.ok is False
        assert "secret" not in str(measurement.as_dict())


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(on("income"), LogisticRegression()).fit(X, Y),
        make_pipeline(on("income"), LinearRegression()).fit(X, Y),
        lambda X: np.where(X["income"] > 20_000, "rich", "poor"),
        lambda X: np.zeros(len(X)),
    ],
    ids=["classifier", "regressor", "labels", "constant"],
)
def test_planted_violations_are_noticed(model):
    """A nudge by any forbidden column, even one that is not in the data, is noticed."""
    requirement = ForbiddenFeatures(columns=("Age", "Sex", "ssn"), reason="protected")
    before = X.copy()
    planted = list(requirement.plant(model, X))
    assert len(planted) == 3
    for one in planted:
        told = check(requirement, **{"model": model, "X": X, **one.subjects})
        assert [m.ok for m in told].count(False) == 1, one.what
    assert all(m.ok for m in check(requirement, model))
    pd.testing.assert_frame_equal(X, before)


def test_light():
    """Importing the kind imports nothing heavy."""
    code = (
        "import sys, pytest_mlreqs.requirements.forbidden_features\n"
        "print({'numpy', 'pandas', 'sklearn', 'pytest'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
