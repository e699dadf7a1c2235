"""An ASGI app is started before its first request and shut down after its last."""

import contextlib
import gc

import pytest

from pytest_mlreqs import Endpoint
from pytest_mlreqs.core.measurement import Fault

pytest.importorskip("httpx")


class App:
    """A bare ASGI app that speaks the lifespan protocol and keeps its model in the state."""

    def __init__(self, *, failing=None):
        self.failing = failing
        self.seen = []

    async def __call__(self, scope, receive, send):
        self.seen.append(scope["type"])
        if scope["type"] == "lifespan":
            assert (await receive())["type"] == "lifespan.startup"
            if self.failing is not None:
                await send({"type": "lifespan.startup.failed", "message": self.failing})
                return
            scope["state"]["model"] = b"0.5"
            await send({"type": "lifespan.startup.complete"})
            self.seen.append((await receive())["type"])
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["state"]["model"]})


def test_started_once(people):
    """What the app loads when it starts is there for every request."""
    app = App()
    model = Endpoint(app)
    assert app.seen == []
    assert model.predict(people[0].head(2)) == [0.5, 0.5]
    assert app.seen == ["lifespan", "http", "http"]


def test_shut_down(people):
    """With its endpoint the app goes too, and is told."""
    app = App()
    model = Endpoint(app)
    model.predict(people[0].head(1))
    del model
    gc.collect()
    assert app.seen[-1] == "lifespan.shutdown"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Traceback:\n  ...\nOSError: no artefact\n", "App at / did not start: OSError: no artefa"),
        ("", "App at / did not start$"),
    ],
)
def test_an_app_that_cannot_start(people, message, told):
    """The reason is told in one sentence, at every attempt."""
    model = Endpoint(App(failing=message))
    for _ in range(2):
        with pytest.raises(Fault, match=told):
            model.predict(people[0].head(1))


def test_starlette(people):
    """A service that loads its model in a lifespan finds it in the state of the request."""
    pytest.importorskip("starlette")
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def predict(request):
        return JSONResponse(request.state.model * (await request.json())["Age"])

    @contextlib.asynccontextmanager
    async def lifespan(app):
        if broken:
            raise OSError("no artefact")
        yield {"model": 2}

    app = Starlette(routes=[Route("/", predict, methods=["POST"])], lifespan=lifespan)
    broken = False
    few = people[0].head(2)
    assert Endpoint(app).predict(few) == (2 * few["Age"]).tolist()
    broken = True
    with pytest.raises(Fault, match="Starlette at / did not start: OSError: no artefact"):
        Endpoint(app).predict(few)
