"""Tests of pytest_mlreqs.requirements.deletion: a shop that trains a model."""

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pytest_mlreqs.measurement import Fault
from tests.requirements.shop import Shop, checked, required, unnoticed

STORES = ("var/people.parquet", "var/model.joblib")
SURNAMES = ["Smith", "Jones", "Brown", "Lee"]


class Trainer(Shop):
    """A shop of one file, and of a model that is trained on it."""

    def __init__(self, model=None, columns=("a", "b"), *, trains_anew=True, forgets=True):
        self.made = (
            make_pipeline(StandardScaler(), LogisticRegression()) if model is None else model
        )
        self.columns = list(columns)
        self.trains_anew, self.forgets = trains_anew, forgets
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
            self.write(people[~people["name"].str.contains(name)])

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
        return people[self.columns], people["y"]

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
    """A regression that is trained without them holds and shows nobody."""
    found, _ = checked(model_only(), shop().subjects())
    assert found["retrain"].ok is True
    assert "which repeat bit for bit" in found["retrain"].how
    assert found["artifact"].ok is True
    assert found["artifact"].text == "the model holds none of 8 deleted people"


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
    assert artifact.details[0].endswith("8 people")
    assert artifact.hint == "train it anew, without them, after a deletion"
    assert retrain.ok is False
    assert retrain.text.startswith("the retrained model still shows the deleted people: scores are")


def test_common_surnames_do_not_alarm(shop):
    """A word that others still contribute is nobody's trace; a word of their own is."""
    words = make_pipeline(
        make_column_transformer((CountVectorizer(), "name"), ("passthrough", ["a", "b"])),
        LogisticRegression(),
    )
    made = shop(words, columns=("name", "a", "b"))
    found, _ = checked(model_only("artifact"), made.subjects())
    assert found["artifact"].ok is True
    assert found["artifact"].how.endswith("with them in, it held 8 of 8 people")
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
    """Where two trainings differ, two more tell by how much they may."""
    made, fits = shop(), []
    rebuild = made.rebuild

    def noisy():
        rebuild()
        model = made.load()
        model.steps[-1][1].intercept_ += 0.001 * (len(fits) % 3)
        fits.append(1)
        joblib.dump(model, made.folder / "model.joblib")

    made.rebuild = noisy
    found, _ = checked(model_only("retrain"), made.subjects())
    assert len(fits) == 6
    assert "and 4 of them" in found["retrain"].how
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
