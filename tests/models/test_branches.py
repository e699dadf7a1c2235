"""Tests of pytest_mlreqs.models.branches."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from pytest_mlreqs.models.branches import branches, without

NAMES = ["a", "b", "c", "d"]
X = pd.DataFrame(np.arange(20.0).reshape(5, 4), columns=NAMES)
Y = [0, 1, 0, 1, 1]


def transformer(*specs):
    """A ColumnTransformer of scalers, named t0, t1, ..."""
    return ColumnTransformer([(f"t{n}", StandardScaler(), spec) for n, spec in enumerate(specs)])


@pytest.mark.parametrize(
    ("spec", "columns"),
    [
        (["a", "c"], (0, 2)),
        ([0, -1], (0, 3)),
        (slice("b", "c"), (1, 2)),
        (slice(None, "b"), (0, 1)),
        (slice("c", None), (2, 3)),
        (slice(1, 3), (1, 2)),
        ([True, False, False, True], (0, 3)),
        (np.array([False, True, False, False]), (1,)),
        (np.array(["d"], dtype=object), (3,)),
        (make_column_selector(pattern="a|d"), (0, 3)),
    ],
)
def test_columns_of_a_branch(spec, columns):
    """Names, positions, slices, masks and selectors mean what scikit-learn takes them for."""
    fitted = transformer(spec).fit(X)
    (branch,) = branches(fitted, NAMES)
    assert (branch.name, branch.columns) == ("t0", columns)
    made = branch.call(branch.select(X))
    assert np.asarray(made).tolist() == fitted.transform(X).tolist()


def test_a_branch_of_text():
    """A transformer that takes a vector is given one."""
    texts = pd.DataFrame({"a": ["x y", "y"], "b": ["z", "z"]})
    for spec in ("a", 0):
        model = ColumnTransformer([("words", CountVectorizer(token_pattern=r"\w"), spec)])
        (branch,) = branches(model.fit(texts), ["a", "b"])
        assert branch.call(branch.select(texts)).toarray().tolist() == [[1, 1], [0, 1]]


def test_a_branch_of_an_array():
    """Columns of an array are taken by position."""
    (branch,) = branches(transformer([1, 2]).fit(X.to_numpy()), ["0", "1", "2", "3"])
    assert branch.select(X.to_numpy()).tolist() == X[["b", "c"]].to_numpy().tolist()


def test_what_does_nothing_is_no_branch():
    """Columns that are dropped or passed through, and empty selections, make no branch."""
    steps = [("d", "drop", ["a"]), ("p", "passthrough", ["b"]), ("e", StandardScaler(), [])]
    found = branches(ColumnTransformer(steps).fit(X), NAMES)
    assert [one.name for one in found if one.name != "p"] == []


def test_where_it_is_found():
    """Only a transformer that gets the rows as they are is looked into."""
    inner = transformer(["a"])
    first = make_pipeline(make_pipeline(inner, StandardScaler()), LogisticRegression()).fit(X, Y)
    assert [one.columns for one in branches(first, NAMES)] == [(0,)]
    later = make_pipeline(FunctionTransformer(), transformer(["a"]), LogisticRegression())
    for model in (later.fit(X, Y), len, LogisticRegression()):
        assert branches(model, NAMES) is None


@pytest.mark.parametrize(
    ("spec", "rest"),
    [
        (["a", "b", "c"], ["a", "c"]),
        ([0, 1, 2], [0, 1]),
        ([3], [2]),
        (slice("a", "c"), ["a", "c"]),
        (slice(0, 3), [0, 1]),
        ([True, True, False, True], [0, 2]),
        ("c", "c"),
        (3, 2),
    ],
)
def test_without(spec, rest):
    """A clone asks for all columns but one, and for those behind it by their new positions."""
    given = transformer(spec)
    made = without(given, NAMES, 1)
    assert [kept for _, _, kept in made.transformers] == [rest]
    assert given.transformers[0][2] is spec


def test_nothing_is_left():
    """A transformer that takes nothing else is left out, and a selector is left to itself."""
    selector = make_column_selector()
    for spec in (["b"], "b", [1]):
        made = without(transformer(spec, ["c"], selector), NAMES, 1)
        other, last = (kept for _, _, kept in made.transformers)
        assert (other, type(last)) == (["c"], type(selector))


def test_without_in_a_pipeline():
    """A pipeline is cloned, fits without the column, and stays as it was itself."""
    model = make_pipeline(transformer(["a", "b"]), LogisticRegression()).fit(X, Y)
    made = without(model, NAMES, 1)
    made.fit(X.drop(columns="b"), Y).predict(X.drop(columns="b"))
    assert model[-1].coef_.shape == (1, 2)
    assert made[-1].coef_.shape == (1, 1)
    with pytest.raises(ValueError, match="missing"):
        model.predict(X.drop(columns="b"))


def test_without_a_transformer():
    """An estimator that names no columns is cloned as it is."""
    made = without(LogisticRegression(C=3), NAMES, 1)
    assert (made.C, hasattr(made, "coef_")) == (3, False)
