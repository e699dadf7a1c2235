"""Models and frames of other libraries go through all doors, in a child process if they can."""

import importlib.util

import pytest
from sklearn.linear_model import LogisticRegression

try:  # before pytester, which would have them imported twice
    import onnxruntime  # noqa: F401
    import skl2onnx
except ImportError:
    skl2onnx = None

from pytest_mlreqs.models import family, onnx

ADAPTER = """
class Theirs:
    "A model of another library."
    def score_them(self, rows):
        return rows["age"] * 2.0

Theirs.__module__ = "theirs.models"

class Adapter:
    def call(self, model, name):
        return model.score_them if name == "predict" else None
    def inputs(self, model):
        return None
    def drops_extras(self, model):
        return False

def pytest_mlreqs_adapters():
    return {"theirs": Adapter()}

@pytest.fixture
def model():
    return Theirs()

@pytest.fixture
def X():
    import pandas as pd
    return pd.DataFrame({"age": range(40), "noise": range(40)})
"""
FORBIDDEN = "[tool.mlreqs.forbidden_features]\ncolumns = ['{}']\nreason = 'protected'\n"
LATENCY = "[tool.mlreqs.latency]\nmax_p95_ms = 100\n"

TRAINED = """
import numpy as np
import pandas as pd

def rows():
    generator = np.random.default_rng(0)
    return pd.DataFrame(generator.normal(size=(2000, 3)), columns=["age", "income", "noise"])

def paid():
    X = rows()
    return (X["age"] + X["income"] > 0).astype(int)
"""
MODELS = {
    "lightgbm": "import lightgbm as l; "
    "return l.LGBMClassifier(n_estimators=5, verbose=-1).fit(X, y)",
    "xgboost": "import xgboost as l; "
    "return l.XGBClassifier(n_estimators=5).fit(X, y).get_booster()",
    "catboost": "import catboost as l; return l.CatBoostClassifier(iterations=9, verbose=0, "
    "allow_writing_files=False).fit(X, y)",
    "onnxruntime": "import onnxruntime as l, skl2onnx; "
    "from sklearn.ensemble import RandomForestClassifier as F; "
    "X = X.to_numpy(); "
    "m = skl2onnx.to_onnx(F(20, max_depth=4).fit(X, y), X[:1], options={'zipmap': False}); "
    "s = l.SessionOptions(); s.intra_op_num_threads = 4; "
    "return l.InferenceSession(m.SerializeToString(), s)",
    "polars": "import polars as l; from sklearn.linear_model import LogisticRegression as L; "
    "m = L().fit(X.to_numpy(), y); f = l.from_pandas(X).lazy().filter(l.col('age') > 0).collect(); "
    "return lambda X: m.predict_proba(X.lazy().select(l.all() * 1.0).collect().to_numpy())",
}


def test_an_adapter_of_another_session(project):
    """A session in the same process leaves its adapters to itself, and those of others alone."""
    with family.using([{"ours": onnx}]):
        made = project(FORBIDDEN.format("age"), conftest=ADAPTER)
        made.runpytest_inprocess().assert_outcomes(failed=1)
        assert family.adapter(type("Ours", (), {"__module__": "ours"})()) is onnx
        assert family.adapter(type("Theirs", (), {"__module__": "theirs.models"})()) is None


def test_an_adapter_from_conftest(project):
    """A model that only a conftest.py knows how to call is judged by every kind."""
    result = project(FORBIDDEN.format("age"), conftest=ADAPTER).runpytest("--mlreqs-prove")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["the model reads 'age'*", "*1 of 1 requirements can fail here*"])


def test_an_adapter_lasts_for_its_session(project):
    """In the next session without it, the model is one without a method that predicts."""
    project(FORBIDDEN.format("age"), conftest=ADAPTER).runpytest()
    without = ADAPTER.replace("def pytest_mlreqs_adapters", "def unused")
    result = project(FORBIDDEN.format("age"), conftest=without).runpytest()
    result.stdout.fnmatch_lines(
        ["*the model (Theirs) has no predict, and nothing else that predicts: *"]
    )


def test_no_adapter(project):
    """A hook that gives something else ends the run before any test, as a usage error."""
    wrong = "\ndef pytest_mlreqs_adapters(): return {'theirs': 3}\n"
    result = project(FORBIDDEN.format("age"), conftest=wrong).runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: the adapter for 'theirs' has no function 'call'"])


BESIDE = """
import pytest, scores

@pytest.fixture(scope="session", params={})
def model(request): return getattr(scores, request.param)()
"""


@pytest.mark.parametrize(
    "libraries",
    [[one for one in MODELS if one != "polars"], ["polars"]],  # whose threads decide for all
    ids=["models", "polars"],
)
def test_after_a_fork(project, libraries):
    """Models whose threads have worked in the session work in the check's process."""
    there = [
        one
        for one in libraries
        if importlib.util.find_spec(one) and (one != "onnxruntime" or skl2onnx)
    ]
    if not there:
        pytest.skip("none of them is installed")
    loads = "".join(
        f"\ndef {one}_model():\n    X, y = rows(), paid()\n    {MODELS[one]}\n" for one in there
    )
    test = "def test_a(model, X):\n    if hasattr(model, 'predict_proba'): model.predict_proba(X)\n"
    data = "polars_rows" if libraries == ["polars"] else "rows"
    more = "\ndef polars_rows():\n    import polars; return polars.from_pandas(rows())\n"
    toml = (
        f'[tool.mlreqs]\nsubjects = {{ X = "scores:{data}" }}\n'
        f"timeout_s = 30\n" + FORBIDDEN.format("age") + LATENCY
    )
    files = {"scores.py": TRAINED + loads + more, "test_a.py": test}
    made = project(toml, files, conftest=BESIDE.format([f"{one}_model" for one in there]))
    result = made.runpytest_subprocess()
    result.assert_outcomes(passed=2 * len(there), failed=len(there))
    for one in there:
        result.stdout.fnmatch_lines_random([f"FAILED *forbidden_features?{one}_model?*"])
    assert str(result.stdout).count("\nthe model reads 'age'") == len(there)
    result.stdout.fnmatch_lines(["*2 declared, 1 satisfied, 1 violated*"])


def test_an_onnx_file(project):
    """A file that ends in .onnx is a model."""
    if skl2onnx is None or importlib.util.find_spec("onnxruntime") is None:
        pytest.skip("onnxruntime or skl2onnx is not installed")
    space = {}
    exec(TRAINED, space)
    X = space["rows"]().to_numpy("float32")
    fitted = skl2onnx.to_onnx(LogisticRegression().fit(X, space["paid"]()), X[:1])
    subjects = '[tool.mlreqs.subjects]\nmodel = "m.onnx"\nX = "scores:rows"\n'
    made = project(subjects + FORBIDDEN.format("age"), {"scores.py": TRAINED}, conftest="")
    (made.path / "m.onnx").write_bytes(fitted.SerializeToString())
    result = made.runpytest()
    result.stdout.fnmatch_lines(["the model reads 'age'*moves predict_proba of 2,000 of 2,000*"])


def test_an_endpoint(project):
    """An address is a model; where nobody has ever answered, the run has an error."""
    if importlib.util.find_spec("httpx") is None:
        pytest.skip("httpx is not installed")
    subjects = '[tool.mlreqs.subjects]\nmodel = "http://127.0.0.1:9/predict"\nX = "scores:rows"\n'
    made = project(subjects + FORBIDDEN.format("age"), {"scores.py": TRAINED}, conftest="")
    result = made.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*http://127.0.0.1:9/predict does not answer: ConnectError*"])


LIST = """
import flask

def app():
    service = flask.Flask("service")

    @service.post("/predict")
    def predict():
        if flask.request.headers["X-Key"] != "k1":
            return "who are you?", 401
        (row,) = flask.request.get_json()["instances"]
        return [{"id": len(row), "outcome": {"value": row[0] / 100}}]

    return service

def prepare(row):
    return {"instances": [[row["age"], row["income"]]]}

def few():
    from scores import rows
    return rows().head(12)
"""
ASKED = """
[tool.mlreqs.subjects]
X = "service:few"

[tool.mlreqs.subjects.model]
app = "service:app"
path = "/predict"
prepare = "service:prepare"
headers = { X-Key = "$SERVICE_KEY" }
"""


@pytest.mark.parametrize(
    ("key", "answer", "outcome", "told"),
    [
        ("k1", 'answer = "0.outcome.value"\n', "failed", "*the model reads 'age': *"),
        ("k1", "", "errors", '*in an unknown shape*Say where *answer = "0.id" }*'),
        ("k2", "", "errors", "*row 0 with status 401, *'who are you?': look at its path*"),
        ("k$2", "", "errors", "*row 0 with status 401, *'who are you?'*"),
        (None, "", "errors", "*pyproject.toml: model: headers: the environment has no SERVICE_KEY"),
    ],
)
def test_a_service_that_is_asked_in_its_own_way(project, monkeypatch, key, answer, outcome, told):
    """What a service takes and where its answer is are declared; else the message says how."""
    for library in ("httpx", "flask"):
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    if key is None:
        monkeypatch.delenv("SERVICE_KEY", raising=False)
    else:
        monkeypatch.setenv("SERVICE_KEY", key)
    files = {"scores.py": TRAINED, "service.py": LIST}
    made = project(ASKED + answer + FORBIDDEN.format("age"), files, conftest="")
    result = made.runpytest()
    result.assert_outcomes(**{outcome: 1})
    result.stdout.fnmatch_lines([told])


SERVICE = """
import flask

def app():
    service = flask.Flask("service")

    @service.post("/predict")
    def predict():
        return {"probability": flask.request.get_json()["age"] / 100}

    return service

def hidden(*args):
    return app()(*args)

def few():
    from scores import rows
    return rows().head(12)
"""


def test_an_app(project):
    """A web app, declared by import path and path or built in conftest.py, is a model."""
    for library in ("httpx", "flask"):
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    files = {"scores.py": TRAINED, "service.py": SERVICE}
    subjects = (
        '[tool.mlreqs.subjects]\nmodel = { app = "service:app", path = "/predict" }\n'
        'X = "service:few"\n'
    )
    fixture = """
@pytest.fixture
def model():
    from pytest_mlreqs import Endpoint
    import service
    return Endpoint(service.app(), path="/predict")
"""
    built = subjects.replace("model", "unused")
    for conftest, table, more in (
        ("", subjects, LATENCY + "max_seconds = 2\n"),
        (fixture, built, ""),
    ):
        made = project(table + FORBIDDEN.format("age") + more, files, conftest=conftest)
        result = made.runpytest_subprocess()
        result.assert_outcomes(passed=1 if more else 0, failed=1)
        result.stdout.fnmatch_lines(["the model reads 'age'*moves predict of 12 of 12 rows*"])


def test_an_app_of_unknown_interface(project):
    """Where nobody can see whether an app is WSGI or ASGI, the subject cannot be built."""
    if importlib.util.find_spec("flask") is None:
        pytest.skip("flask is not installed")
    subjects = '[tool.mlreqs.subjects]\nmodel = { app = "service:hidden" }\nX = "service:few"\n'
    files = {"scores.py": TRAINED, "service.py": SERVICE}
    result = project(subjects + FORBIDDEN.format("age"), files, conftest="").runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*pyproject.toml: model: whether hidden is WSGI or ASGI cannot be seen: say interface*"]
    )
