"""A web app is a model: each row is posted to it, without a server and without a network."""

import asyncio
import functools
import json
import os
import sys
import threading

import numpy as np
import pytest

import pytest_mlreqs
from pytest_mlreqs import Endpoint
from pytest_mlreqs.core.isolation import CAN_FORK, run_apart
from pytest_mlreqs.core.measurement import DeclarationError, Fault
from pytest_mlreqs.models import family
from pytest_mlreqs.models.scoring import scorer

pytest.importorskip("httpx")


def wsgi(environ, start_response):
    """The age over 100, as a bare WSGI app that knows one path."""
    if environ["PATH_INFO"] != "/predict":
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"no"]
    row = json.loads(environ["wsgi.input"].read())
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"probability": ', b"%f}" % (row["Age"] / 100)]


async def asgi(scope, receive, send):
    """The same as a bare ASGI app, which knows requests only."""
    assert scope["type"] == "http"
    if scope["path"] != "/predict":
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b"no"})
        return
    row = json.loads((await receive())["body"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    body = json.dumps({"probability": row["Age"] / 100}).encode()
    await send({"type": "http.response.body", "body": body})


def flask_app(answer=lambda row: {"probability": row["Age"] / 100}):
    """The same with Flask."""
    flask = pytest.importorskip("flask")
    app = flask.Flask("service")

    @app.post("/predict")
    def predict():
        return flask.jsonify(answer(flask.request.get_json()))

    return app


def starlette_app(answer=lambda row: {"probability": row["Age"] / 100}, **options):
    """The same with Starlette, which FastAPI is made of."""
    pytest.importorskip("starlette")
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def predict(request):
        return JSONResponse(answer(await request.json()))

    return Starlette(routes=[Route("/predict", predict, methods=["POST"])], **options)


def fastapi_app():
    """The same with FastAPI and a function that is not async, so that threads answer."""
    fastapi = pytest.importorskip("fastapi")
    app = fastapi.FastAPI()

    @app.post("/predict")
    def predict(row: dict):
        return {"probability": row["Age"] / 100}

    return app


APPS = {
    "wsgi": lambda: wsgi,
    "flask": flask_app,
    "asgi": lambda: asgi,
    "starlette": starlette_app,
    "fastapi": fastapi_app,
}


@pytest.fixture
def few(people):
    """So many people as a test has time to ask for."""
    return people[0].head(6)


@pytest.mark.parametrize("name", APPS)
def test_an_app_is_judged(few, judged, name):
    """A column that the app reads is found, one that it does not read is cleared."""
    model = Endpoint(APPS[name](), "/predict")
    assert model.interface == ("wsgi" if name in ("wsgi", "flask") else "asgi")
    (read,) = judged(model, few, "Age")
    assert (read.ok, "moves predict of 6 of 6 rows" in read.text) == (False, True)
    assert judged(model, few, "income")[0].ok is True


@pytest.mark.parametrize("name", APPS)
def test_predictions(few, name):
    """Tests may call `predict` themselves; the model tells no inputs and drops none."""
    model = Endpoint(APPS[name](), path="/predict")
    assert model.predict(few) == pytest.approx((few["Age"] / 100).tolist())
    assert family.inputs(model) is None
    assert not family.drops(model, "Age")


@pytest.mark.parametrize("app", [wsgi, asgi])
def test_another_path(few, app):
    """A path that the app does not know is an error that names both."""
    told = f"^{app.__name__} at /predcit answered row 0 with status 404, .*: look at its path"
    with pytest.raises(DeclarationError, match=told):
        scorer(Endpoint(app, "/predcit"))(few)


def test_a_query(few):
    """The path may carry a query."""
    seen = []

    def app(environ, start_response):
        seen.append(environ["QUERY_STRING"])
        return wsgi(environ, start_response)

    Endpoint(app, "/predict?threshold=0.5").predict(few.head(1))
    assert seen == ["threshold=0.5"]


def test_rows_know_nothing_of_each_other(few):
    """A cookie that one answer sets does not come back with the next row."""
    flask = pytest.importorskip("flask")
    app, seen = flask.Flask("sessions"), []

    @app.post("/")
    def predict():
        seen.append(dict(flask.request.cookies))
        answer = flask.jsonify(1)
        answer.set_cookie("seen", "yes")
        return answer

    Endpoint(app).predict(few)
    assert seen == [{}] * 6


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (flask_app, "^Flask at /predict answered row 0 with status 500"),
        (starlette_app, "^predict raised KeyError: 'Cabin' "),
    ],
)
def test_an_app_that_breaks(few, make, told):
    """What the app raises becomes one sentence, and never an answer."""
    model = Endpoint(make(lambda row: row["Cabin"]), "/predict")
    with pytest.raises(Fault, match=told):
        scorer(model)(few)


def test_an_app_that_ends_its_loop(few):
    """SystemExit inside of an ASGI app is told too, where waiting for an answer had no end."""

    async def leaves(scope, receive, send):
        assert scope["type"] == "http"
        sys.exit(3)

    with pytest.raises(Fault, match="SystemExit: 3"):
        scorer(Endpoint(leaves))(few)


# --- the interface -------------------------------------------------------------------------------


class Sync:
    def __call__(self, environ, start_response):
        return wsgi(environ, start_response)


class Async:
    async def __call__(self, scope, receive, send):
        await asgi(scope, receive, send)


class Hidden:
    def __call__(self, *args):
        return wsgi(*args) if len(args) == 2 else asgi(*args)


class HiddenAsync:
    async def __call__(self, *args):
        await asgi(*args)


def returns_awaitable(scope, receive, send):
    """An ASGI app that is no coroutine function itself, as decorators make them."""
    return asgi(scope, receive, send)


@functools.wraps(asgi)
def wrapped(*args):
    """What says by `wraps` whose signature it has."""
    return asgi(*args)


@pytest.mark.parametrize(
    ("app", "interface"),
    [
        (wsgi, "wsgi"),
        (Sync(), "wsgi"),
        (Sync().__call__, "wsgi"),
        (functools.partial(lambda env, start, extra: wsgi(env, start), extra=1), "wsgi"),
        (asgi, "asgi"),
        (Async(), "asgi"),
        (HiddenAsync(), "asgi"),
        (returns_awaitable, "asgi"),
        (wrapped, "asgi"),
    ],
)
def test_the_interface_is_seen(few, app, interface):
    """Which interface an app has is told by its signature, whatever it is made of."""
    model = Endpoint(app, "/predict")
    assert model.interface == interface
    assert model.predict(few.head(1)) == [few["Age"].iloc[0] / 100]


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_the_interface_is_said(few, interface):
    """Where the signature does not tell, nobody guesses; the interface can be said."""
    with pytest.raises(TypeError, match="whether Hidden is WSGI or ASGI cannot be seen"):
        Endpoint(Hidden())
    model = Endpoint(Hidden(), "/predict", interface=interface)
    assert model.predict(few.head(1)) == [few["Age"].iloc[0] / 100]


@pytest.mark.parametrize(
    ("arguments", "options", "error", "told"),
    [
        ((wsgi,), {"interface": "asgi"}, TypeError, "wsgi is called as WSGI, not as ASGI"),
        ((HiddenAsync(),), {"interface": "wsgi"}, TypeError, "called as ASGI, not as WSGI"),
        ((wsgi,), {"interface": "cgi"}, ValueError, "is 'wsgi' or 'asgi', got 'cgi'"),
        ((wsgi, "predict"), {}, ValueError, "begins with '/', got 'predict'"),
        (("host/predict",), {}, TypeError, "str is neither a WSGI nor an ASGI app"),
        ((wsgi,), {"body": "json"}, ValueError, "is 'row', 'rows' or 'form', got 'json'"),
        ((Sync,), {}, TypeError, "Sync is neither a WSGI nor an ASGI app"),
        ((lambda scope: None,), {}, TypeError, "neither a WSGI app, called with "),
    ],
)
def test_what_is_no_endpoint(arguments, options, error, told):
    """What cannot be asked, or not so, is refused where it is made."""
    with pytest.raises(error, match=told):
        Endpoint(*arguments, **options)


# --- processes and threads -----------------------------------------------------------------------


@pytest.mark.skipif(not CAN_FORK, reason="checks are forked on Linux only")
@pytest.mark.parametrize("name", APPS)
def test_after_a_fork(few, name):
    """An app that the session has asked answers in a forked child, and afterwards here again."""
    model = Endpoint(APPS[name](), "/predict")
    here = model.predict(few)

    def work():
        yield (os.getpid(), model.predict(few))

    for _ in range(2):
        outcome = run_apart(work, timeout_s=30, max_memory_mib=4096)
        assert outcome.fault is None
        ((process, there),) = outcome.values
        assert (process != os.getpid(), there) == (True, here)
    assert model.predict(few) == here


def test_calls_at_the_same_time(few):
    """Calls from two threads are in the app together: the first waits for the second."""
    waiting = []

    async def app(scope, receive, send):
        assert scope["type"] == "http"
        waiting.append(asyncio.Event())
        if len(waiting) == 2:
            for event in waiting:
                event.set()
        await asyncio.wait_for(waiting[0].wait(), timeout=30)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"1"})

    model, told = Endpoint(app), []
    threads = [
        threading.Thread(target=lambda: told.extend(model.predict(few.head(1)))) for _ in (1, 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [1, 1]


def test_a_public_name():
    """`Endpoint` belongs to what conftest.py files may use, and imports no web library."""
    assert "Endpoint" in pytest_mlreqs.__all__
    assert repr(Endpoint(wsgi, "/predict")) == f"Endpoint({wsgi!r}, '/predict')"
    assert np.shape(Endpoint(wsgi, "/predict").predict(np.empty((0, 1)))) == (0,)
