"""Tests of pytest_mlreqs.requirements.latency."""

import itertools
import re
import subprocess
import sys
import time

import msgspec
import numpy as np
import pandas as pd
import pytest
import threadpoolctl
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from pytest_mlreqs.core.measurement import DeclarationError, Fault, Undecided
from pytest_mlreqs.measures.timing import causes, first_call, fresh, sending
from pytest_mlreqs.report.evidence import lines, worst
from pytest_mlreqs.requirements.latency import Latency

X = pd.DataFrame({"a": range(40), "b": range(40)})
pytestmark = pytest.mark.usefixtures("simulated")


class Model:
    """Sleeps a little on the rows it is told to."""

    def __init__(self, seconds=0.0, rows=range(40)):
        self.seconds = seconds
        self.rows = set(rows)
        self.calls = 0

    def predict(self, X):
        self.calls += 1
        if self.seconds and X["a"].isin(self.rows).any():
            time.sleep(self.seconds)
        return np.zeros(len(X))


def check(requirement, model, X=X):
    """All measurements."""
    return list(requirement.check(model, X))


def test_satisfied():
    """A model within its budget is satisfied, and says how that was measured."""
    (p95,) = check(Latency(max_p95_ms=500), Model())
    assert p95.ok is True
    assert (p95.name, p95.limit, p95.unit) == ("p95 of predict", 500, "ms")
    assert p95.text.startswith("p95 of predict is ")
    assert p95.how.startswith("1 row per call, ")
    assert p95.how.endswith("wrong verdicts at most 1 %")


def test_violated():
    """A model that sleeps beyond its budget is violated, and shows its slowest rows."""
    (p50,) = check(Latency(max_p50_ms=1), Model(0.005))
    assert p50.ok is False
    assert p50.value >= 5
    assert p50.interval[0] >= 5
    assert len(worst(p50)) == 5
    assert p50.hint == "every call is slow: profile predict on 1 row"


def test_tail():
    """Slow rows, one in ten, break p95 though most calls are fast, and are named."""
    (p95,) = check(Latency(max_p95_ms=20), Model(0.05, rows=(7, 17, 27, 37)))
    assert p95.interval[1] >= 50
    assert p95.ok is False
    assert {text.split(":")[0] for text in worst(p95)[:4]} == {
        "row 7",
        "row 17",
        "row 27",
        "row 37",
    }
    assert p95.hint == "most calls are fast: look at those above"


def test_boundary():
    """Where calls neither clearly keep nor clearly break the budget, it is undecided."""
    (p50,) = check(Latency(max_p50_ms=5, max_calls=20), Model(0.01, rows=range(20)))
    assert p50.ok is None
    assert ": undecided because " in p50.text


def test_answers_that_are_computed_when_they_are_looked_at():
    """What an answer takes to be an array is part of the call."""

    class Promise:
        def __array__(self, dtype=None, copy=None):
            time.sleep(0.004)
            return np.zeros(1)

    (p50,) = check(Latency(max_p50_ms=1), lambda X: Promise())
    assert (p50.ok, p50.value > 4) == (False, True)


@pytest.mark.parametrize("budget", [{"max_p95_ms": 60_000}, {"max_p99_ms": 9_000, "rows": 2}])
def test_a_generous_budget(budget):
    """A quick model is passed by it at once, as by any other."""
    (seen,) = check(Latency(**budget, max_seconds=5), Model())
    assert seen.ok is True


def test_no_time_for_the_warm_up():
    """Where a long warm-up has no time, nothing is held against the calls; five always have."""
    options = {"max_p50_ms": 0.5, "max_seconds": 0.5}
    (p50,) = check(Latency(warmup=1_000, **options), Model(0.005))
    assert p50.ok is None
    assert re.search(r"there was time for \d+ of 1,000 warm-up calls$", p50.text)
    assert re.match(r"set max_seconds = \d", p50.hint)
    (p50,) = check(Latency(warmup=1_000, max_p50_ms=99, max_seconds=0.5), Model(0.005))
    assert p50.ok is True
    (p50,) = check(Latency(**options), Model(0.03))
    assert p50.how.startswith("1 row per call, 5 warm-up calls, ")


def test_what_is_missing():
    """An undecided budget names the option that gives what is missing, and to what to set it."""
    (p95,) = check(Latency(max_p95_ms=50, max_seconds=0.1), Model(0.01))
    assert p95.ok is None
    assert " were over it; to pass takes about " in p95.text
    assert re.match(r"set max_seconds = \d", p95.hint)


@pytest.mark.parametrize("warmup", [0, 5])
def test_first_calls_do_not_count(warmup):
    """A model that loads itself on its first call is judged by the later ones.

    As few calls as pass at all leave no room for a single slow one.
    """

    class Lazy(Model):
        def predict(self, X):
            time.sleep(0.3 if self.calls == 0 else 0)
            return super().predict(X)

    (p95,) = check(Latency(max_p95_ms=200, max_calls=102, warmup=warmup), Lazy())
    assert p95.ok is True


def test_a_histogram_shows_where_the_time_goes():
    """A violation shows how its times are spread around the budget; what is kept shows none."""
    (p95,) = check(Latency(max_p95_ms=20), Model(0.05, rows=range(0, 40, 8)))
    border = lines(p95).index("--- limit 20 ms ---")
    assert 0 < border < len(lines(p95)) - 1
    assert lines(check(Latency(max_p95_ms=400), Model())[0]) == ()


@pytest.fixture
def queue(monkeypatch):
    """Calls are sent when they are due, and answered one after the other."""

    def play(self, call, planned):
        start, sent = self.wall(), []
        for offset, row, given in planned:
            self.sleep(max(0, start + offset - self.wall()) / 1e9)
            call(given)
            sent.append(sending.Sent(row, start + offset, start + offset, self.wall()))
        return sent

    monkeypatch.setattr(sending.Clock, "play", play)


@pytest.mark.parametrize(("seconds", "ok"), [(0.0, True), (0.03, False)])
def test_calls_at_a_rate(queue, seconds, ok):
    """What comes behind a slow call is late: a model that cannot keep up breaks its budget."""
    declared = Latency(max_p50_ms=150, rate_per_s=60, max_seconds=3)
    (p50,) = check(declared, Model(seconds))
    assert p50.ok is ok
    assert ", due at 60 a second and counted from then, " in p50.how
    assert (p50.value > 10 * 30) is not ok


def test_calls_one_after_the_other_do_not_see_a_queue():
    """Without a rate the same model keeps the same budget: each call waits for the one before."""
    (p50,) = check(Latency(max_p50_ms=150, max_seconds=3), Model(0.03))
    assert p50.ok is True


def test_planted_calls_at_a_rate(queue):
    """A slow stand-in is noticed at a rate, too."""
    declared = Latency(max_p50_ms=20, rate_per_s=60, max_seconds=1)
    (planted,) = declared.plant(model=Model(), X=X)
    (p50,) = check(declared, planted.subjects["model"])
    assert p50.ok is False


class Step(TransformerMixin, BaseEstimator):
    """Sleeps on row 7."""

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        if (X["a"] == 7).any():
            time.sleep(0.05)
        return X


def test_the_step_that_takes_the_time():
    """A violation of a pipeline says what each step takes, typically and in the slowest call."""
    dummy = DummyClassifier(strategy="most_frequent")
    model = make_pipeline(Step(), "passthrough", dummy).fit(X, [0, 1] * (len(X) // 2))
    few = X.iloc[[7, 8, 9, 10, 11]]
    (p95,) = check(Latency(max_p95_ms=20), model, few)
    assert p95.ok is False
    head, step, last = (line.split() for line in lines(p95)[-3:])
    assert head == ["step", "median", "ms", "slowest", "call", "ms"]
    assert (step[0], last[0]) == ("step", "dummyclassifier")
    assert float(step[2]) >= 50 > float(step[1])
    assert p95.hint == "most calls are fast: look at those above, in step 'step' first"


class Pooled:
    """Notes how many threads its pools have in each call."""

    def __init__(self):
        self.threads = []

    def predict(self, X):
        pools = threadpoolctl.threadpool_info()
        self.threads.append(max((one["num_threads"] for one in pools), default=1))
        return np.zeros(len(X))


@pytest.mark.parametrize("what", [{"max_p50_ms": 500}, {"max_ratio": 9, "relative_to": "previous"}])
def test_threads(what):
    """The calls that count find pools of the size that is declared, and the answer says so."""
    model = Pooled()
    requirement = Latency(**what, threads=1, warmup=0, max_calls=40)
    (seen,) = requirement.check(model, X, Pooled() if "max_ratio" in what else None)
    assert seen.how.endswith("; pools of BLAS and OpenMP limited to 1")
    assert set(model.threads[3:]) == {1}


class Crowd(BaseEstimator):
    """Sleeps for each of its workers."""

    def __init__(self, n_jobs=None):
        self.n_jobs = n_jobs

    def predict(self, X):
        time.sleep(0.005 * self.n_jobs)
        return np.zeros(len(X))


def test_workers_that_take_longer_than_they_save():
    """A violation says how long a call takes without them."""
    (p50,) = check(Latency(max_p50_ms=8), Crowd(n_jobs=4))
    assert p50.ok is False
    assert re.fullmatch(r"n_jobs = 1: a call takes [\d.]+ ms then, not [\d.]+", p50.hint)


def test_causes_are_looked_for_once(monkeypatch):
    """Several budgets that the same calls break have one explanation."""
    seen, of = [], causes.of
    monkeypatch.setattr(causes, "of", lambda *given: seen.append(1) or of(*given))
    model = Crowd(n_jobs=4)
    told = check(Latency(max_p50_ms=8, max_p90_ms=9), model)
    assert [one.ok for one in told] == [False, False]
    assert told[0].hint == told[1].hint
    assert seen == [1]


def test_steps_that_cannot_be_told_apart():
    """Where the steps cannot be run one by one, the violation stands without them."""

    class Whole(Pipeline):
        def predict(self, X):
            time.sleep(0.05)
            return np.zeros(len(X))

    model = Whole([("step", Model()), ("last", Model())])
    (p95,) = check(Latency(max_p95_ms=20), model)
    assert p95.ok is False
    assert not any(line.startswith("step ") for line in lines(p95))


@pytest.mark.parametrize(("seconds", "ok"), [(0, True), (0.02, False)])
def test_a_body(seconds, ok):
    """The body of a test is timed without rows, many times."""
    runs = []

    def body():
        runs.append(1)
        time.sleep(seconds)

    requirement = Latency(of="body", max_p50_ms=5)
    assert requirement.needs() == ("body",)
    (p50,) = requirement.check(body=body)
    assert p50.ok is ok
    assert p50.name == "p50 of the test's body"
    assert worst(p50)[0].startswith("call ")
    assert len(runs) > 10
    (planted,) = requirement.plant(body=body)
    (noticed,) = requirement.check(**planted.subjects)
    assert noticed.ok is False


@pytest.mark.parametrize(("seconds", "ok"), [(0.004, True), (0.02, False)])
def test_ratio_to_another_model(seconds, ok):
    """A model may take so many times as long as another one, on the same rows."""
    requirement = Latency(max_ratio=2, relative_to="previous")
    assert requirement.needs() == ("model", "X", "previous")
    previous = Model(0.004)
    (ratio,) = requirement.check(Model(seconds), X, previous)
    assert (ratio.name, ratio.ok) == ("predict over the previous model", ok)
    assert (ratio.value <= 2) is ok
    assert ratio.how.startswith("1 row per call, ")


def test_ratio_to_preprocessing():
    """The last step of a pipeline may take so many times as long as what comes before it."""

    class Slow(ClassifierMixin, BaseEstimator):
        def fit(self, X, y=None):
            return self

        def __sklearn_is_fitted__(self):
            return True

        def predict(self, X):
            time.sleep(0.012)
            return np.zeros(len(X))

    pipeline = make_pipeline(FunctionTransformer(lambda X: time.sleep(0.004) or X), Slow())
    (kept,) = check(Latency(max_ratio=6, relative_to="preprocessing"), pipeline)
    (broken,) = check(Latency(max_ratio=2, relative_to="preprocessing"), pipeline)
    assert (kept.ok, broken.ok) == (True, False)
    assert broken.name == "predict over its preprocessing"
    assert broken.hint == "profile predict and its preprocessing on the same rows"


def test_the_time_for_a_ratio():
    """Pairs of calls take no more seconds than they are given."""
    options = {"max_ratio": 2, "relative_to": "previous", "max_seconds": 0.2}
    (ratio,) = Latency(**options).check(Model(0.03), X, Model(0.03))
    assert ratio.ok is None
    assert re.match(r"1 row per call, [1-4] pairs? of calls ", ratio.how)


def test_no_preprocessing():
    """What is no pipeline has no first steps to be compared with."""
    (ratio,) = check(Latency(max_ratio=2, relative_to="preprocessing"), Model())
    assert ratio.ok is None
    assert "the model (Model) is no pipeline with preprocessing" in ratio.text
    assert list(Latency(max_ratio=2, relative_to="preprocessing").plant(Model(), X)) == []


def test_planted_ratio():
    """A model that does its work many times over is noticed."""
    requirement = Latency(max_ratio=1.5, relative_to="previous")
    (planted,) = requirement.plant(Model(0.002), X, Model(0.002))
    assert re.fullmatch(r"predict does its work \d+ times", planted.what)
    (ratio,) = requirement.check(planted.subjects["model"], X, Model(0.002))
    assert ratio.ok is False


QUICK = len, [[1], [2]]  # a function that every Python has is loaded and called in no time
_FOR_EVER = 1e6  # on a clock that goes by as often as it is asked whether a process has ended


def test_starts():
    """Load and first call are the medians of new processes."""
    declared = Latency(max_load_ms=1_000, max_first_call_ms=500, max_seconds=_FOR_EVER)
    load, first = check(declared, *QUICK)
    assert (load.name, first.name) == ("load of the model", "first call of len")
    assert (load.ok, first.ok) == (True, True)
    assert re.match("median of ([89]|1[0-9]) fresh processes, waited up to ", load.how)


LAZY = """
import time

fetched = []

def fetch(X):
    if not fetched:
        time.sleep(0.4)
        fetched.append(1)
    return X
"""


def test_the_step_that_is_built_on_the_first_call(tmp_path, monkeypatch):
    """A first call that takes too long names the step that takes it, and no later call."""
    (tmp_path / "lazily_fetched.py").write_text(LAZY, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import lazily_fetched

    slow = fresh.Start(load=1.0, first_call=400.0, waited=0.0)
    monkeypatch.setattr(fresh, "processes", lambda *_, **__: itertools.repeat(slow))
    monkeypatch.setattr(first_call, "_TIMEOUT_S", 300.0)  # the machine may be busy
    step = FunctionTransformer(lazily_fetched.fetch)
    model = make_pipeline(step, DummyClassifier()).fit(X, [0, 1] * (len(X) // 2))
    (first,) = check(Latency(max_first_call_ms=100), model)
    assert first.ok is False
    assert [line.split()[0] for line in lines(first)] == [
        "step",
        "functiontransformer",
        "dummyclassifier",
    ]
    assert first.hint == (
        "what step 'functiontransformer' builds on its first call could be built while loading"
    )


@pytest.mark.parametrize("what", ["load", "first_call"])
def test_planted_slow_starts(monkeypatch, what):
    """A model that is slow to load, or slow on its first call, is noticed in new processes."""
    start = fresh.processes  # what a single one takes stands for all of them
    once = lambda *given, **options: itertools.repeat(next(start(*given, **options)))
    monkeypatch.setattr(fresh, "processes", once)
    requirement = Latency(**{f"max_{what}_ms": 30})
    (planted,) = requirement.plant(*QUICK)
    assert planted.what == f"{what} takes 120 ms more in a new process"
    (measured,) = requirement.check(planted.subjects["model"], QUICK[1])
    assert measured.value > 60  # of 120, as waits for a core are taken off
    assert measured.ok is False or "the machine was busy" in measured.text


def test_starts_of_what_cannot_be_pickled():
    """A model that cannot be written down has no start that could be timed."""
    (load,) = check(Latency(max_load_ms=500), lambda X: np.zeros(len(X)))
    assert load.ok is None
    assert "undecided because the model cannot be pickled: " in load.text


def test_a_burst_lasts_as_long_as_budgets_need():
    """Ten seconds, more for generous budgets, as long as asked for; a session leaves room."""
    assert Latency(max_p95_ms=20).seconds() == 20
    assert 20 < Latency(max_p95_ms=150).seconds() < 58
    assert Latency(max_p95_ms=600).seconds() == 120
    assert Latency(max_p50_ms=20, rate_per_s=0.5).seconds() == 320
    assert Latency(max_p95_ms=20, max_seconds=3).seconds() == 6
    assert Latency(max_load_ms=20).seconds() == 50
    assert Latency(max_load_ms=20, max_seconds=60).seconds() == 80
    assert Latency(max_ratio=2, relative_to="previous").seconds() == 20
    assert Latency(max_ratio=2, relative_to="previous", max_seconds=3).seconds() == 6


class Keeping(Model):
    """Sleeps for rows that it has not seen."""

    def __init__(self, seconds):
        super().__init__(seconds)
        self.known = {}

    def predict(self, X):
        key = int(X["a"].iloc[0])
        if key not in self.known:
            self.known[key] = super().predict(X)
        return self.known[key]


@pytest.mark.parametrize("rows", [1, 8])
def test_answers_that_are_kept(rows):
    """Calls with rows that came before say nothing of new ones, of which there are too few."""
    (p95,) = check(Latency(max_p95_ms=20), Keeping(0.04), X.head(rows))
    assert p95.ok is None
    assert p95.hint == "give X more different rows"
    assert "different row" in p95.how
    assert check(Latency(max_p95_ms=5_000), Keeping(0), X.head(rows))[0].ok is True


def test_several_budgets():
    """Each budget gives a measurement of its own, lowest quantile first."""
    made = check(Latency(max_p95_ms=400, max_p50_ms=400), Model())
    assert [measurement.name for measurement in made] == ["p50 of predict", "p95 of predict"]


def test_rows_of_a_call():
    """A call gets as many rows as asked for, never a batch divided by its rows."""
    sizes = set()

    def model(X):
        sizes.add(len(X))
        return np.zeros(len(X))

    (p50,) = check(Latency(max_p50_ms=5_000, rows=7), model)
    assert sizes == {7}
    assert p50.name == "p50 of model"
    assert p50.how.startswith("7 rows per call, ")


def test_rows_are_varied():
    """Calls go through all rows, so that a cached answer is no answer."""
    asked = []

    def model(X):
        asked.append(X["a"].iloc[0])
        return np.zeros(len(X))

    check(Latency(max_p95_ms=500, warmup=0), model)
    assert set(asked[1:41]) == set(range(40))


@pytest.mark.parametrize("rows", [X.to_numpy(), [[1, 2], [3, 4]]], ids=["array", "list"])
def test_other_inputs(rows):
    """Arrays and lists are cut into rows too."""
    (p50,) = check(Latency(max_p50_ms=5_000), lambda X: np.zeros(len(X)), rows)
    assert p50.ok is True


def test_method():
    """Another method can be asked for, and a missing one is an error that names those there are."""
    with pytest.raises(DeclarationError, match="has no transform: it has predict"):
        check(Latency(max_p50_ms=1, method="transform"), Model())


def test_no_rows():
    """Without rows it is undecided."""
    with pytest.raises(Undecided, match="X has no rows"):
        check(Latency(max_p50_ms=1), Model(), X.head(0))


def test_too_few_rows_for_a_call():
    """A smaller batch than asked for is not measured in its place."""
    with pytest.raises(Undecided, match="X has 40 rows, and a call takes 500"):
        check(Latency(max_p50_ms=1, rows=500), Model())


def test_a_model_that_breaks_later():
    """An exception in a timed call is told as one."""

    class Tired(Model):
        def predict(self, X):
            if self.calls > 20:
                raise RuntimeError("too tired")
            return super().predict(X)

    with pytest.raises(Fault, match="predict raised RuntimeError: too tired"):
        check(Latency(max_p95_ms=500), Tired())


def test_a_mistake_of_ours_is_no_fault_of_the_model(monkeypatch):
    """What breaks between the timed calls is not blamed on the model."""
    monkeypatch.setattr("pytest_mlreqs.measures.timing.calls.judge", lambda *_, **__: {}["ours"])
    with pytest.raises(KeyError, match="ours"):
        check(Latency(max_p95_ms=500), Model())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "needs at least one budget, such as max_p95_ms = 20"),
        ({"max_p95_ms": 5, "max_p50_ms": 10}, "max_p95_ms must be at least max_p50_ms"),
        ({"max_p95_ms": 0}, "> 0"),
        ({"max_p95_ms": 5, "rows": 0}, ">= 1"),
        ({"max_p95_ms": 5, "warmup": -1}, ">= 0"),
        ({"max_p99_ms": 5, "max_calls": 518}, "max_p99_ms takes 519 calls at least, and max_calls"),
        (
            {"max_load_ms": 50_000, "max_first_call_ms": 50_000, "max_seconds": 0.2},
            "max_load_ms and max_first_call_ms take 9 new processes, 0.27 s at least",
        ),
        ({"max_ratio": 1.5}, "max_ratio and relative_to go together"),
        ({"max_p50_ms": 5, "relative_to": "previous"}, "max_ratio and relative_to go together"),
        ({"max_ratio": 0, "relative_to": "previous"}, "> 0"),
        (
            {"of": "body", "max_load_ms": 5},
            "times a test, which has no rows, method, rate, load or ratio",
        ),
        ({"of": "body", "max_p50_ms": 5, "rows": 2}, "times a test, which has no rows, method"),
        ({"of": "body", "max_p50_ms": 5, "rate_per_s": 2}, "times a test, which has no rows"),
        ({"max_p95_ms": 5, "rate_per_s": 0}, "> 0"),
        ({"max_p95_ms": 5, "rate_per_s": 20_000}, "<= 10000"),
        ({"max_p95_ms": 5, "max_seconds": 0.01}, ">= 0.1"),
        ({"max_p95_ms": 5, "warmup": 2_000_000}, "<= 1000000"),
        ({"max_load_ms": 5, "rate_per_s": 2}, "rate_per_s is for calls that have a budget"),
        ({"max_load_ms": 500, "threads": 1}, "threads is for calls that have a budget"),
        ({"max_p50_ms": 5, "threads": 0}, ">= 1"),
        (
            {"max_p95_ms": 50, "rate_per_s": 2, "max_seconds": 29},
            "max_p95_ms takes 102 calls at least, and at 2 a second there are 58 calls in 29 s",
        ),
    ],
)
def test_misconfigured(options, words):
    """No budget, contradicting budgets and impossible values are refused."""
    with pytest.raises(msgspec.ValidationError, match=words):
        msgspec.convert(options, Latency)


@pytest.mark.parametrize(
    "budget", ["max_p50_ms", "max_p90_ms", "max_p95_ms", "max_p99_ms", "max_p999_ms"]
)
def test_planted_violations_are_noticed(budget):
    """The violation planted for each budget is noticed, and the model itself is untouched."""
    requirement = Latency(**{budget: 5.0})
    model = Model()
    (planted,) = requirement.plant(model, X)
    assert "sleeps 20 ms" in planted.what
    (measurement,) = requirement.check(**{"model": model, "X": X, **planted.subjects})
    assert measurement.ok is False
    assert model.seconds == 0


def test_planted_in_another_method():
    """A violation can be planted in a method that is no score."""

    class Embedding:
        def embed(self, X):
            return np.zeros(len(X))

    requirement = Latency(max_p50_ms=5, method="embed")
    (planted,) = requirement.plant(Embedding(), X)
    assert planted.what == "embed sleeps 20 ms on every call"
    (measurement,) = check(requirement, planted.subjects["model"])
    assert measurement.ok is False


def test_planted_share():
    """Each quantile has its share of slow calls planted: four times what it allows."""
    requirement = Latency(
        max_p50_ms=1, max_p90_ms=2, max_p95_ms=20, max_p99_ms=30, max_p999_ms=30, max_seconds=200
    )
    assert [planted.what for planted in requirement.plant(Model(), X)] == [
        "predict sleeps 4 ms on every call",
        "predict sleeps 8 ms on every 2nd call",
        "predict sleeps 80 ms on every 5th call",
        "predict sleeps 120 ms on every 25th call",
        "predict sleeps 120 ms on every 250th call",
    ]


def test_ten_million_rows():
    """Rows are drawn from large data without shuffling all of it."""
    few = Latency(max_p50_ms=5_000, max_calls=40)
    (p50,) = check(few, lambda X: [0] * len(X), range(10_000_000))
    assert p50.ok is True


def test_light():
    """Importing the kind imports nothing heavy."""
    code = (
        "import sys, pytest_mlreqs.requirements.latency\n"
        "print({'numpy', 'pandas', 'sklearn', 'pytest'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
