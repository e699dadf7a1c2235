"""asgi: an ASGI app and the event loop it lives in, for callers that know of neither.

The loop runs in a thread of its own, so that calls from several threads are answered at the same
time, as a server would. Before the first request the app is started by the lifespan protocol: that
is where services load their model. Apps that do not know the protocol are used without.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from pytest_mlreqs.core.measurement import Fault

_SHUTDOWN_S = 5.0


class Service:
    """A started app; `transport` makes of an app what answers requests (httpx.ASGITransport).

    Raises:
        Fault: the app says that it cannot start.
    """

    def __init__(self, app: Callable[..., Any], name: str, transport: Callable[..., Any]) -> None:
        self._app, self._name, self._process = app, name, os.getpid()
        self._state: dict[str, Any] = {}  # what the app keeps from its start for every request
        self._transport = transport(app=self._stateful)
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._run, name="mlreqs-asgi", daemon=True)
        self._thread.start()
        self._loop, self._over = self._started.result()

    def answer(self, request: Any) -> Any:
        """The response to an httpx.Request, read to its end."""
        return asyncio.run_coroutine_threadsafe(self._answer(request), self._loop).result()

    def close(self) -> None:
        """Shut the app down; in a forked child, which has no such thread, nothing is to be done."""
        if os.getpid() == self._process and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(2 * _SHUTDOWN_S)

    # --- in the thread of the loop ---------------------------------------------------------------

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as error:  # passed on to the thread that waits for the start
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _live(self) -> None:
        orders: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        told: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": self._state}
        life = asyncio.ensure_future(self._app(scope, orders.get, told.put))
        orders.put_nowait({"type": "lifespan.startup"})
        first = asyncio.ensure_future(told.get())
        await asyncio.wait({life, first}, return_when=asyncio.FIRST_COMPLETED)
        if life.done():
            life.exception()  # an app that knows of requests only may raise here
        if first.done() and first.result()["type"] == "lifespan.startup.failed":
            lines = first.result().get("message", "").strip().splitlines()
            raise Fault(f"{self._name} did not start" + (f": {lines[-1]}" if lines else ""))
        first.cancel()
        over = asyncio.Event()
        self._started.set_result((asyncio.get_running_loop(), over))
        await over.wait()
        orders.put_nowait({"type": "lifespan.shutdown"})
        await asyncio.wait({life}, timeout=_SHUTDOWN_S)

    async def _stateful(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await self._app({**scope, "state": dict(self._state)}, receive, send)

    async def _answer(self, request: Any) -> Any:
        try:
            response = await self._transport.handle_async_request(request)
            await response.aread()
        except SystemExit as error:  # would end the loop, and with it all hope for an answer
            raise RuntimeError(f"SystemExit: {error}") from error
        return response
