"""What LIME and SHAP have in common here: tests of both, with the real libraries."""

import importlib
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from pytest_mlreqs.explain import Unexplained


def frame(rows=300):
    """One column of every kind."""
    generator = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "number": generator.normal(size=rows),
            "whole": generator.integers(0, 1_000, rows),
            "gaps": np.where(generator.random(rows) < 0.2, np.nan, generator.normal(size=rows)),
            "text": generator.choice(["x", "y", None], rows),
            "category": pd.Categorical(generator.choice(["p", "q"], rows)),
            "truth": generator.random(rows) < 0.5,
            "time": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(rows) % 50, unit="D"),
            "one": 1,
        },
        index=range(1_000, 1_000 + rows),
    )


X = frame()


@pytest.fixture(params=["lime", "shap"])
def method(request):
    """Each method, as far as its library is installed."""
    pytest.importorskip(request.param)
    return importlib.import_module(f"pytest_mlreqs.explain.{request.param}")


@pytest.mark.parametrize("column", ["number", "whole", "gaps", "text", "category", "truth", "time"])
def test_the_column_that_decides(method, column):
    """The only column that decides has the largest weight, whatever its type."""
    values = X[column]
    middle = None if column in ("text", "category", "truth") else values.median()
    first = values.iloc[0]

    def model(Z):
        assert dict(Z.dtypes) == dict(X.dtypes)
        hit = Z[column] == first if middle is None else Z[column] > middle
        return hit.fillna(False).to_numpy(dtype=float)

    told = method.explain(model, X, 0)
    assert told.weights[0][0] == column
    assert abs(told.weights[0][1]) > 0.2
    sizes = [abs(weight) for _, weight in told.weights]
    assert sizes == sorted(sizes, reverse=True)


def test_it_is_repeatable(method):
    """The same seed gives the same explanation, and nobody else's random numbers change."""
    model = lambda Z: (Z["number"] * Z["truth"]).to_numpy()
    state = np.random.get_state()[1].tolist()
    assert method.explain(model, X, 3) == method.explain(model, X, 3)
    assert np.random.get_state()[1].tolist() == state


def test_text(method):
    """The text has the row's position, the method, and columns with weights, at most five."""
    model = lambda Z: 2.0 * (Z["text"] == X["text"].iloc[-1]).to_numpy()
    told = method.explain(model, X, -1)
    start, _, rest = str(told).partition(": ")
    assert start == f"row 299 by {told.method}"
    assert rest.split(", ")[0].startswith("text ")
    assert len(rest.split(", ")) == 5


def test_which_class(method):
    """Of two classes the second is explained, of more the likeliest of the row."""
    numbers = X[["number", "whole"]]
    three = np.digitize(X["number"], [-0.5, 0.5])
    names = np.array(["low", "middle", "high"])[three]
    model = LogisticRegression().fit(numbers / [1, 1e3], names)

    class Scaled:
        classes_ = model.classes_

        def predict_proba(self, Z):
            return model.predict_proba(Z / [1, 1e3])

    row = int(X["number"].argmax())
    told = method.explain(Scaled(), numbers, row)
    assert told.outcome == "predict_proba of class high"
    assert told.weights[0][0] == "number"
    assert told.weights[0][1] > 0
    two = LogisticRegression().fit(numbers / [1, 1e3], three > 0)
    assert method.explain(two, numbers, row).outcome == "predict_proba of class True"


def test_labels(method):
    """Of a model with labels only, what keeps the row's label is explained."""
    told = method.explain(lambda Z: np.where(Z["truth"], "yes", "no"), X, 0)
    assert told.weights[0][0] == "truth"
    assert told.weights[0][1] > 0
    assert told.outcome.endswith("the label of the row")


def test_columns_of_one_name(method):
    """Columns of one name are fed to the model by position."""
    values = np.random.default_rng(0).normal(size=(100, 2))
    twice = pd.DataFrame(values, columns=["a", "a"])
    told = method.explain(lambda Z: Z.iloc[:, 1].to_numpy(), twice, 0)
    assert abs(told.weights[0][1]) > 5 * abs(told.weights[1][1])


@pytest.mark.parametrize("ending", ["png", "svg", "html"])
def test_plot(method, ending, tmp_path):
    """The library's picture is written to the file that was named, and no figure stays open."""
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    told = method.explain(lambda Z: Z["number"].to_numpy(), X, 0)
    path = told.plot(tmp_path / f"why.{ending}")
    start = {"png": b"\x89PNG", "svg": b"<?xml", "html": b"<"}[ending]
    assert path.read_bytes().startswith(start)
    assert plt.get_fignums() == before


def test_a_model_that_raises(method):
    """What the model raised is the reason why there is no explanation."""

    def model(Z):
        if len(Z) > 1:
            raise ValueError("one row at a time")
        return np.zeros(1)

    with pytest.raises(Unexplained, match=r"could not explain it: .*one row at a time"):
        method.explain(model, X, 0)


def test_no_frame(method):
    """Without a frame there are no columns to name."""
    with pytest.raises(Unexplained, match="X is a ndarray; give a pandas DataFrame"):
        method.explain(lambda Z: Z[:, 0], np.zeros((5, 2)), 0)


@pytest.mark.parametrize(("name", "module"), [("lime", "lime.lime_tabular"), ("shap", "shap")])
def test_without_the_library(name, module, monkeypatch):
    """Where the library is missing, the extra is named."""
    monkeypatch.setitem(sys.modules, module, None)
    method = importlib.import_module(f"pytest_mlreqs.explain.{name}")
    with pytest.raises(Unexplained, match=rf'pip install "pytest-mlreqs\[{name}\]"'):
        method.explain(lambda Z: np.zeros(len(Z)), X, 0)


def test_shap_adds_up():
    """The weights of SHAP for a linear score are coefficient times distance from the mean."""
    pytest.importorskip("shap")
    from pytest_mlreqs.explain import shap

    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(100, 2)), columns=["a", "b"])
    told = dict(shap.explain(lambda Z: (3 * Z["a"] - Z["b"]).to_numpy(), rows, 5).weights)
    centred = rows.iloc[5] - rows.mean()
    assert told == pytest.approx({"a": 3 * centred["a"], "b": -centred["b"]})


def test_lime_weighs_columns_that_are_not_read():
    """LIME gives weight to a column that no score depends on: why it judges nothing here."""
    pytest.importorskip("lime")
    from pytest_mlreqs.explain import lime

    values = np.random.default_rng(0).normal(size=(500, 12))
    rows = pd.DataFrame(values, columns=[f"f{n}" for n in range(12)])
    model = lambda Z: (1.5 * Z["f0"] * np.sign(Z["f1"]) + 0.8 * Z["f2"]).to_numpy()
    tops = [{name for name, _ in lime.explain(model, rows, at).weights[:3]} for at in range(10)]
    assert sum(bool(top - {"f0", "f1", "f2"}) for top in tops) >= 5
