"""Tests of pytest_mlreqs.requirements.deletion: a shop that trains a model."""

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.forgetting.rehearsal import artifact
from pytest_mlreqs.report.evidence import lines
from tests.requirements.shop import Shop, checked, required, unnoticed

STORES = ("var/people.parquet", "var/model.joblib")
SURNAMES = ["Smith", "Jones", "Brown", "Lee"]


class Trainer(Shop):
    """A shop of one file, and of a model that is trained on it."""

    def __init__(
        self, model=None, columns=("a", "b"), *, trains_anew=True, forgets=True, form=None
    ):
        self.made = (
            make_pipeline(StandardScaler(), LogisticRegression()) if model is None else model
        )
        self.columns = list(columns)
        self.trains_anew, self.forgets = trains_anew, forgets
        self.form = (lambda X: X) if form is None else form
        self.deleted = False

    def open(self):
        """Lay the stores out before anything is checked."""
        self.folder.mkdir()
        source = np.random.default_rng(3)
        n = 120
        people = pd.DataFrame(
            {
                "name": [f"{SURNAMES[i % 4]} {'abcdefgh'[i % 8]}x" for i in range(n)],
                "a": source.normal(size=n), "b": source.normal(size=n),
            }
        )  # fmt: skip
        people["y"] = (people.a + source.normal(size=n) > 0).astype(int)
        self.write(people)
        self.rebuild()
        return self

    def read(self):
        """Who is there."""
        return pd.read_parquet(self.folder / "people.parquet")

    def write(self, people):
        """Who is there from now on."""
        people.to_parquet(self.folder / "people.parquet", index=False)

    def plant(self, person):
        """Somebody with a common surname, far out."""
        row = {
            "name": f"Smith {person.name}",
            "a": person.value("a", 7, 9), "b": person.value("b", -9, -7), "y": 0,
        }  # fmt: skip
        self.write(pd.concat([self.read(), pd.DataFrame([row])]))
        return person.name

    def delete(self, name):
        """Remove somebody."""
        self.deleted = True
        if self.forgets:
            people = self.read()
            self.write(people[people["name"] != f"Smith {name}"])

    def rebuild(self):
        """Train anew."""
        if self.trains_anew or not self.deleted:
            joblib.dump(self.made.fit(*self.data()), self.folder / "model.joblib")

    def load(self):
        """The model."""
        return joblib.load(self.folder / "model.joblib")

    def data(self):
        """What it is trained on."""
        people = self.read()
        return self.form(people[self.columns]), people["y"]

    def subjects(self):
        """The functions by name."""
        return self.functions("load", "data")


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Opens a shop with a model."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, **options: Trainer(*arguments, **options).open()


def model_only(*layers):
    """The requirement for what the model holds and shows."""
    return required(STORES, layers=layers or ("artifact", "retrain"), people=8)


def test_a_model_that_is_trained_anew(shop):
    """A model that is trained without them holds and shows nobody."""
    neighbours = make_pipeline(StandardScaler(), KNeighborsClassifier(3))
    found, _ = checked(model_only(), shop(neighbours).subjects())
    assert found["retrain"].ok is True
    assert "2 trainings without them agree" in found["retrain"].how
    assert found["artifact"].ok is True
    assert found["artifact"].text == "the model holds none of 8 deleted people"


def test_a_model_that_keeps_nobody(shop):
    """Where planting leaves no mark in the model, a search of it could not have failed."""
    found, _ = checked(model_only(), shop().subjects())
    assert found["retrain"].ok is True
    assert found["artifact"].ok is None
    assert "this could not have failed" in found["artifact"].text


@pytest.mark.parametrize("options", [{"trains_anew": False}, {"forgets": False}])
def test_a_model_that_still_knows_them(shop, options):
    """A model from before the deletion, or trained on what is left of them, is violated twice."""
    neighbours = make_pipeline(StandardScaler(), KNeighborsClassifier(3))
    found, _ = checked(model_only(), shop(neighbours, **options).subjects())
    artifact, retrain = found["artifact"], found["retrain"]
    assert artifact.ok is False
    assert artifact.text.startswith(
        "the model still holds 8 of 8 deleted people: model.steps[1][1]"
    )
    assert lines(artifact)[0].endswith("8 people")
    assert artifact.hint == "train it anew, without them, after a deletion"
    assert retrain.ok is False
    assert retrain.text == (
        "the retrained model still shows the deleted people: it is the same as with them"
    )


FORMS = {
    "array": lambda X: X.to_numpy(),
    "float32": lambda X: X.to_numpy().astype("f4"),
    "sparse": lambda X: sparse.coo_array(X.to_numpy()),
    "rows": lambda X: X.to_numpy().tolist(),
    "three dimensions": lambda X: X.to_numpy().reshape(-1, 2, 1),
}


class Flat(KNeighborsClassifier):
    """Nearest neighbours of rows in any shape."""

    def fit(self, X, y):
        """Keep the rows."""
        return super().fit(self.flat(X), y)

    def predict_proba(self, X):
        """What the neighbours say."""
        return super().predict_proba(self.flat(X))

    def flat(self, X):
        """Rows in two dimensions."""
        return X if sparse.issparse(X) else np.asarray(X).reshape(len(X), -1)


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_rows_in_any_form(shop, form):
    """Rows are rows, whatever holds them: who is left is noticed, and who is gone is not blamed."""
    made = shop(Flat(3), form=form)
    found, _ = checked(model_only(), made.subjects())
    assert {part: one.ok for part, one in found.items()} == {"artifact": True, "retrain": True}
    made.trains_anew = made.deleted = False
    found, _ = checked(model_only(), made.subjects())
    assert {part: one.ok for part, one in found.items()} == {"artifact": False, "retrain": False}


TEXTS = {
    "series": lambda X: X["name"],
    "list": lambda X: X["name"].tolist(),
    "array": lambda X: X["name"].to_numpy(dtype=object),
    "strings": lambda X: X["name"].to_numpy(dtype=str),
}


@pytest.mark.parametrize("form", TEXTS.values(), ids=list(TEXTS))
def test_texts_in_any_form(shop, form):
    """Texts by themselves are rows too."""
    made = shop(make_pipeline(CountVectorizer(), LogisticRegression()), ["name"], form=form)
    found, _ = checked(model_only(), made.subjects())
    assert {part: one.ok for part, one in found.items()} == {"artifact": True, "retrain": True}
    made.forgets = False
    found, _ = checked(model_only(), made.subjects())
    assert {part: one.ok for part, one in found.items()} == {"artifact": False, "retrain": False}


def test_what_was_measured_stands(shop, monkeypatch):
    """A part that breaks is told once all others are measured, and these keep their verdicts."""

    def broken(_):
        raise RuntimeError("ours")

    monkeypatch.setattr(artifact, "holds", broken)
    measured = []
    with pytest.raises(RuntimeError, match="ours"):
        for one in model_only("artifact", "retrain", "ids").check(**shop().subjects()):
            measured.append(one)
    assert {one.part: one.ok for one in measured if one.name.startswith("people shown")} == {
        "retrain": True
    }
    assert {one.ok for one in measured if one.part == "ids:people.parquet"} == {True}


def test_a_forest_without_a_seed(shop):
    """Trainings that differ are compared to each other: a correct deletion, and one that is not."""
    made = shop(RandomForestClassifier(20))
    found, _ = checked(model_only("retrain"), made.subjects())
    assert found["retrain"].ok is True
    assert "4 trainings without them differ" in found["retrain"].how
    made.forgets = False
    found, _ = checked(model_only("retrain"), made.subjects())
    assert found["retrain"].ok is False
    assert "5 trained" in found["retrain"].how


def test_common_surnames_do_not_alarm(shop):
    """A word that others still contribute is nobody's trace; a word of their own is."""
    words = make_pipeline(
        make_column_transformer((CountVectorizer(), "name"), ("passthrough", ["a", "b"])),
        LogisticRegression(),
    )
    made = shop(words, columns=("name", "a", "b"))
    found, _ = checked(model_only("artifact"), made.subjects())
    assert found["artifact"].ok is True
    assert found["artifact"].how.endswith("before the deletion it held 8 of 8 people")
    made.forgets = False
    found, _ = checked(model_only("artifact"), made.subjects())
    assert found["artifact"].ok is False
    assert "vocabulary_" in found["artifact"].text


def test_nobody_was_trained_on(shop):
    """People who never come into the training data prove nothing of the model."""
    made = shop()
    data = made.data
    made.data = lambda: tuple(part[:120] for part in data())
    found, _ = checked(model_only(), made.subjects())
    assert found["retrain"].ok is None
    assert "planting added no row to what the model is trained on" in found["retrain"].text


def test_training_that_never_repeats(shop):
    """Where two trainings differ, two more tell by how much, and one more what people change."""
    made, fits = shop(), []
    rebuild = made.rebuild

    def noisy():
        rebuild()
        model = made.load()
        model.steps[-1][1].intercept_ += 0.001 * (len(fits) % 4)
        fits.append(1)
        joblib.dump(model, made.folder / "model.joblib")

    made.rebuild = noisy
    found, _ = checked(model_only("retrain"), made.subjects())
    assert len(fits) == 7
    assert "4 trainings without them differ" in found["retrain"].how
    assert found["retrain"].ok is not False


def test_data_that_is_no_pair(shop):
    """`data` returns X and y."""
    made = shop()
    subjects = {**made.subjects(), "data": made.read}
    with pytest.raises(Fault, match="data returned DataFrame before anybody was planted, not a"):
        checked(model_only(), subjects)


def test_planted_violations_are_noticed(shop):
    """The model's layers notice a model that keeps rows, and one that is not trained anew."""
    assert unnoticed(model_only(), shop().subjects()) == []
