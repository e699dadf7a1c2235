"""An ONNX session is fed a matrix, or an input for each column, of exactly its types."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pytest_mlreqs.core.measurement import DeclarationError, Fault
from pytest_mlreqs.models import family
from pytest_mlreqs.models.scoring import method, scorer

onnxruntime = pytest.importorskip("onnxruntime")
skl2onnx = pytest.importorskip("skl2onnx")


def session(model, rows, **options):
    """The model as a session; probabilities as a matrix."""
    made = skl2onnx.to_onnx(model, rows, **{"options": {"zipmap": False}, **options})
    return onnxruntime.InferenceSession(made.SerializeToString())


def matrix(people, columns=("income", "noise", "Age"), **options):
    """A session of one input, on some of the columns in this order."""
    rows = people[0][list(columns)].to_numpy(np.float32)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, people[1])
    return session(model, rows[:1], **options)


def by_column(people, columns=("Age", "income"), text=()):
    """A session with an input for each column."""
    parts = [("numbers", StandardScaler(), list(columns))]
    parts += [("text", OneHotEncoder(), list(text))] if text else []
    model = make_pipeline(ColumnTransformer(parts), LogisticRegression())
    return session(model.fit(*people), people[0][:1])


def test_one_matrix(people, ageless, judged):
    """All columns of X in their order are the one input; a frame or an array is the same."""
    X = people[0][["income", "noise", "Age"]]
    for rows, ok in ((people, False), (ageless, True)):
        model = matrix(rows)
        (told,) = judged(model, X, "Age")
        assert (told.ok, "predict_proba" in told.text) == (ok, True)
        (told,) = judged(model, X.to_numpy(), "2")
        assert told.ok is ok
    assert family.inputs(model) is None
    assert not family.drops(model, "ssn")


def test_an_input_for_each_column(people, judged):
    """Each input gets its column wherever it stands, and a column that is no input gets nowhere."""
    X, y = people
    model = by_column((X[["Age", "income"]], y))
    assert family.inputs(model) == ("Age", "income")
    for rows in (X, X[["noise", "income", "Age"]]):
        assert [m.ok for m in judged(model, rows, "Age", "noise")] == [False, True]
    assert family.drops(model, "noise")
    assert not family.drops(model, "Age")


def test_an_input_that_the_graph_does_not_use(people, judged):
    """A declared input is no proof of use: a column that no node reads is cleared by behaviour."""
    model = by_column(people, columns=("income",))
    assert "Age" in {one.name for one in model.get_inputs()} or family.drops(model, "Age")
    assert judged(model, people[0], "Age")[0].ok is True


def test_text_and_names_with_blanks(people, judged):
    """Text is given as text, and a name that the converter rewrote is found."""
    X = (
        people[0]
        .rename(columns={"Age": "age in years"})
        .assign(sex=np.where(people[1] == 1, "f", "m"), children=[0, 1, 2] * 100)
    )
    model = by_column((X, people[1]), ("age in years", "children"), ("sex",))
    told = judged(model, X, "age in years", "children", "sex")
    assert [m.ok for m in told] == [False, False, False]
    assert not family.drops(model, "age in years")


def test_zipmap(people, judged):
    """Probabilities as a list of dicts are put in the order of the classes."""
    plain, zipped = matrix(people), matrix(people, options=None)
    X = people[0][["income", "noise", "Age"]]
    assert zipped.get_outputs()[1].type.startswith("seq(map")
    np.testing.assert_allclose(scorer(zipped)(X), scorer(plain)(X), atol=1e-6)
    assert judged(zipped, X, "Age")[0].ok is False


def test_labels_and_numbers(people, judged):
    """`predict` of a classifier gives its labels; a regressor has nothing else."""
    X = people[0][["income", "noise", "Age"]]
    assert set(method(matrix(people), "predict")(X)) == {0, 1}
    rows = X.to_numpy(np.float32)
    regressor = session(LinearRegression().fit(rows, people[1]), rows[:1], options=None)
    (told,) = judged(regressor, X, "Age")
    assert (told.ok, "moves predict of" in told.text) == (False, True)
    with pytest.raises(DeclarationError, match="has no predict_proba: it has predict"):
        method(regressor, "predict_proba")


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_fixed_batch_size(people, judged, size):
    """A session that takes only so many rows at a time gets them so, and answers for every row."""
    kind = skl2onnx.common.data_types.FloatTensorType([size, 3])
    fixed = matrix(people, initial_types=[("X", kind)])
    X = people[0][["income", "noise", "Age"]]
    with pytest.raises(Exception, match="Expected: "):
        fixed.run(None, {"X": X[:3].to_numpy(np.float32)})
    np.testing.assert_allclose(scorer(fixed)(X), scorer(matrix(people))(X), atol=1e-6)
    assert judged(fixed, X, "Age")[0].ok is False


def odd(people, **columns):
    """The people with columns of other values, and a session that wants the ones before."""
    X = people[0].assign(children=[0, 1, 2] * 100, sex=["m", "f"] * 150)
    return by_column((X, people[1]), ("children",), ("sex",)), X.assign(**columns)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"children": [0, 1, np.nan] * 100}, "children has missing values, .* fill them in X"),
        ({"sex": ["m", None] * 150}, "sex has missing values"),
        ({"children": [0, 1, 2.5] * 100}, "'children' takes tensor.int64., and X has other values"),
        ({"sex": ["m", "x"] * 150}, "predict_proba raised Fail: .* Unknown Category"),
    ],
    ids=["gaps in integers", "gaps in text", "fractions", "unseen category"],
)
def test_what_onnx_cannot_hold(people, columns, told):
    """What would get lost on the way to the session's types is a fault, and so is its own error."""
    model, X = odd(people, **columns)
    with pytest.raises(Fault, match=told):
        scorer(model)(X)


def test_missing_columns(people):
    """A column that the session wants and X lacks is named, and a matrix of another width told."""
    with pytest.raises(Fault, match="one input per column, and X lacks 'Age'"):
        scorer(by_column((people[0][["Age", "income"]], people[1])))(people[0][["income", "noise"]])
    with pytest.raises(Fault, match="predict_proba raised InvalidArgument"):
        scorer(matrix(people))(people[0][["income"]])
    with pytest.raises(Fault, match="a list has no columns"):
        scorer(matrix(people))([1, 2])


def test_gaps_in_floats(people):
    """NaN is a float that a session can be given, also where pandas calls it missing."""
    rows = pd.DataFrame({"a": pd.array([1.5, None], dtype="Float64"), "b": [1.0, np.nan]})
    fitted = LinearRegression().fit([[1.0, 2.0], [2.0, 1.0]], [1, 2])
    model = session(fitted, np.zeros((1, 2), np.float32), options=None)
    assert np.isnan(method(model, "predict").call(rows)[:, 0]).tolist() == [False, True]
