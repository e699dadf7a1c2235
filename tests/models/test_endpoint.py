"""An endpoint gets one row of JSON a request, and answers with its prediction."""

import datetime
import socket
import threading

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.measurement import Fault
from pytest_mlreqs.models import family
from pytest_mlreqs.models.scoring import method, scorer

pytest.importorskip("httpx")
flask = pytest.importorskip("flask")
serving = pytest.importorskip("werkzeug.serving")


@pytest.fixture(scope="module")
def server():
    """A server on this machine, with an answer of every sort; what it was sent is kept."""
    app = flask.Flask("scores")
    app.seen = []
    answers = {
        "number": lambda row: row["Age"] / 100,
        "prediction": lambda row: {"prediction": row["Age"] / 100},
        "probability": lambda row: {"prediction": row["Age"] > 50, "probability": row["Age"] / 100},
        "list": lambda row: [row["Age"] / 100],
        "classes": lambda row: {"probabilities": [[1 - row["Age"] / 100, row["Age"] / 100]]},
        "label": lambda row: {"prediction": "old" if row["Age"] > 50 else "young"},
        "income": lambda row: {"prediction": row["income"]},
        "other": lambda row: {"answer": 42, "model": "x"},
        "ragged": lambda row: [1, 2] if row["Age"] > 50 else [1, 2, 3],
        "null": lambda row: {"prediction": None},
        "constant": lambda row: 1,
    }

    @app.post("/<kind>")
    def predict(kind):
        row = flask.request.get_json()
        app.seen.append(row)
        if kind == "text":
            return "hello"
        return flask.jsonify(answers[kind](row)) if kind in answers else ("gone", 410)

    made = serving.make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    app.url = f"http://127.0.0.1:{made.server_port}/"
    yield app
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture(autouse=True)
def _quiet(caplog):
    caplog.set_level("ERROR", "werkzeug")


@pytest.fixture
def few(people):
    """So many people as a test has time to ask for."""
    return people[0].head(6)


@pytest.mark.parametrize("kind", ["number", "prediction", "probability", "list", "classes"])
def test_a_column_that_is_read(few, judged, server, kind):
    """An influence over the network is found, whichever way the answer is written."""
    (told,) = judged(server.url + kind, few, "Age")
    assert told.ok is False
    assert "moves predict of 6 of 6 rows" in told.text
    assert "labels only" not in told.how


def test_a_column_that_is_not_read(few, judged, server):
    """An endpoint that does without the column is cleared, and one with labels is said to be."""
    assert judged(server.url + "income", few, "Age")[0].ok is True
    (told,) = judged(server.url + "label", few, "Age")
    assert (told.ok, "labels only" in told.how) == (False, True)


def test_an_array(few, server):
    """An array without names is posted under its positions."""
    assert scorer(server.url + "constant")(few.to_numpy()).tolist() == [1] * 6
    assert set(server.seen[-1]) == {"0", "1", "2"}


def test_what_json_has_no_word_for(server):
    """Gaps are null, numbers are numbers, dates are ISO text."""
    rows = pd.DataFrame(
        {
            "Age": np.array([1.5, np.nan], np.float32),
            "n": pd.array([1, None], dtype="Int64"),
            "b": [True, False],
            "when": pd.to_datetime(["2026-01-31", None]),
            "day": [datetime.date(2026, 1, 31), None],
            "text": ["a", None],
            "kind": pd.Categorical(["x", None]),
        }
    )
    server.seen.clear()
    scorer(server.url + "constant")(rows)
    day = {"when": "2026-01-31 00:00:00", "day": "2026-01-31"}
    assert server.seen == [
        {"Age": 1.5, "n": 1, "b": True, "text": "a", "kind": "x", **day},
        {**dict.fromkeys(["Age", "n", "text", "kind", "when", "day"]), "b": False},
    ]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("nowhere", "answered row 0 with status 410"),
        ("text", "answered row 0 with something that is no JSON"),
        ("other", "answered an object with answer, model; expected a number, a list, or an object"),
        ("ragged", "predict returned something that is no array"),
        ("null", "predict returned NaN for 6 of 6 rows"),
    ],
)
def test_odd_answers(few, server, kind, told):
    """An answer that is no prediction is a fault, in one sentence."""
    with pytest.raises(Fault, match=told):
        scorer(server.url + kind)(few)


def test_nobody_there(few):
    """A port at which nobody listens is a fault that names the address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and listens to nobody
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/predict"
        with pytest.raises(Fault, match=f"^{url} does not answer: ConnectError"):
            scorer(url)(few)


def test_infinite_numbers(server):
    """JSON cannot say infinity, and nothing else is said in its place."""
    with pytest.raises(Fault, match="Out of range float values"):
        scorer(server.url + "constant")(pd.DataFrame({"Age": [np.inf]}))


def test_only_addresses_are_called():
    """Any other text is no model, and an endpoint has no method but `predict`."""
    with pytest.raises(Fault, match=r"the model \(str\) has no predict"):
        scorer("ftp://127.0.0.1/")
    with pytest.raises(Fault, match=r"has no transform: it has predict"):
        method("http://127.0.0.1/", "transform")
    assert family.inputs("http://127.0.0.1/") is None
    assert not family.drops("http://127.0.0.1/", "Age")
