"""Tests of pytest_mlreqs.measures.costs.workload."""

import itertools
import time

import pandas as pd
import pytest

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.measures.costs.rounds import Question
from pytest_mlreqs.measures.costs.workload import Workload, immeasurable
from pytest_mlreqs.measures.memory import peak
from pytest_mlreqs.models.computed import computing

X = pd.DataFrame({"a": range(10)})
INPUTS = lambda: itertools.repeat(lambda name: name)
QUESTIONS = {(0, "ms"): Question(("a",), ("a",), 1_000.0)}


def test_rows():
    """Calls get rows of their own, as many as declared; three batches are for memory."""
    calls = Workload("predict", X, 4, warmup=0, max_seconds=1)
    assert [len(rows) for _, rows in itertools.islice(calls.visits(), 5)] == [4] * 5
    assert [len(rows) for rows in calls.drawn()] == [4] * 3
    assert calls.how(2).startswith("3 calls with 4 rows, the kernel's high-water mark")
    assert calls.how(0.5).startswith("3 calls with 4 rows, traced allocations")


@pytest.mark.parametrize(("seconds", "warm"), [(100, 3), (0.05, 1)])
def test_warm_up(seconds, warm):
    """Some rounds do not count; fewer where they take a tenth of the time there is."""
    seen = []
    runs = {"a": lambda name: seen.append(name) or time.sleep(0.01)}
    calls = Workload("predict", X, 1, warmup=3, max_seconds=seconds)
    told = calls.timed(runs, INPUTS(), QUESTIONS)
    assert len(seen) == warm + told[0, "ms"].samples.count


def test_nothing_to_ask():
    """Without a question nothing runs."""
    runs = {"a": lambda name: pytest.fail("it ran")}
    assert Workload("predict", X, 1, warmup=3, max_seconds=1).timed(runs, INPUTS(), {}) == {}


def test_a_run_that_raises():
    """What a call of a model raises is told by its name, and what is ours is not."""
    runs = {"a": computing(lambda name: 1 / 0, "scale")}
    with pytest.raises(Fault, match="scale raised ZeroDivisionError"):
        Workload("predict", X, 1, warmup=0, max_seconds=1).timed(runs, INPUTS(), QUESTIONS)
    runs = {"a": lambda name: 1 / 0}
    with pytest.raises(ZeroDivisionError):
        Workload("predict", X, 1, warmup=0, max_seconds=1).timed(runs, INPUTS(), QUESTIONS)


def test_immeasurable(monkeypatch):
    """Memory of less than 1 MiB is traced; more takes the kernel's help."""
    monkeypatch.setattr(peak, "resettable", lambda: False)
    assert immeasurable(0.5) == ""
    assert immeasurable(1) == "the high-water mark of this process cannot be put back here"
    monkeypatch.setattr(peak, "resettable", lambda: True)
    assert immeasurable(1) == ""
