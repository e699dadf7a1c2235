"""Tests of pytest_mlreqs.requirements.feature_cost."""

import time

import msgspec
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from pytest_mlreqs.core import quiet
from pytest_mlreqs.core.measurement import MIB, Fault, Undecided
from pytest_mlreqs.measures.memory import peak
from pytest_mlreqs.report.evidence import lines
from pytest_mlreqs.requirements.feature_cost import FeatureCost

X = pd.DataFrame({"a": np.arange(60.0), "b": np.arange(60) % 7.0, "c": np.arange(60) % 3.0})
Y = X["a"] + X["b"]
pytestmark = pytest.mark.usefixtures("simulated")
linux = pytest.mark.skipif(not peak.resettable(), reason="needs Linux")


class Sum:
    """Adds up the columns that it is given; each takes its milliseconds and MiB."""

    def __init__(self, ms=None, mib=None):
        self.ms = ms or {}
        self.mib = mib or {}

    def predict(self, X):
        time.sleep(sum(self.ms.get(name, 0) for name in X) / 1e3)
        np.ones(sum(self.mib.get(name, 0) for name in X) * MIB // 8)
        return X.sum(axis=1).to_numpy()


class Weigh:
    """A training whose models take milliseconds for `a`, if they were trained with it."""

    def fit(self, X, y):
        self.names_ = list(X)
        return self

    def predict(self, X):
        assert list(X) == self.names_
        time.sleep(0.01 if "a" in X else 0)
        return np.zeros(len(X))


def slow(ms):
    """A transformer that takes so long."""
    return FunctionTransformer(lambda X: time.sleep(ms / 1e3) or X)


def pipeline(alone=0.0, together=0.0):
    """A fitted pipeline of which `a` takes its own milliseconds, and `b` and `c` some together."""
    parts = make_column_transformer((slow(alone), ["a"]), (slow(together), ["b", "c"]))
    return make_pipeline(parts, LinearRegression()).fit(X, Y)


def check(requirement, model, X=X, **subjects):
    """All measurements by name."""
    return {told.name: told for told in requirement.check(model, X, **subjects)}


def verdicts(told):
    """The verdicts by name."""
    return {name: one.ok for name, one in told.items()}


def test_satisfied():
    """Columns within their budget are satisfied, and say how that was measured."""
    told = check(FeatureCost(max_ms_per_column=1_000), Sum())
    assert verdicts(told) == {"cost of 'a'": True, "cost of 'b'": True, "cost of 'c'": True}
    one = told["cost of 'a'"]
    assert (one.limit, one.unit, lines(one), one.hint) == (1_000, "ms", (), "")
    assert one.how.startswith("called without it, 20 rounds in random order, ")
    assert one.how.endswith("wrong verdicts at most 1 % for all 3 budgets together")


def test_violated():
    """A column that takes too long is violated and listed first, with its source."""
    model, sources = Sum({"a": 5, "c": 15}), {"[ac]": "billing", "b": "weather"}
    told = check(FeatureCost(max_ms_per_column=10, sources=sources), model)
    c, a, b, source = told.values()
    assert (c.name, c.ok, a.name, a.ok, b.ok, source.ok) == (
        "cost of 'c'", False, "cost of 'a'", True, True, True,
    )  # fmt: skip
    assert 10 < c.value < 40
    assert c.interval[0] <= c.value <= c.interval[1]
    assert c.text.startswith("cost of 'c' is ")
    assert c.text.endswith(", limit 10 ms")
    assert lines(c)[0].split() == ["column", "ms", "%", "of", "a", "call", "source"]
    assert [(line.split()[0], line.split()[-1]) for line in lines(c)[1:]] == [
        ("c", "billing"), ("a", "billing"), ("b", "weather"),
    ]  # fmt: skip
    assert c.hint == "compute what it is needed for beforehand, or train without it"


def test_boundary():
    """A column whose cost is on both sides of the limit is undecided, and says what it takes."""
    pauses = iter([0.0, 0.02] * 1_000)

    def model(X):
        time.sleep(next(pauses) if "a" in X else 0)
        return np.zeros(len(X))

    requirement = FeatureCost(max_ms_per_column=10, columns=("a",), max_seconds=1, warmup=0)
    (told,) = check(requirement, model).values()
    assert told.ok is None
    assert "undecided because " in told.text
    assert told.hint.startswith("set max_seconds = ")


def test_a_column_without_a_say():
    """A column that costs something and moves no score is named as such."""

    class Model(Sum):
        def predict(self, X):
            super().predict(X)
            return X.drop(columns="c", errors="ignore").sum(axis=1).to_numpy()

    told = check(FeatureCost(max_ms_per_column=2, columns=("c",)), Model({"c": 10}))
    assert told["cost of 'c'"].ok is False
    assert told["cost of 'c'"].hint == "changing it moves no score of 60 rows: do without it"


def test_a_share():
    """A share holds on any machine: 12 of 15 milliseconds are more than half, 3 are less."""
    told = check(FeatureCost(max_share_per_column=0.5), Sum({"a": 12, "b": 3}))
    assert verdicts(told) == {"share of 'a'": False, "share of 'b'": True, "share of 'c'": True}
    assert 0.5 < told["share of 'a'"].value < 0.9
    assert told["share of 'a'"].unit == ""


def test_a_budget_of_its_own():
    """A column that is worth more has a budget of its own; its name counts before a glob."""
    model = Sum({"a": 10, "b": 10})
    told = check(FeatureCost(max_ms_per_column=2, max_ms_of={"*": 3, "a": 1_000}), model)
    assert {name: (one.ok, one.limit) for name, one in told.items()} == {
        "cost of 'a'": (True, 1_000),
        "cost of 'b'": (False, 3),
        "cost of 'c'": (True, 3),
    }
    assert list(check(FeatureCost(max_ms_of={"a": 1_000}), model)) == ["cost of 'a'"]


def test_some_columns():
    """Only the columns that are named are held to budgets."""
    told = check(FeatureCost(max_ms_per_column=1_000, columns=("[bc]",)), Sum())
    assert set(told) == {"cost of 'b'", "cost of 'c'"}


def test_a_pipeline_as_it_is():
    """What a column takes alone is its own; what it shares is the most that it costs."""
    told = check(FeatureCost(max_ms_per_column=5), pipeline(alone=20, together=0.0))
    assert verdicts(told) == {"cost of 'a'": False, "cost of 'b'": True, "cost of 'c'": True}
    assert told["cost of 'a'"].value == pytest.approx(20, abs=15)
    assert told["cost of 'a'"].hint.startswith("look at transformer 'functiontransformer-1'")
    told = check(FeatureCost(max_ms_per_column=5), pipeline(together=20))
    assert verdicts(told) == {"cost of 'b'": None, "cost of 'c'": None, "cost of 'a'": True}
    shared = told["cost of 'b'"]
    assert "that is its cost together with another column" in shared.text
    assert shared.hint == "set refit = true"


def test_refit():
    """With `refit` a column costs what a model saves that was trained without it."""
    requirement = FeatureCost(max_ms_per_column=2, refit=True)
    assert requirement.needs() == ("model", "X", "y", "train")
    told = check(requirement, Sum(), y=Y, train=Weigh())
    assert verdicts(told) == {"cost of 'a'": False, "cost of 'b'": True, "cost of 'c'": True}
    assert told["cost of 'a'"].how.startswith("trained without it, ")


def test_refit_of_what_is_shared():
    """What a transformer takes for two columns alike is saved by leaving out neither of them."""
    requirement = FeatureCost(max_ms_per_column=5, columns=("b",), refit=True)
    told = check(requirement, Sum(), y=Y, train=pipeline(together=20))
    assert told["cost of 'b'"].ok is True


def test_nobody_knows():
    """A model that needs all its columns is undecided, with what would help."""

    def model(X):
        return X["a"] + X["b"] + X["c"]

    told = check(FeatureCost(max_ms_per_column=1, max_mib_per_column=1), model)
    assert set(verdicts(told).values()) == {None}
    assert told["cost of 'a'"].text.endswith("because the model does not answer without it")
    assert told["cost of 'a'"].hint == "set refit = true"


@linux
@pytest.mark.parametrize(("mib", "ok"), [(4, False), (16, True)])
def test_memory(mib, ok):
    """A column is held to the memory that a call saves without it."""
    told = check(FeatureCost(max_mib_per_column=mib), Sum(mib={"a": 8, "b": 2}))
    assert told["memory of 'a'"].ok is ok
    assert told["memory of 'a'"].value == pytest.approx(8, abs=0.5)
    assert told["memory of 'b'"].value == pytest.approx(2, abs=0.5)
    assert told["memory of 'a'"].how == (
        "called without it, 3 calls with 1 row, the kernel's high-water mark, put back before each"
    )


def test_memory_that_cannot_be_measured(monkeypatch):
    """Where the kernel does not help, memory is undecided but for small limits."""
    monkeypatch.setattr(peak, "resettable", lambda: False)
    model = make_pipeline(slow(0), slow(0), LinearRegression()).fit(X, Y)
    options = {"max_mib_per_column": 8, "max_mib_per_step": 8}
    told = check(FeatureCost(**options, columns=("a",)), Sum())
    assert "cannot be put back here" in told["memory of 'a'"].text
    told = check(FeatureCost(max_mib_per_step=8), model)
    assert {one.ok for one in told.values()} == {None}
    assert {one.hint for one in told.values()} == {"run it on Linux"}
    assert set(verdicts(check(FeatureCost(max_mib_per_column=0.5), Sum())).values()) == {True}


def test_steps():
    """A step that takes too long is violated, and its share is of all steps."""
    model = make_pipeline(slow(0), slow(20), LinearRegression()).fit(X, Y)
    told = check(FeatureCost(max_ms_per_step=5, max_share_per_step=0.5), model)
    broken = [name for name, one in told.items() if one.ok is False]
    assert broken == [
        "cost of step 'functiontransformer-2'", "share of step 'functiontransformer-2'",
    ]  # fmt: skip
    one = told[broken[0]]
    assert 20 <= one.value < 40
    assert one.hint == "profile step 'functiontransformer-2'"
    assert [line.split()[0] for line in lines(one)[:2]] == [
        "step",
        "functiontransformer-2",
    ]


def test_memory_of_steps():
    """A step is held to the memory that it takes itself."""
    greedy = FunctionTransformer(lambda X: np.ones(MIB // 16) is None or X)
    model = make_pipeline(greedy, LinearRegression()).fit(X, Y)
    told = check(FeatureCost(max_mib_per_step=0.25), model)
    first, second = told.values()
    assert (first.name, first.ok) == ("memory of step 'functiontransformer'", False)
    assert first.value == pytest.approx(0.5, abs=0.1)
    assert second.ok is True


def test_no_steps():
    """A model without steps is undecided."""
    (told,) = check(FeatureCost(max_ms_per_step=1), Sum()).values()
    assert told.ok is None
    assert told.text.endswith("because the model (Sum) is no pipeline of several steps")


def test_sources():
    """A column that is read needs a source, one that is not needs none, and an idle one warns."""

    def model(X):
        return (X["a"] + X["b"]).to_numpy()

    (told,) = check(FeatureCost(sources={"a": "billing", "c": "weather"}), model).values()
    assert (told.ok, told.value) == (False, ["b"])
    assert told.text == "columns that the model reads without a declared source: b"
    assert told.warning == "no column that the model reads comes from 'weather'"
    (told,) = check(FeatureCost(sources={"[ab]": "billing"}), model).values()
    assert (told.ok, told.warning) == (True, "")


def test_a_source_that_cannot_be_told():
    """A column of which nobody can tell whether it is read is undecided without a source."""
    constant = X.assign(c=1.0)

    def model(X):
        return (X["a"] + X["c"]).to_numpy()

    told = check(FeatureCost(sources={"a": "billing"}), model, constant)
    assert told["source of 'c'"].ok is None
    assert "it holds a single value" in told["source of 'c'"].text


def test_unknown_columns():
    """A name that is no column of X is undecided, with the one that may be meant."""
    requirement = FeatureCost(
        sources={"*": "billing", "A": "x"}, columns=("q*",), max_ms_of={"zz": 5}
    )
    told = check(requirement, Sum())
    unknown = [name for name in told if " in " in name]
    assert unknown == ["'A' in sources", "'q*' in columns", "'zz' in max_ms_of"]
    assert {told[name].ok for name in unknown} == {None}
    assert told["'A' in sources"].text.endswith("is called 'A'; did you mean 'a'?")


def test_no_rows_or_columns():
    """Too few rows, and rows without columns, are undecided."""
    for rows, words in ((X[:0], "X has no rows"), (X[:3], "X has 3 rows"), ([1] * 9, "no columns")):
        with pytest.raises(Undecided, match=words):
            check(FeatureCost(max_ms_per_column=1, rows=5), Sum(), rows)


def test_a_model_that_breaks_its_contract():
    """A model that raises is at fault, when it is first called or while it is timed."""
    calls = []

    def model(X):
        calls.append(1)
        if len(calls) > 12:
            raise RuntimeError("tired")
        return np.zeros(len(X))

    with pytest.raises(Fault, match="RuntimeError: tired"):
        check(FeatureCost(max_ms_per_column=1), model)
    with pytest.raises(Fault, match="RuntimeError: tired"):
        check(FeatureCost(max_ms_per_column=1), model)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "needs a budget, such as max_share_per_column = 0.3, or sources"),
        ({"max_ms_per_column": 0}, "> 0"),
        ({"max_share_per_column": 1}, "< 1"),
        ({"max_ms_of": {"a": 0}}, "> 0"),
        ({"max_ms_of": {}}, "length >= 1"),
        ({"sources": {}}, "length >= 1"),
        ({"sources": {"a": ""}}, "length >= 1"),
        ({"sources": {"a": "b"}, "refit": True}, "refit is for columns that have a budget"),
        ({"max_ms_per_step": 1, "columns": ["a"]}, "columns is for columns that have a budget"),
        ({"max_ms_per_step": 1, "rows": 0}, ">= 1"),
    ],
)
def test_misconfigured(options, words):
    """A budget or a source is needed, and each must mean something."""
    with pytest.raises(msgspec.ValidationError, match=words):
        msgspec.convert(options, FeatureCost)


def test_seconds():
    """Two bursts are for columns and two for steps; sources and memory are not counted."""
    assert FeatureCost(max_ms_per_column=1, max_seconds=5).seconds() == 10
    assert FeatureCost(max_ms_of={"a": 1}, max_share_per_step=0.1, max_seconds=5).seconds() == 20
    assert FeatureCost(sources={"a": "b"}, max_mib_per_step=1).seconds() == 0


@pytest.mark.parametrize(
    "options",
    [
        {"max_ms_per_column": 5},
        {"max_ms_of": {"c": 5}},
        {"max_share_per_column": 0.6},
        {"max_mib_per_column": 0.5},
        {"max_ms_per_step": 20},
        {"max_share_per_step": 0.7},
        {"max_mib_per_step": 0.5},
        {"sources": {"[a-c]": "billing"}},
    ],
)
def test_planted_violations_are_noticed(options):
    """The planted violation is noticed, and the model itself is not accused."""
    model = pipeline(alone=1, together=1)
    if "max_share_per_step" in options:
        model = make_pipeline(slow(3), slow(3), LinearRegression()).fit(X, Y)
    requirement = FeatureCost(**options)
    (planted,) = requirement.plant(model, X)
    told = check(requirement, **{"model": model, "X": X, **planted.subjects})
    assert False in verdicts(told).values()
    assert False not in verdicts(check(requirement, model)).values()


@pytest.mark.parametrize("rows", [X, X.to_numpy()])
def test_planted_in_a_training(rows):
    """With `refit` the training is harmed, and itself without the column."""
    requirement = FeatureCost(max_ms_per_column=2, columns=("b", "1"), refit=True)
    (planted,) = requirement.plant(LinearRegression().fit(rows, Y), rows, Y, LinearRegression())
    assert planted.what.startswith("predict sleeps 18 ms where it is given ")
    told = check(requirement, Sum(), rows, y=Y, **planted.subjects)
    assert False in verdicts(told).values()


def test_planted_beside_an_array():
    """A model of arrays stands behind one of frames, which can do without a column."""
    rows = X.to_numpy()
    requirement = FeatureCost(max_ms_per_column=2, columns=("1",))
    (planted,) = requirement.plant(lambda X: X[:, 0] + X[:, 1], rows)
    told = check(requirement, **planted.subjects)
    assert verdicts(told) == {"cost of '1'": False}


def test_nothing_to_plant_in():
    """Without rows, and without steps, nothing is planted."""
    with pytest.raises(Undecided, match="X has no rows"):
        list(FeatureCost(max_ms_per_column=1).plant(Sum(), X[:0]))
    assert list(FeatureCost(max_ms_per_step=1).plant(Sum(), X)) == []
    assert list(FeatureCost(sources={"*": "billing"}).plant(Sum(), X)) == []


def test_collected(project, monkeypatch, tmp_path):
    """Declared in TOML, with tables in the table, it lists what is wrong, and can fail."""
    monkeypatch.setattr(quiet, "_file", lambda: tmp_path / "lock")  # other tests are no neighbours
    toml = """
        [tool.mlreqs.feature_cost]
        max_ms_per_column = 5
        columns = ["a"]
        sources = { a = "billing" }
        [tool.mlreqs.feature_cost.max_ms_of]
        a = 8
    """
    conftest = """
import time
import pandas as pd
@pytest.fixture
def X():
    return pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [2.0, 1.0, 5.0]})
@pytest.fixture
def model():
    def predict(X):
        time.sleep(0.02 if "a" in X else 0)
        return X.sum(axis=1).to_numpy()
    return predict
"""
    result = project(toml, conftest=conftest).runpytest("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(
        [
            "cost of 'a' is * ms (95 % interval *), limit 8 ms (and 1 more)",
            "    column  *ms  % of a call   source",
            "    a       * billing",
            "  columns that the model reads without a declared source: b",
            "requirements: 1 declared, 0 satisfied, 1 violated",
        ]
    )
