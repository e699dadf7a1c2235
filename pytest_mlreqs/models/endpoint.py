"""An endpoint: each row is posted by a request of its own, and answered with its prediction.

It is an address (`http://...`), or a WSGI or ASGI app, which is called in the process of the check.
"""

from __future__ import annotations

import functools
import inspect
import mmap
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pytest_mlreqs.core.measurement import DeclarationError, Fault, Undecided
from pytest_mlreqs.models import retry
from pytest_mlreqs.models.exchange import Body, Exchange, shortened
from pytest_mlreqs.models.family import URLS
from pytest_mlreqs.models.frames import opened

if sys.version_info >= (3, 14):  # annotations, which may name what is not there, are evaluated
    from annotationlib import Format

    _signature = functools.partial(inspect.signature, annotation_format=Format.STRING)
else:
    _signature = inspect.signature

_TIMEOUT_S = 30.0
_TAKES = {"wsgi": 2, "asgi": 3}  # (environ, start_response), (scope, receive, send)
# The body of a request and its headers; gives an httpx.Response that was read.
_Post = Callable[[bytes, Mapping[str, str]], Any]


def call(model: str, name: str) -> Callable[[Any], Any] | None:
    """`predict` posts the rows, one request each, over one connection."""
    return _Endpoint(model, _network, Exchange()) if name == "predict" else None


def response(model: Any) -> Callable[[Any], Any] | None:
    """What posts the rows and looks for no prediction; None for what is no endpoint.

    How long an answer takes, and what memory, needs no knowledge of what it says.
    """
    if isinstance(model, str):
        return _Endpoint(model, _network, Exchange()).respond if model.startswith(URLS) else None
    return model.respond if isinstance(model, Endpoint) else None


def inputs(model: str) -> tuple[str, ...] | None:
    """An address tells none."""
    return None


def drops_extras(model: str) -> bool:
    """Nobody knows what the other side does with them."""
    return False


class Endpoint:
    """A web app or an address as a model: `Endpoint(app, path="/predict")`.

    `predict(rows)` posts each row by a request of its own and returns the predictions. With an app,
    no server and no network take part.

    Args:
        app: a WSGI app (Flask, Django), an ASGI app (FastAPI, Starlette), or an address (`http://`).
        path: where an app predicts, with a query if it needs one.
        interface: `"wsgi"` or `"asgi"`, for an app whose signature does not tell (`*args`).
        body: what a request holds: `"row"`, an object; `"rows"`, a list of one; `"form"`, fields.
        prepare: makes of a row, as a dictionary, what is sent in its place.
        answer: where the answer holds the prediction, `"0.outcome"`, or a function that reads it.
        headers: sent with each request.

    Raises:
        TypeError: `app` is neither, or not what `interface` says.
        ValueError: `path` is no path, or `interface` is another word.
    """

    def __init__(
        self,
        app: Any,
        path: str = "/",
        *,
        interface: str | None = None,
        body: Body = "row",
        prepare: Callable[[dict[str, Any]], Any] | None = None,
        answer: str | Callable[[Any], Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if not path.startswith("/"):
            raise ValueError(f"the path of an endpoint begins with '/', got {path!r}")
        if body not in ("row", "rows", "form"):
            raise ValueError(f"the body of a request is 'row', 'rows' or 'form', got {body!r}")
        exchange = Exchange(body, prepare, answer, headers or {})
        self.app, self.path = app, path
        if isinstance(app, str) and app.startswith(URLS):
            self.interface = None
            self._endpoint = _Endpoint(app, _network, exchange)
            return
        self.interface = _interface(app, interface)
        name = f"{getattr(app, '__name__', type(app).__name__)} at {path}"
        connect = _wsgi if self.interface == "wsgi" else _asgi
        self._endpoint = _Endpoint(name, lambda owner: connect(owner, app, path), exchange)

    def predict(self, X: Any) -> list[Any]:
        """The prediction of every row."""
        return self._endpoint(X)

    def respond(self, X: Any) -> list[float]:
        """Have every row answered, whatever the answers are; a zero for each."""
        return self._endpoint.respond(X)

    def __repr__(self) -> str:
        return f"Endpoint({self.app!r}, {self.path!r})"


class _Endpoint:
    """What posts rows. Whatever it needs for that is made by the process that uses it.

    Checks run in forked children: a connection would be shared with the session, and the thread of
    an event loop is not there any more. What belongs to another process is left alone.

    An endpoint that has never answered was declared wrongly, or is not there; what it does once it
    has answered is its own doing. If it asks to wait, the request is sent again afterwards; not so
    where it is timed.
    """

    def __init__(
        self, name: str, connect: Callable[[_Endpoint], _Post], exchange: Exchange
    ) -> None:
        self.name = name
        self._connect = connect
        self._exchange = exchange
        # Whether it has answered, and with a prediction; forks of this process write here, too.
        self._past = mmap.mmap(-1, 2)
        self._patience = retry.Patience()
        self._posts: dict[int, _Post] = {}  # by process
        self._connecting = threading.Lock()

    def __call__(self, X: Any) -> list[Any]:
        return [self._prediction(answer) for answer in self._answers(X)]

    def respond(self, X: Any) -> list[float]:
        """Have every row answered, whatever the answers are; a zero for each."""
        return [0.0 for _ in self._answers(X, timed=True)]

    def _answers(self, X: Any, *, timed: bool = False) -> Iterator[Any]:
        seen = opened(X)
        if seen is None:
            raise Fault(f"a {type(X).__name__} has no columns to post to {self.name}")
        post = self._posting()
        rows = seen.frame.astype(object).where(seen.frame.notna(), None).to_dict("records")
        for at, row in enumerate(rows):
            request = self._exchange.request({str(k): v for k, v in row.items()})
            answer = post(*request)
            if not answer.is_success:
                answer = self._refused(answer, at, None if timed else lambda: post(*request))  # noqa: B023
            self._past[0] = 1
            yield answer

    def _posting(self) -> _Post:
        with self._connecting:
            if os.getpid() not in self._posts:
                self._posts[os.getpid()] = self._connect(self)
            return self._posts[os.getpid()]

    def _refused(self, answer: Any, at: int, again: Callable[[], Any] | None) -> Any:
        """The answer that comes `again`, where waiting is asked for; raises if none does."""
        tries = 0
        while (pause := retry.asked_s(answer, tries)) is not None:
            if again is None and answer.status_code != retry.TOO_MANY:
                break
            if again is None or not self._patience.wait(pause):
                told = f"{self.name} answered row {at} with {shortened(answer)}"
                raise Undecided(f"{told}: {retry.advice(pause, timed=again is None)}")
            answer, tries = again(), tries + 1
        if answer.is_success:
            return answer
        told = f"{self.name} answered row {at} with {shortened(answer)}"
        if answer.is_server_error or self._past[0]:
            raise Fault(told)
        raise DeclarationError(
            f"{told}: look at its path, and say what it takes, "
            '{ ..., body = "row" | "rows" | "form", headers = ..., prepare = ... }'
        )

    def _prediction(self, answer: Any) -> Any:
        try:
            found = self._exchange.prediction(answer)
        except DeclarationError as error:
            raise (Fault if self._past[1] else DeclarationError)(f"{self.name} {error}") from None
        self._past[1] = 1
        return found

    def silent(self, why: str) -> Exception:
        """What to raise where no answer came."""
        return (Fault if self._past[0] else DeclarationError)(why)


def _network(owner: _Endpoint) -> _Post:
    httpx, url = _httpx(owner), owner.name
    # Without limits: how many calls there are at a time is for the caller to say.
    client = httpx.Client(
        timeout=_TIMEOUT_S,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
    )
    weakref.finalize(owner, client.close)

    def post(body: bytes, headers: Mapping[str, str]) -> Any:
        try:
            return client.post(url, content=body, headers=headers)
        except httpx.HTTPError as error:
            why = f"{type(error).__name__}: {error}".rstrip(": ")
            raise owner.silent(f"{url} does not answer: {why}") from error

    return post


# An app is asked through its transport alone: a client would carry cookies from row to row.


def _wsgi(owner: _Endpoint, app: Any, path: str) -> _Post:
    httpx = _httpx(owner)
    transport = httpx.WSGITransport(app=app)

    def post(body: bytes, headers: Mapping[str, str]) -> Any:
        answer = transport.handle_request(_request(httpx, path, body, headers))
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
    return lambda body, headers: service.answer(_request(httpx, path, body, headers))


def _request(httpx: Any, path: str, body: bytes, headers: Mapping[str, str]) -> Any:
    return httpx.Request("POST", f"http://localhost{path}", content=body, headers=headers)


def _httpx(owner: _Endpoint) -> Any:
    try:
        import httpx
    except ImportError:
        raise DeclarationError(
            f'{owner.name} needs an extra: pip install "pytest-mlreqs[http]"'
        ) from None
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
