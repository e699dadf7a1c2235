"""An endpoint: each row is posted as one JSON object, and answered with its prediction.

It is an address (`http://...`), or a WSGI or ASGI app, which is called in the process of the check.
"""

from __future__ import annotations

import functools
import inspect
import json
import os
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

from pytest_mlreqs.measurement import Fault
from pytest_mlreqs.models.frames import opened

if sys.version_info >= (3, 14):  # annotations, which may name what is not there, are evaluated
    from annotationlib import Format

    _signature = functools.partial(inspect.signature, annotation_format=Format.STRING)
else:
    _signature = inspect.signature

_TIMEOUT_S = 30.0
_KEYS = ("probability", "probabilities", "score", "prediction", "predictions")
_SENT = {"Content-Type": "application/json", "Accept": "application/json"}
_TAKES = {"wsgi": 2, "asgi": 3}  # (environ, start_response), (scope, receive, send)
_Post = Callable[[bytes], Any]  # the body of a request; gives an httpx.Response that was read


def call(model: str, name: str) -> Callable[[Any], Any] | None:
    """`predict` posts the rows, one request each, over one connection."""
    return _Endpoint(model, _network) if name == "predict" else None


def inputs(model: str) -> tuple[str, ...] | None:
    """An address tells none."""
    return None


def drops_extras(model: str) -> bool:
    """Nobody knows what the other side does with them."""
    return False


class Endpoint:
    """A web app as a model: `Endpoint(app, path="/predict")`.

    `predict(rows)` posts each row to the path as one JSON object and returns the answers. No server
    and no network take part.

    Args:
        app: a WSGI app (Flask, Django) or an ASGI app (FastAPI, Starlette).
        path: where it predicts, with a query if it needs one.
        interface: `"wsgi"` or `"asgi"`, for an app whose signature does not tell (`*args`).

    Raises:
        TypeError: `app` is neither, or not what `interface` says.
        ValueError: `path` is no path, or `interface` is another word.
    """

    def __init__(self, app: Any, path: str = "/", *, interface: str | None = None) -> None:
        if not path.startswith("/"):
            raise ValueError(f"the path of an endpoint begins with '/', got {path!r}")
        self.app, self.path = app, path
        self.interface = _interface(app, interface)
        name = f"{getattr(app, '__name__', type(app).__name__)} at {path}"
        connect = _wsgi if self.interface == "wsgi" else _asgi
        self._endpoint = _Endpoint(name, lambda owner: connect(owner, app, path))

    def predict(self, X: Any) -> list[Any]:
        """The prediction of every row."""
        return self._endpoint(X)

    def __repr__(self) -> str:
        return f"Endpoint({self.app!r}, {self.path!r})"


class _Endpoint:
    """What posts rows. Whatever it needs for that is made by the process that uses it.

    Checks run in forked children: a connection would be shared with the session, and the thread of
    an event loop is not there any more. What belongs to another process is left alone.
    """

    def __init__(self, name: str, connect: Callable[[_Endpoint], _Post]) -> None:
        self.name = name
        self._connect = connect
        self._posts: dict[int, _Post] = {}  # by process
        self._connecting = threading.Lock()

    def __call__(self, X: Any) -> list[Any]:
        seen = opened(X)
        if seen is None:
            raise Fault(f"a {type(X).__name__} has no columns to post to {self.name}")
        post = self._posting()
        rows = seen.frame.astype(object).where(seen.frame.notna(), None).to_dict("records")
        return [
            self._answer(post, {str(k): v for k, v in row.items()}, at)
            for at, row in enumerate(rows)
        ]

    def _posting(self) -> _Post:
        with self._connecting:
            if os.getpid() not in self._posts:
                self._posts[os.getpid()] = self._connect(self)
            return self._posts[os.getpid()]

    def _answer(self, post: _Post, row: dict[str, Any], at: int) -> Any:
        answer = post(json.dumps(row, allow_nan=False, default=_written).encode())
        if answer.status_code != 200:
            raise Fault(f"{self.name} answered row {at} with status {answer.status_code}")
        try:
            told = answer.json()
        except ValueError:
            raise Fault(f"{self.name} answered row {at} with something that is no JSON") from None
        return self._prediction(told)

    def _prediction(self, told: Any) -> Any:
        if isinstance(told, dict):
            key = next((key for key in _KEYS if key in told), None)
            if key is None:
                found = ", ".join(sorted(told)) or "nothing"
                raise Fault(
                    f"{self.name} answered an object with {found}; expected a number, a list, or "
                    f"an object with one of {', '.join(_KEYS)}"
                )
            told = told[key]
        while isinstance(told, list) and len(told) == 1:  # a batch of one
            (told,) = told
        return told


def _network(owner: _Endpoint) -> _Post:
    httpx, url = _httpx(owner), owner.name
    # Without limits: how many calls there are at a time is for the caller to say.
    client = httpx.Client(
        timeout=_TIMEOUT_S,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
    )
    weakref.finalize(owner, client.close)

    def post(body: bytes) -> Any:
        try:
            return client.post(url, content=body, headers=_SENT)
        except httpx.HTTPError as error:
            why = f"{type(error).__name__}: {error}".rstrip(": ")
            raise Fault(f"{url} does not answer: {why}") from error

    return post


# An app is asked through its transport alone: a client would carry cookies from row to row.


def _wsgi(owner: _Endpoint, app: Any, path: str) -> _Post:
    httpx = _httpx(owner)
    transport = httpx.WSGITransport(app=app)

    def post(body: bytes) -> Any:
        answer = transport.handle_request(_request(httpx, path, body))
        try:
            answer.read()
        finally:
            answer.close()
        return answer

    return post


def _asgi(owner: _Endpoint, app: Any, path: str) -> _Post:
    from pytest_mlreqs.models.asgi import Service

    httpx = _httpx(owner)
    service = Service(app, owner.name, httpx.ASGITransport)
    weakref.finalize(owner, service.close)
    return lambda body: service.answer(_request(httpx, path, body))


def _request(httpx: Any, path: str, body: bytes) -> Any:
    return httpx.Request("POST", f"http://localhost{path}", content=body, headers=_SENT)


def _httpx(owner: _Endpoint) -> Any:
    try:
        import httpx
    except ImportError:
        raise Fault(f'{owner.name} needs an extra: pip install "pytest-mlreqs[http]"') from None
    return httpx


def _interface(app: Any, declared: str | None) -> str:
    """`wsgi` or `asgi`: as the signature of the app tells, and where it cannot, as declared."""
    if declared not in (None, *_TAKES):
        raise ValueError(f"the interface of an endpoint is 'wsgi' or 'asgi', got {declared!r}")
    name = getattr(app, "__name__", type(app).__name__)
    if not callable(app) or inspect.isclass(app):
        raise TypeError(f"{name} is neither a WSGI nor an ASGI app: it cannot be called")
    try:
        signature = _signature(app)
    except (TypeError, ValueError):  # some of C have none
        possible = list(_TAKES)
    else:
        possible = [word for word, count in _TAKES.items() if _binds(signature, count)]
    method = app if inspect.isroutine(app) else type(app).__call__
    if inspect.iscoroutinefunction(inspect.unwrap(method)):
        possible = [word for word in possible if word == "asgi"]
    if not possible:
        raise TypeError(
            f"{name} is neither a WSGI app, called with (environ, start_response), nor an ASGI "
            "app, called with (scope, receive, send)"
        )
    if declared is not None and declared not in possible:
        raise TypeError(f"{name} is called as {possible[0].upper()}, not as {declared.upper()}")
    if declared is None and len(possible) > 1:
        raise TypeError(f"whether {name} is WSGI or ASGI cannot be seen: say interface = ...")
    return declared or possible[0]


def _binds(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True


def _written(value: Any) -> Any:
    """What JSON has no word for: NumPy's scalars, dates."""
    return value.item() if hasattr(value, "item") else str(value)
