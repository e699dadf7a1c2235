"""Which family a model is of, without its library being imported."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sklearn.linear_model import LinearRegression

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.models import family, names
from pytest_mlreqs.models.harm.altered import Altered
from pytest_mlreqs.models.scoring import scorer


class Theirs:
    """A model of another library, which is called `score_them`."""

    def score_them(self, rows):
        return [row * 2 for row in rows]


Theirs.__module__ = "theirs.models"


class Adapter:
    """How it is called."""

    def call(self, model, name):
        return model.score_them if name == "predict" else None

    def inputs(self, model):
        return ("Marital Status",)

    def drops_extras(self, model):
        return True


@pytest.fixture
def registered():
    """The adapter of that library, for the time of a test."""
    with family.using([{"theirs": Adapter()}]):
        yield


def test_an_adapter_from_elsewhere(registered):
    """A model is called, named and judged as its adapter says; so are its subclasses."""
    for model in (Theirs(), type("Ours", (Theirs,), {"__module__": "ours"})()):
        assert scorer(model).name == "predict"
        assert scorer(model)([1, 2]).tolist() == [2, 4]
        assert family.inputs(model) == ("Marital Status",)
        assert family.drops(model, "Age")
        assert not family.drops(model, "Marital_Status")


def test_a_harmed_stand_in_is_called_alike(registered):
    """What stands for such a model is called as it, and has its names."""
    harmed = Altered(Theirs(), lambda call, rows: [-one for one in call(rows)])
    assert scorer(harmed)([1, 2]).tolist() == [-2, -4]
    assert family.inputs(harmed) == ("Marital Status",)


def test_a_built_in_family_is_replaced(registered):
    """An adapter from elsewhere goes before the built-in one, as long as it is in use."""
    booster = type("Booster", (Theirs,), {"__module__": "xgboost.core"})()
    with family.using([{"xgboost": Adapter()}]):
        assert family.inputs(booster) == ("Marital Status",)
    assert family.inputs(booster) is None


def test_a_session_within_a_test(registered):
    """Adapters replace each other, and those from before are back afterwards, whatever happens."""
    with pytest.raises(KeyError), family.using([{"xgboost": Adapter()}]):
        assert family.adapter(Theirs()) is None
        raise KeyError
    assert family.adapter(Theirs()) is not None


def test_adapters_are_there_in_every_thread(registered):
    """A model that several threads ask is called by each of them as its adapter says."""
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(family.inputs, Theirs()).result() == ("Marital Status",)


def test_the_nearest_ancestor_counts():
    """A class that derives from two libraries is of the one it derives from first."""
    cls = type("Both", (LinearRegression, Theirs), {"__module__": "ours"})
    with family.using([{"theirs": Adapter()}]):
        assert family.call(cls(), "predict")([1]) == [2]
    assert family.adapter(cls()) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([["theirs"]], "pytest_mlreqs_adapters gave ['theirs'], which is no mapping"),
        ([{"theirs": object()}], "the adapter for 'theirs' has no function 'call'"),
    ],
)
def test_what_is_no_adapter(given, told):
    """A hook that returns something else is told what it lacks."""
    with pytest.raises(TypeError) as error, family.using(given):
        pass
    assert str(error.value) == told


def test_without_an_adapter():
    """Other models are called as they are, and drop nothing that anybody could prove."""
    model = LinearRegression()
    assert family.inputs(model) is None
    assert family.call(model, "predict") == model.predict
    assert family.call(model, "predict_proba") is None
    assert family.call("text", "predict") is None
    assert not family.drops(model, "Age")


def test_light():
    """Knowing the families imports none of their libraries."""
    code = (
        "import sys, pytest_mlreqs.models.scoring\n"
        "from pytest_mlreqs.models import lightgbm, xgboost, catboost, onnx, mlflow, endpoint\n"
        "lightgbm.columns([1])\n"
        "print({'lightgbm', 'xgboost', 'catboost', 'onnxruntime', 'mlflow', 'httpx', 'numpy'}"
        " & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    ("wanted", "columns", "where"),
    [
        (("a", "b"), ("b", "x", "a"), [2, 0]),
        (("a_b",), ("x", "a b"), [1]),
        (("a_b",), ("a b", "a_b"), [1]),
        (("a_b",), ("a b", "a-b"), None),
        (("a",), ("a", "a"), None),
        (("a",), ("b",), None),
        ((), ("b",), []),
    ],
)
def test_positions(wanted, columns, where):
    """Names are found as they are, or as a library rewrote them, but never by a guess."""
    assert names.positions(wanted, columns) == where


class Written:
    """A model that nobody has made an object of."""

    def predict(self, X):
        return [0] * len(X)

    @staticmethod
    def transform(X):
        return X


def test_a_class():
    """A class in place of an object is a mistake of the declaration; its own functions are not."""
    with pytest.raises(DeclarationError, match="the model is the class Written, whose predict"):
        family.call(Written, "predict")
    assert family.call(Written(), "predict")([1, 2]) == [0, 0]
    assert family.call(Written, "transform")([1]) == [1]
