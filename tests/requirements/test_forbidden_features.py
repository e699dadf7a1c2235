"""Tests of pytest_mlreqs.requirements.forbidden_features."""

import re
import subprocess
import sys
from types import SimpleNamespace

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

from pytest_mlreqs.core import time_left
from pytest_mlreqs.core.measurement import DeclarationError, Fault, Undecided
from pytest_mlreqs.models import affordable, copies
from pytest_mlreqs.report.evidence import worst
from pytest_mlreqs.requirements.forbidden_features import ForbiddenFeatures
from tests.entropy import entropy


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
        "'Age' moves predict_proba of 0 of 400 rows; at most 0.746 % of such rows could (95 %)"
    )
    assert (age.name, age.value, age.limit) == ("rows moved by Age", 0, 0)


def test_violated():
    """A pipeline that takes the column fails, with how many rows moved and where most."""
    (age,) = check(AGE, make_pipeline(on("Age", "income"), LogisticRegression()).fit(X, Y))
    assert age.ok is False
    assert age.text.startswith(
        "the model reads 'Age': changing nothing else moves predict_proba of 400 of 400 rows by up"
    )
    assert len(worst(age)) == 5
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
    """A glob forbids every column that it matches; those that move rows are told first."""
    wild = ForbiddenFeatures(columns=("race_*",), reason="protected")
    rows = X.assign(race_a=[0, 1] * 200, race_b=[1, 0] * 200)
    told = check(wild, lambda X: X["race_b"].to_numpy() * 0.5, rows)
    assert [(m.name, m.ok) for m in told] == [
        ("rows moved by race_b", False),
        ("rows moved by race_a", True),
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
    (told,) = check(ForbiddenFeatures(columns=("noise_1",), reason="r"), lambda X: np.zeros(len(X)))
    assert told.ok is True
    assert told.text == "'noise_1' is not among the 4 columns of X, so it has no influence"
    assert told.warning == f"{told.text}; did you mean 'noise'?"


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
    with pytest.raises(Undecided, match="X has no rows"):
        check(AGE, lambda X: np.zeros(len(X)), X.head(0))


def test_rows_are_capped():
    """At most `rows` rows are scored, drawn from all of them, and reported by their position."""
    sizes = set()

    def model(X):
        sizes.add(len(X))
        return X["Age"].to_numpy()

    (age,) = check(ForbiddenFeatures(columns=("Age",), reason="r", rows=50), model)
    assert sizes == {50}
    assert any(int(text.split()[1]) >= 50 for text in worst(age))


def test_faulty_model():
    """What a model does wrong is a fault, not a verdict on the column."""
    with pytest.raises(Fault, match="returned 1 prediction for 400 rows"):
        check(AGE, lambda X: np.zeros(1))


def test_no_values_of_people():
    """Messages hold no value of the data."""
    rows = X.assign(Sex=[f"secret-{n}" for n in range(400)])
    sex = ForbiddenFeatures(columns=("Sex",), reason="r")
    for measurement in check(sex, lambda X: X["Sex"].map(hash).to_numpy() % 7 / 7.0, rows):
        assert measurement.ok is False
        assert "secret" not in str(measurement.as_dict())


class Rich:
    """A classifier of the income, as quick as a function."""

    def predict_proba(self, X):
        rich = np.tanh(X["income"].to_numpy() / 20_000)
        return np.column_stack([1 - rich, rich])

    def predict(self, X):
        return (X["income"] > 20_000).to_numpy()


@pytest.mark.parametrize(
    "model",
    [
        Rich(),
        lambda X: np.log(X["income"].to_numpy()),
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


class Handed:
    """A model that is handed the attribute beside the rows."""

    def predict(self, X, *, sensitive_features):
        return np.zeros(len(X))


class Named(Handed):
    """One whose predictions take an argument called like the forbidden column."""

    def predict(self, X, Age=None):
        return np.zeros(len(X))


def test_handed_beside_the_rows():
    """A model that cannot predict without being handed the attribute relies on it."""
    (told,) = check(AGE, Handed())
    assert told.ok is False
    assert told.text == "predict takes 'sensitive_features' as an argument beside the rows"


def test_named_argument():
    """An argument called like the forbidden column is a way for it to enter, whatever X does."""
    argument, column = check(AGE, Named())
    assert (argument.ok, column.ok) == (False, True)
    assert argument.text == "predict takes 'Age' as an argument beside the rows"


def test_not_callable():
    """What cannot be called is a mistake of the declaration."""
    with pytest.raises(DeclarationError, match=r"^the model \(object\) has no predict"):
        check(AGE, object())


def test_one_row_at_a_time():
    """A model that was made for one row per call is judged row by row."""

    def single(X):
        if len(X) != 1:
            raise ValueError("batch size is 1")
        return np.asarray(X["Age"]) / 90

    (told,) = check(AGE, single)
    assert told.ok is False
    assert "on 200 rows, one row per call, as it takes no more" in told.how


def test_sounds_forbidden():
    """A column that is read and sounds forbidden warns, and violates nothing."""
    aged = X.assign(age_group=X["Age"] // 10, wage=X["income"])
    requirement = ForbiddenFeatures(columns=("age",), reason="r", allowed=())
    told = check(requirement, lambda X: np.asarray(X["age_group"] + X["wage"] / 1e9), aged)
    assert [m.ok for m in told] == [True, None]
    assert told[0].warning == (
        "the model reads 'age_group', which sounds like 'age': "
        "forbid it too, or list it under `allowed`"
    )


@pytest.mark.parametrize(
    ("model", "allowed"),
    [
        (lambda X: np.asarray(X["income"]) / 1e6, ()),
        (lambda X: np.asarray(X["age_group"]), ("age_group",)),
    ],
    ids=["not read", "allowed"],
)
def test_sound_is_no_matter(model, allowed):
    """A column that sounds forbidden is not mentioned where it is not read, or allowed."""
    requirement = ForbiddenFeatures(columns=("Age",), reason="r", allowed=allowed)
    (told,) = check(requirement, model, X.assign(age_group=X["Age"] // 10))
    assert (told.ok, told.warning) == (True, "")


def test_values_on_request():
    """Values of people are shown only where the requirement asks for it."""
    model = make_pipeline(on("Age"), LogisticRegression()).fit(X, Y)
    shown = ForbiddenFeatures(columns=("Age",), reason="r", show_values=True)
    (quiet,), (open_,) = check(AGE, model), check(shown, model)
    row = int(worst(quiet)[0].split()[1])
    assert worst(quiet)[0].startswith(f"row {row} (")
    assert worst(open_)[0].startswith(f"row {row}, Age={X['Age'].iloc[row]} (")


def test_rare_combination():
    """A rule for one combination of values, met by 1 row of 300, is found."""
    rare = X.sample(3_000, replace=True, random_state=0, ignore_index=True)
    rare["Age"] = np.arange(3_000) % 70 + 18.0
    rare["country"] = np.where(np.arange(3_000) % 300 == 43, "LU", "DE")

    def model(X):
        return ((X["country"] == "LU") & (X["Age"] == 61)).to_numpy() * 0.1

    rare.loc[rare["country"] == "LU", "Age"] = 61.0
    (told,) = check(AGE, model, rare)
    assert told.ok is False


@pytest.mark.parametrize(
    ("during", "subjects"),
    [
        ("predict", ("model", "X")),
        ("fit", ("X", "y", "train")),
        ("both", ("model", "X", "y", "train")),
    ],
)
def test_subjects(during, subjects):
    """Only where training is examined must there be something to train."""
    assert ForbiddenFeatures(columns=("Age",), reason="r", during=during).needs() == subjects


def weighted(X, y):
    """A model that never sees the age, but was fitted with weights by it."""
    model = make_pipeline(on("income"), LogisticRegression())
    return model.fit(X, y, logisticregression__sample_weight=np.where(X["Age"] > 50, 5, 1))


@pytest.mark.parametrize(
    ("train", "ok"),
    [(weighted, False), (make_pipeline(on("income"), LogisticRegression()), True)],
    ids=["weights", "innocent"],
)
def test_in_fit(train, ok):
    """Weights by a forbidden column show in training, though prediction never sees it."""
    requirement = ForbiddenFeatures(columns=("Age",), reason="r", during="fit")
    (told,) = requirement.check(X=X, y=Y, train=train)
    assert told.ok is ok, told.text
    assert told.text.startswith("shuffling 'Age' before training moves ")


@pytest.mark.parametrize("train", [weighted, LogisticRegression()], ids=["function", "estimator"])
def test_planted_in_fit(train):
    """A training whose scores depend on the order of the forbidden column is noticed."""
    requirement = ForbiddenFeatures(columns=("Age",), reason="r", during="fit")
    rows = X if train is weighted else X[["Age", "income"]]
    (planted,) = requirement.plant(X=rows, y=Y, train=train)
    (told,) = requirement.check(**{"X": rows, "y": Y, "train": train, **planted.subjects})
    assert told.ok is False


@pytest.mark.parametrize("rows", [100, 400, 10_000])
def test_users_frame_stays(rows):
    """A model that writes into its input is at fault, and the user's own frame stays as it is."""

    def careless(X):
        X["income"] = 0.0
        return np.zeros(len(X))

    before = X.copy()
    with pytest.raises(Fault, match="changed its input: column 'income' is not the same"):
        check(ForbiddenFeatures(columns=("Age",), reason="r", rows=rows), careless)
    pd.testing.assert_frame_equal(X, before)


class Remembers:
    """A model that answers by the income what it has answered before."""

    def __init__(self):
        self.known = {}

    def __call__(self, X):
        pairs = zip(X["income"], X["Age"], strict=True)
        return np.array([self.known.setdefault(income, age) for income, age in pairs])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can fork safely")
@pytest.mark.usefixtures("forkable")
def test_a_model_with_a_memory(monkeypatch):
    """A model that remembers its answers is asked on copies that do not, and it is said."""
    monkeypatch.setattr("pytest_mlreqs.models.copies.forkable", lambda: True)
    (age,) = check(AGE, Remembers())
    assert age.ok is False
    assert "each series of calls in a fresh copy of the process" in age.how


def test_which_output_moves():
    """A limit by age moves the predictions alone, which is said."""

    class Limited:
        def predict_proba(self, X):
            share = X["income"].rank(pct=True).to_numpy()
            return np.column_stack([1 - share, share])

        def predict(self, X):
            return self.predict_proba(X)[:, 1] > np.where(X["Age"] > 50, 0.5, 0.55)

    (age,) = check(AGE, Limited())
    assert age.ok is False
    assert age.text.startswith("the model reads 'Age': changing nothing else moves predict of ")
    assert "predict moved" in age.how


def test_how_much_each_output_moves():
    """The output that moves in most rows is named, and in how many rows each of them moved."""

    class Tilted:
        def predict_proba(self, X):
            share = np.where(np.arange(len(X)) == 0, X["Age"] / 1000, 0.5) if len(X) > 1 else [0.5]
            return np.column_stack([share, share])

        def predict(self, X):
            return (X["Age"] > 50).to_numpy()

    (age,) = check(AGE, Tilted())
    assert age.ok is False
    told = re.search(r"changing nothing else moves predict of ([\d,]+) of", age.text)
    assert f"predict moved in {told[1]} rows, predict_proba moved in 1 row" in age.how


def test_noise_that_hides():
    """A model that answers by chance is undecided, and planted violations are noticed in it."""
    drawn = lambda X: entropy().random(len(X)) < 0.3
    (age,) = check(AGE, drawn)
    assert age.ok is None
    assert "the model does not repeat itself" in age.text
    (planted,) = AGE.plant(drawn, X)
    (told,) = check(AGE, **{"model": drawn, "X": X, **planted.subjects})
    assert told.ok is False


def test_a_slow_model_is_decided_in_its_time(monkeypatch):
    """Of a slow model as many rows are tried as leave time for all calls that decide."""
    clock = SimpleNamespace(now=100.0, monotonic=lambda: clock.now)
    for module in (affordable, time_left):
        monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(time_left, "_until", [0.0])
    monkeypatch.setattr(time_left, "_allowed", [0.0])
    monkeypatch.setattr(copies, "copies", lambda model: copies.Copies(forks=False))
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({"a": draw.normal(size=8_000), "b": draw.normal(size=8_000)})

    def model(X):
        clock.now += 0.015 * len(X)
        return (X["a"] + 0.1 * X["b"]).to_numpy()

    time_left.start(60)
    (found,) = ForbiddenFeatures(columns=("b",), reason="no").check(model, frame)
    assert found.ok is False
    assert clock.now < 160
