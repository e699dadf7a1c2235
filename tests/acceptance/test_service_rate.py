"""Requests that are due at a rate: a service that falls behind breaks its budget, as for users."""

import json

import pytest

pytest.importorskip("httpx")

CONFTEST = """
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd
import pytest
from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.measures.timing import sending

for clock in (Clock, sending.Clock):
    clock.waited = lambda self: 0  # how busy the machine is must decide nothing


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in one piece: in two it would wait for the network
    one_by_one = threading.Lock()

    def do_POST(self):
        row = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.one_by_one:
            time.sleep({seconds})
        body = json.dumps({{"prediction": row["a"]}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


@pytest.fixture(scope="session")
def model():
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{{server.server_port}}/predict"
        server.shutdown()
        thread.join()


@pytest.fixture
def X():
    return pd.DataFrame({{"a": range(40)}})
"""
HANDLER_S = 0.012
BUDGET_MS = 300
MOST_RUNS = 5  # a machine that is too busy to tell is asked again
TOML = f"""
[tool.mlreqs.latency]
max_p95_ms = {BUDGET_MS}
"""


def p95(project, handler_s, rate=None, max_seconds=0):
    """State and measurement of a service whose handler takes so long, for one request at a time."""
    toml = TOML + (f"rate_per_s = {rate}\nmax_seconds = {max_seconds}\n" if rate else "")
    made = project(toml, conftest=CONFTEST.format(seconds=handler_s))
    for _ in range(MOST_RUNS):
        made.runpytest("-Wdefault", "--mlreqs-json=told.json")
        (verdict,) = json.loads((made.path / "told.json").read_text(encoding="utf-8"))["verdicts"]
        if verdict["state"] != "undecided":
            break
    return verdict["state"], verdict["measurements"][0]


def test_a_service_that_keeps_up(project):
    """Requests that are answered before the next one is due are within the budget."""
    state, told = p95(project, 0, rate=150, max_seconds=3)
    assert state == "satisfied"
    assert told["name"] == "p95 of predict"
    assert ", due at 150 a second and counted from then, " in told["how"]


def test_a_service_that_falls_behind(project):
    """Each request waits for those before it, which counts: no handler takes that long."""
    state, told = p95(project, HANDLER_S, rate=160, max_seconds=0.75)
    assert state == "violated"
    assert told["value"] > BUDGET_MS > 10 * 1e3 * HANDLER_S


def test_one_request_after_the_other(project):
    """The same service, asked only when it has answered, keeps the same budget."""
    state, told = p95(project, HANDLER_S)
    assert state == "satisfied"
    assert 1e3 * HANDLER_S <= told["value"] < BUDGET_MS
