"""The allow-list lets everyday models pass, and nothing that opens, calls or evaluates."""

from __future__ import annotations

import collections
import datetime
import decimal
import functools
import operator
import os
import pathlib
import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from joblib.numpy_pickle import NumpyArrayWrapper
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from pytest_mlreqs.load.loading import Refused, load

N = 40
random = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "age": random.normal(size=N),
        "income": random.normal(size=N),
        "town": np.array(["Rome", "Oslo"] * (N // 2), dtype=object),
    }
)
X = FRAME[["age", "income"]].to_numpy()
Y = (FRAME["age"] > 0).to_numpy()

MODELS: dict[str, Any] = {
    "columns": make_pipeline(
        ColumnTransformer([("n", StandardScaler(), ["age"]), ("c", OneHotEncoder(), ["town"])]),
        RandomForestClassifier(3, random_state=np.random.RandomState(0)),
    ),
    "forest": RandomForestClassifier(3),
    "hist": HistGradientBoostingClassifier(max_iter=3, early_stopping=True),
    "boosting": GradientBoostingClassifier(n_estimators=3),
    "knn": KNeighborsClassifier(algorithm="kd_tree"),
    "balls": KNeighborsClassifier(algorithm="ball_tree"),
    "svc": SVC(),
    "logistic": make_pipeline(FunctionTransformer(np.cbrt), LogisticRegression()),
    "best": make_pipeline(SelectKBest(k=1), LogisticRegression()),
    "search": GridSearchCV(LogisticRegression(), {"C": [1, 2]}, scoring="roc_auc", cv=2),
}
DATA: dict[str, Any] = {
    "frame": FRAME.assign(
        day=pd.date_range("2020", periods=N),
        kind=FRAME["town"].astype("category"),
        maybe=pd.array([1, None] * (N // 2), dtype="Int64"),
        text=FRAME["town"].astype("string"),
    ),
    "series": FRAME.set_index(["town", "age"])["income"],
    "dates": pd.Series([1, 2], index=pd.date_range("2020", periods=2, freq="D")),
    "objects": np.array([["a", None], [1, {"k": np.arange(3)}]], dtype=object),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "scalars": [np.float64(1), np.int8(2), np.str_("x"), np.bool_(True), np.datetime64("2020")],
    "sparse": sparse.csr_matrix(np.eye(3)),
    "generators": [np.random.default_rng(1), np.random.RandomState(1)],
    "standard": [
        collections.OrderedDict(a={1}),
        collections.defaultdict(list),
        datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc),
        decimal.Decimal("1.5"),
        pathlib.PurePosixPath("a"),
        frozenset({1}),
        slice(1),
        range(3),
        b"bytes",
        1j,
    ],
}


@pytest.fixture(scope="module", params=[2, 3, 4, 5, "joblib", "joblib, compressed"])
def reloaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A function that dumps in one of the usual ways, and loads with the allow-list."""
    path = tmp_path_factory.mktemp("dumps") / "model.pkl"

    def through_a_file(value: object) -> Any:
        if isinstance(request.param, int):
            path.write_bytes(pickle.dumps(value, request.param))
        else:
            joblib.dump(value, path, compress=3 if "compressed" in request.param else 0)
        return load(path)

    return through_a_file


@pytest.fixture(scope="module")
def fitted() -> dict[str, Any]:
    """The models, each fitted once."""
    return {name: m.fit(FRAME if name == "columns" else X, Y) for name, m in MODELS.items()}


@pytest.mark.parametrize("name", MODELS)
def test_everyday_models_load(name: str, fitted: dict[str, Any], reloaded: Any) -> None:
    """A model that was fitted and dumped predicts as before, with nothing declared."""
    inputs = FRAME if name == "columns" else X
    again = reloaded(fitted[name])
    np.testing.assert_array_equal(again.predict(inputs), fitted[name].predict(inputs))


def test_vectorizers_load(reloaded: Any) -> None:
    """A text vectorizer keeps its vocabulary."""
    vectorizer = TfidfVectorizer().fit(["red green", "green blue"])
    assert reloaded(vectorizer).vocabulary_ == vectorizer.vocabulary_


@pytest.mark.parametrize("name", DATA)
def test_everyday_data_load(name: str, reloaded: Any) -> None:
    """Frames, arrays of objects, generators and standard types come back equal."""
    assert joblib.hash(reloaded(DATA[name])) == joblib.hash(DATA[name])


@pytest.mark.parametrize(
    "array", [np.arange(3, dtype=">i4"), np.ma.array([1, 2], mask=[False, True]), np.array(7)]
)
def test_unusual_arrays_load(array: Any, reloaded: Any) -> None:
    """Another byte order, a mask, and no dimension at all are no obstacle."""
    again = reloaded(array)
    assert type(again) is type(array)
    assert again.tolist() == array.tolist()


class Call:
    """Pickles as a call."""

    def __init__(self, function: Any, *args: Any) -> None:
        self.call = function, args

    def __reduce__(self) -> Any:
        return self.call


def payloads(mark: Path) -> dict[str, Any]:
    """Objects that would create the file `mark`, or would get hold of what could."""
    touch = f"open({str(mark)!r}, 'w').close()"
    return {
        "os.system": Call(os.system, f"echo > {mark}"),
        "exec": Call(exec, touch),
        "eval": Call(eval, touch),
        "print": Call(print, "harmless, and yet a call"),
        "open": Call(open, str(mark), "w"),
        "getattr": Call(getattr, "", "join"),
        "partial": Call(functools.partial(open, str(mark), "w")),
        "attrgetter": Call(operator.attrgetter("touch"), mark),
        "methodcaller": Call(operator.methodcaller("touch"), mark),
        "memmap": Call(np.memmap, str(mark), "u1", "w+", 0, 4),
        "numpy.save": Call(np.save, str(mark), 0),
        "numpy.load": Call(np.load, str(mark)),
        "DataSource": Call(np.lib.npyio.DataSource, str(mark)),
        "pandas.read_pickle": Call(pd.read_pickle, str(mark)),
        "pandas.HDFStore": Call(pd.HDFStore, str(mark)),
        "pickle.loads": Call(pickle.loads, pickle.dumps(Call(exec, touch))),
        "of the project": Call(Mine, mark),
        "function in a transformer": FunctionTransformer(np.save),
    }


class Mine(BaseEstimator):
    """A class of a project, which runs code when it is made."""

    def __init__(self, mark: Path | None = None) -> None:
        if mark is not None:
            mark.touch()


@pytest.mark.parametrize("dump", ["pickle", "joblib", "in an array", "in an array, compressed"])
@pytest.mark.parametrize("name", payloads(Path()))
def test_payloads_are_refused_and_do_not_run(tmp_path: Path, name: str, dump: str) -> None:
    """Whatever a file asks to call beside the list is named, and is not called."""
    path, mark = tmp_path / "model.joblib", tmp_path / "mark"
    value: Any = payloads(mark)[name]
    if dump.startswith("in an array"):  # joblib before 1.6 reads these by pickle.load itself
        value = {"weights": np.arange(9.0), "names": np.array([value, "x"], dtype=object)}
    if dump == "pickle":
        path.write_bytes(pickle.dumps(value))
    else:
        joblib.dump(value, path, compress=3 if "compressed" in dump else 0)
    with pytest.raises(Refused, match=r"trust = \["):
        load(path)
    assert not mark.exists()


def test_the_payloads_are_real(tmp_path: Path) -> None:
    """Read by pickle, the stand-ins above do run: their refusal means something."""
    for name in ("os.system", "exec", "eval", "open", "memmap"):
        mark = tmp_path / name
        opened = pickle.loads(pickle.dumps(payloads(mark)[name]))
        if name == "open":
            opened.close()
        assert mark.exists(), name


def test_a_payload_behind_an_array_is_refused(tmp_path: Path) -> None:
    """The raw bytes of a joblib array hide nothing that follows them."""
    path, mark = tmp_path / "model.joblib", tmp_path / "mark"
    joblib.dump([np.arange(1000.0), Call(os.system, f"echo > {mark}")], path)
    with pytest.raises(Refused, match="system"):
        load(path)
    assert not mark.exists()


def code(*parts: str | bytes) -> bytes:
    """A pickle by hand: str parts are pushed as text, bytes parts are opcodes."""
    return b"\x80\x04" + b"".join(
        b"\x8c" + bytes([len(p)]) + p.encode() if isinstance(p, str) else p for p in parts
    )


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("numpy", "__builtins__"),
        ("numpy", "os.system"),
        ("sklearn.base", "BaseEstimator.__init__.__globals__"),
        ("sklearn.utils", "Bunch.__reduce__"),
        ("sklearn.base", "warnings"),
        ("sklearn.utils._testing", "TempMemmap"),
        ("sklearn.utils.parallel", "Parallel"),
        ("sklearn.datasets", "load_iris"),
        ("sklearn.base", "clone"),
        ("numpy.lib.format", "read_array"),
        ("numpy.f2py.__main__", "main"),
        ("pandas.core.computation.expr", "Expr"),
        ("pandas", "ExcelFile"),
        ("scipy.spatial", "ConvexHull"),
        ("scipy.io", "netcdf_file"),
        ("joblib.numpy_pickle", "NDArrayWrapper"),
        ("joblib.memory", "Memory"),
        ("builtins", "type"),
        ("__builtin__", "eval"),
        ("copy_reg", "__newobj__"),
        ("antigravity", "webbrowser"),
    ],
)
def test_corners_of_the_libraries_are_refused(tmp_path: Path, module: str, name: str) -> None:
    """A library on the list is no door to what it can open, nor to what it imported."""
    path = tmp_path / "model.pkl"
    path.write_bytes(code(module, name, b"\x93."))
    with pytest.raises(Refused, match=r"trust = \["):
        load(path)


def test_a_distribution_does_not_execute_its_state(tmp_path: Path) -> None:
    """scipy.stats executes a string that it finds in a pickle; it never gets there."""
    path, mark = tmp_path / "model.pkl", tmp_path / "mark"
    text = f"open({str(mark)!r}, 'w')"
    path.write_bytes(
        code("scipy.stats._continuous_distns", "norm_gen", b"\x93)\x81}(")
        + code("_parse_arg_template")[2:]
        + b"X"
        + len(text).to_bytes(4, "little")
        + text.encode()
        + b"ub."
    )
    with pytest.raises(Refused, match="norm_gen"):
        load(path)
    assert not mark.exists()


def test_a_file_cannot_alter_a_class(tmp_path: Path) -> None:
    """State is for objects: a pickle that sets an attribute of a class is refused."""
    path = tmp_path / "model.pkl"
    path.write_bytes(code("sklearn.utils._bunch", "Bunch", b"\x93N}(", "hurt", b"Nu\x86b."))
    with pytest.raises(Refused, match="calls or alters"):
        load(path)
    from sklearn.utils import Bunch

    assert not hasattr(Bunch, "hurt")


def test_a_file_cannot_call_an_object(tmp_path: Path) -> None:
    """Only what the file names is called, not an object that happens to be callable."""
    path = tmp_path / "model.pkl"
    kernel = code("sklearn.gaussian_process.kernels", "RBF", b"\x93)\x81)R.")
    path.write_bytes(kernel)
    with pytest.raises(Refused, match="calls or alters"):
        load(path)


def test_an_array_of_joblib_takes_data_only(tmp_path: Path) -> None:
    """A file that replaces the method by which an array is read does not get it called."""
    path = tmp_path / "model.joblib"
    wrapper = NumpyArrayWrapper(np.ndarray, (1,), "C", np.dtype("f8"))
    wrapper.read = set
    path.write_bytes(pickle.dumps([wrapper], 3)[:-2] + b"\0" * 9 + b"a.")
    assert load(path) == [np.zeros(1)]
