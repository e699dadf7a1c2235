"""A service that asks its callers to wait is asked again, while the check has time."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pandas as pd
import pytest

from pytest_mlreqs import Endpoint
from pytest_mlreqs.core import time_left
from pytest_mlreqs.core.measurement import Fault, Undecided
from pytest_mlreqs.models import retry

httpx = pytest.importorskip("httpx")
ROWS = pd.DataFrame({"a": [1, 2, 3]})


@pytest.fixture
def slept(monkeypatch):
    """The seconds of all waits, none of which takes any time; a check has 60 s."""
    made = []
    monkeypatch.setattr(retry, "_sleep", made.append)
    monkeypatch.setattr(time_left, "left_s", lambda: 60.0 - sum(made))
    return made


def service(*answers):
    """A service with these answers, status and `Retry-After`; the last comes again and again."""
    left = list(answers)

    def app(environ, start_response):
        status, after = left.pop(0) if len(left) > 1 else left[0]
        headers = [("Content-Type", "application/json")]
        headers += [("Retry-After", after)] if after else []
        start_response(f"{status} -", headers)
        return [b"0.5"]

    return Endpoint(app)


OK = ("200", "")


@pytest.mark.parametrize(
    ("answers", "waits"),
    [
        ([OK, ("429", "7"), OK], [7]),
        ([OK, ("429", ""), ("429", ""), OK], [1, 2]),
        ([("429", "3"), OK], [3]),
        ([OK, ("503", "2"), OK], [2]),
        ([OK, ("429", "0"), ("429", "soon"), OK], [0.1, 2]),
    ],
)
def test_it_is_asked_again(slept, answers, waits):
    """All rows are answered, after the time that the service names or longer each time."""
    assert service(*answers).predict(ROWS) == [0.5] * 3
    assert slept == waits


def test_a_date(slept):
    """`Retry-After` may be a date."""
    date = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=10), usegmt=True)
    service(("429", date), OK).predict(ROWS)
    assert slept == [pytest.approx(9.5, abs=0.6)]


@pytest.mark.parametrize("answer", [("429", "3600"), ("429", ""), ("429", "0"), ("503", "3600")])
def test_no_time_to_wait(slept, answer):
    """Who asks for more time than the check has leaves it undecided, with what to do."""
    with pytest.raises(Undecided, match=r"row 1 with status .*\(rows\), .* \(timeout_s\)"):
        service(OK, answer).predict(ROWS)
    assert sum(slept) < 0.5 * 60  # from there on, who waits is taken for hanging


@pytest.mark.parametrize("answer", [("503", ""), ("500", "1"), ("503", "1")])
def test_an_outage_stays_a_fault(slept, answer):
    """A service that is unavailable for good is at fault."""
    with pytest.raises(Fault, match="answered row 0 with status 50"):
        service(answer).predict(ROWS)


def test_what_is_timed_does_not_wait(slept):
    """A wait would be measured as the time of an answer: too many requests are undecided there."""
    with pytest.raises(Undecided, match=r"timed calls cannot wait: .*\(max_calls, rate_per_s\)"):
        service(OK, ("429", "1")).respond(ROWS)
    with pytest.raises(Fault, match="answered row 1 with status 503"):
        service(OK, ("503", "1")).respond(ROWS)
    assert slept == []


def test_without_a_time_limit(monkeypatch):
    """Where nothing limits the check, waiting comes to an end as well."""
    monkeypatch.setattr(time_left, "left_s", lambda: math.inf)
    waits = []
    monkeypatch.setattr(retry, "_sleep", waits.append)
    with pytest.raises(Undecided):
        service(("429", "")).predict(ROWS)
    assert sum(waits) <= 120
