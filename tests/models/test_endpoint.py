"""An endpoint gets one row of JSON a request, and answers with its prediction."""

import datetime
import socket
import threading
import uuid

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs import Endpoint
from pytest_mlreqs.core.isolation import run_apart
from pytest_mlreqs.core.measurement import DeclarationError, Fault
from pytest_mlreqs.declare import targets
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
        "null": lambda row: {"prediction": None},
        "constant": lambda row: 1,
        "word": lambda row: "done",
        "nested": lambda row: {"model": "x", "results": [{"value": row["Age"] / 100}]},
        "echo": lambda row: [{"outcome": "yes", "id": str(uuid.uuid4()), "row": row}],
        "sometimes": lambda row: {"score": 0.1} if row["Age"] < 50 else {"error": "too old"},
        "threshold": lambda row: {"score": 0.4, "prediction": int(row["group"] > 0)},
        "decision": lambda row: {
            "probability": row["Age"] / 100,
            "prediction": "yes" if row["group"] > 0 else "no",
        },
        "rows": lambda rows: {"score": rows[0]["Age"] / 100},
        "wrapped": lambda sent: [{"score": sent["instances"][0][0] / 100}],
        "broken": lambda row: 1 / 0,
        "strict": lambda row: 0.5 if row["Age"] > 0 else flask.abort(422),
    }

    @app.post("/<kind>")
    def predict(kind):
        if kind == "form":
            app.seen.append(flask.request.form.to_dict())
            return flask.jsonify(float(flask.request.form["Age"]) / 100)
        if kind == "headers":
            app.seen.append([flask.request.headers[name] for name in ("X-Key", "Accept")])
            return flask.jsonify(0.4)
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
        ("null", "predict returned NaN for 6 of 6 rows"),
        ("broken", "answered row 0 with status 500, text/html.*, '<!doctype html>"),
    ],
)
def test_odd_answers(few, server, kind, told):
    """An answer that is no prediction is a fault, in one sentence."""
    with pytest.raises(Fault, match=told):
        scorer(server.url + kind)(few)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("nowhere", "answered row 0 with status 410, text/html.*, 'gone': look at its path"),
        ("text", "unknown shape, a text alone: status 200, text/html.*, 'hello'"),
        ("word", r"a text alone: status 200, application/json, '\"done\"'.*\"builtins:str\" }"),
        ("other", r'application/json, \'{"answer":42,"model":"x"}\'. Say .* answer = "answer" }'),
        ("nested", r'answer = "results.0.value" }, or which function reads it'),
        ("echo", "answers in an unknown shape"),
    ],
)
def test_answers_in_an_unknown_shape(few, server, kind, told):
    """What cannot be told from the answer is an error of the declaration, with what to write."""
    with pytest.raises(DeclarationError, match=told):
        scorer(server.url + kind)(few)


def test_an_answer_that_changes_its_shape(few, server):
    """A service that has answered, and then answers something else, is at fault itself."""
    with pytest.raises(Fault, match=r"an unknown shape: .*too old"):
        scorer(server.url + "sometimes")(few.assign(Age=[20.0, 30, 40, 70, 20, 20]))


def test_what_is_timed_needs_no_prediction(few, server):
    """How long an answer takes can be measured whatever is in it; that it is an error, too."""
    for model in (server.url + "other", Endpoint(server.url + "other")):
        assert method(model).probed(few).tolist() == [0] * 6
        assert method(model).name == "predict"
    with pytest.raises(Fault, match="answered row 0 with status 500"):
        method(server.url + "broken").probed(few)


def test_a_refusal_after_an_answer_in_a_fork(few, server):
    """What a service refuses once it has answered is its own doing, in other processes, too."""
    endpoint = Endpoint(server.url + "strict")
    assert run_apart(
        lambda: endpoint.predict(few.head(1)), timeout_s=20, max_memory_mib=2000
    ).values
    with pytest.raises(Fault, match="answered row 0 with status 422"):
        scorer(endpoint)(few.head(1).assign(Age=-1.0))


def test_both_a_score_and_a_decision_count(judged, server):
    """A decision by group that leaves the score alone is found beside it."""
    rows = pd.DataFrame({"Age": [40.0] * 6, "group": [0, 1] * 3, "income": [1.0] * 6})
    for kind in ("threshold", "decision"):
        (told,) = judged(server.url + kind, rows, "group")
        assert told.ok is False


def test_a_decision_in_words_beside_a_score(judged, server):
    """The score stays a number, whose changes are told by their size."""
    rows = pd.DataFrame({"Age": [40.0, 60.0] * 3, "group": [0, 1] * 3, "income": [1.0] * 6})
    (told,) = judged(server.url + "decision", rows, "Age")
    assert "of 6 of 6 rows by up to 0.2" in told.text
    assert "labels only" not in told.how


@pytest.mark.parametrize(
    ("kind", "options", "sent"),
    [
        ("rows", {"body": "rows"}, [{"Age": 40.0, "a": None}]),
        ("form", {"body": "form"}, {"Age": "40.0", "a": ""}),
        (
            "wrapped",
            {"prepare": lambda row: {"instances": [[row["Age"]]]}},
            {"instances": [[40.0]]},
        ),
        ("headers", {"headers": {"X-Key": "k1", "accept": "text/csv"}}, ["k1", "text/csv"]),
    ],
)
def test_requests_of_every_sort(server, kind, options, sent):
    """A row is sent as the service takes it: alone, in a list, as a form, or prepared."""
    server.seen.clear()
    endpoint = Endpoint(server.url + kind, **options)
    assert endpoint.predict(pd.DataFrame({"Age": [40.0], "a": [None]})) == [0.4]
    assert server.seen == [sent]


@pytest.mark.parametrize(
    ("kind", "answer", "found"),
    [
        ("other", "answer", 42),
        ("nested", "results.0.value", 0.4),
        ("echo", "0.outcome", "yes"),
        ("text", len, 5),
        ("word", targets.resolve("builtins:str"), "done"),
        ("other", lambda said: said["answer"] / 2, 21),
    ],
)
def test_answers_of_every_sort(server, kind, answer, found):
    """The prediction is taken from where it is declared to stand, or by a function."""
    endpoint = Endpoint(server.url + kind, answer=answer)
    assert endpoint.predict(pd.DataFrame({"Age": [40.0]})) == [found]


@pytest.mark.parametrize("place", ["outcome", "1.outcome", "0.id.x", "0"])
def test_nothing_at_the_declared_place(server, place):
    """Where nothing stands at the declared place, or no prediction, the answer is shown."""
    with pytest.raises(DeclarationError, match=f"no prediction at answer = '{place}': status 200"):
        Endpoint(server.url + "echo", answer=place).predict(pd.DataFrame({"Age": [40.0]}))


def test_nobody_there(few):
    """A port at which nobody listens is an error that names the address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and listens to nobody
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/predict"
        with pytest.raises(DeclarationError, match=f"^{url} does not answer: ConnectError"):
            scorer(url)(few)


def test_nobody_there_any_more(few, server, monkeypatch):
    """A service that goes away after it has answered is at fault."""
    import httpx

    predict = scorer(server.url + "number")
    predict(few)
    gone = httpx.ConnectError("refused")
    monkeypatch.setattr(httpx.Client, "post", lambda *_, **__: (_ for _ in ()).throw(gone))
    with pytest.raises(Fault, match="does not answer: ConnectError: refused"):
        predict(few)


def test_infinite_numbers(server):
    """JSON cannot say infinity, which is no fault of the service."""
    with pytest.raises(DeclarationError, match="Out of range float values"):
        scorer(server.url + "constant")(pd.DataFrame({"Age": [np.inf]}))


def test_only_addresses_are_called():
    """Any other text is no model, and an endpoint has no method but `predict`."""
    with pytest.raises(DeclarationError, match=r"the model \(str\) has no predict"):
        scorer("ftp://127.0.0.1/")
    with pytest.raises(DeclarationError, match=r"has no transform: it has predict"):
        method("http://127.0.0.1/", "transform")
    assert family.inputs("http://127.0.0.1/") is None
    assert not family.drops("http://127.0.0.1/", "Age")
