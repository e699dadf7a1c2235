"""What a table in [tool.mlreqs.subjects] says of a web app is checked before it is imported."""

import pytest

from pytest_mlreqs.declare.sources import Address, App, File, Subject, subject

WHERE = ("tool", "mlreqs", "subjects", "model")


@pytest.fixture
def told(tmp_path):
    """The subject that `model = table` declares, or the text of the only problem."""
    (tmp_path / "zervice.py").write_text("raise RuntimeError('imported')\napp = create = None\n")

    def tell(table):
        found, problems = subject("model", table, WHERE, tmp_path)
        assert (found is None) is bool(problems)
        if found is not None:
            return found
        (problem,) = problems
        return problem.path, problem.text

    return tell


def test_an_app(told):
    """An app is an import path, asked at the root or at its path, and nothing is imported."""
    assert told({"app": "zervice:app"}) == Subject("model", App(app="zervice:app", path="/"))
    table = {"app": "zervice:create", "path": "/predict?v=2", "interface": "asgi"}
    assert told(table) == Subject("model", App(**table))


def test_an_address(told):
    """An address in a table may say how it is asked, and where its answer is."""
    table = {"url": "http://host/predict", "answer": "0.outcome", "headers": {"X-Key": "$KEY"}}
    assert told(table) == Subject("model", Address(**table))
    assert told(table).source.body == "row"


@pytest.mark.parametrize(
    ("table", "key", "text"),
    [
        (
            {"app": "zervice:ap"},
            None,
            "model: app = 'zervice:ap': zervice has no 'ap'; did you mean 'app'?",
        ),
        (
            {"app": "zervise:app"},
            None,
            "model: app = 'zervise:app': there is no module 'zervise'; did you mean 'zervice'?",
        ),
        (
            {"app": "zervice"},
            None,
            "model: app = 'zervice': 'zervice' does not have the form 'package.module:name'",
        ),
        (
            {"app": "http://host/predict"},
            None,
            "model: an address is a url: { url = 'http://host/predict' }",
        ),
        ({"app": 5}, "app", "option 'app' must be a string that is not empty, got 5"),
        (
            {"app": "zervice:app", "path": "predict"},
            "path",
            "option 'path' must be a string like ^/, got 'predict'",
        ),
        (
            {"app": "zervice:app", "pth": "/predict"},
            "pth",
            "has no option 'pth'; did you mean 'path'?",
        ),
        (
            {"app": "zervice:app", "interface": "cgi"},
            "interface",
            "option 'interface' must be 'asgi' or 'wsgi', got 'cgi'",
        ),
        (
            {"interface": "wsgi", "path": "/"},
            None,
            "needs the option 'app': import path of the app, or of a function that makes it",
        ),
        (
            {"answer": "0.outcome", "body": "rows"},
            None,
            "needs the option 'app': import path of the app, or of a function that makes it",
        ),
        (
            {"url": "host/predict"},
            None,
            "model: url = 'host/predict' does not begin with http:// or https://",
        ),
        (
            {"url": "http://host/predict", "prepare": "zervice:ap"},
            None,
            "model: prepare = 'zervice:ap': zervice has no 'ap'; did you mean 'app'?",
        ),
        (
            {"app": "zervice:app", "answer": "zervice:ap"},
            None,
            "model: answer = 'zervice:ap': zervice has no 'ap'; did you mean 'app'?",
        ),
        (
            {"url": "http://host/predict", "body": "json"},
            "body",
            "option 'body' must be 'form' or 'row' or 'rows', got 'json'",
        ),
    ],
)
def test_wrong_apps(told, table, key, text):
    """All that can be wrong is told at its key, with the nearest name."""
    assert told(table) == (WHERE if key is None else (*WHERE, key), text)


def test_a_misspelt_app_is_no_file(tmp_path):
    """A table that means an app is judged as one, even where that word is misspelt."""
    _, problems = subject("model", {"ap": "zervice:app", "path": "/predict"}, WHERE, tmp_path)
    assert [problem.text for problem in problems] == [
        "has no option 'ap'; did you mean 'app'?",
        "needs the option 'app': import path of the app, or of a function that makes it",
    ]


def test_a_file_is_no_app(told, tmp_path):
    """A table with a path alone, or with what files are trusted for, is a file."""
    (tmp_path / "m.pkl").touch()
    assert told({"path": "m.pkl", "trust": ["a.B"]}) == Subject(
        "model", File(path="m.pkl", trust=("a.B",))
    )
    assert told({"path": "/predict"})[1].startswith("model: '/predict' does not end in ")
    assert told({"path": "m.pkl", "sha256": "x"})[1].startswith("option 'sha256' must be")
