"""A pipeline that was fine for many runs becomes slower, or hungrier, and the next runs tell."""

import contextlib
import json
import sqlite3

import pytest
import sklearn.kernel_approximation
import sklearn.linear_model
import sklearn.pipeline  # noqa: F401  (beforehand, as each run forgets what it imported)

from pytest_mlreqs.measures.memory.peak import resettable

CHURN = '''
"""churn: a pipeline in service, and a twin that asks it again and again."""

import numpy as np
import pandas as pd
from sklearn.kernel_approximation import RBFSampler
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

rows = np.random.default_rng(0).normal(size=(300, 6))
X = pd.DataFrame(rows, columns=list("abcdef"))
y = X["a"] + X["b"] > 0


class Churn(Pipeline):
    """Predicts as often as `times` says; `width` is how much memory that takes."""

    times = 1

    def predict(self, X):
        for _ in range(self.times):
            answer = super().predict(X)
        return answer


def load(times=1, width=500):
    """A fitted pipeline."""
    steps = [StandardScaler(), RBFSampler(n_components=width, random_state=0), LogisticRegression()]
    pipeline = Churn([(type(step).__name__, step) for step in steps]).fit(X, y)
    pipeline.times = times
    return pipeline
'''
CONFTEST = """
import churn
import pytest
from pytest_mlreqs.core.clock import Clock

Clock.waited = lambda self: 0  # how busy the machine is must decide nothing

@pytest.fixture
def model(): return churn.load({model})

@pytest.fixture
def previous(): return churn.load()

@pytest.fixture
def X(): return churn.X
"""
SLOWDOWN = "max_slowdown = 3\nrelative_to = {!r}\nmax_calls = 120\nmax_seconds = 2\n"
FAR_TOO_OFTEN = 25  # so that runs on a busy machine may differ by a sixth and still tell
GROWTH = "max_memory_growth = 1.5\n"
RUNS = 12
GOOD, BAD = "a" * 40, "b" * 40


class Project:
    """A small project with a history, whose runs are made by pytest."""

    def __init__(self, pytester, options):
        self.pytester = pytester
        self.history = pytester.path / ".mlreqs" / "history.sqlite"
        pytester.makefile(".toml", pyproject=f"[tool.mlreqs.compute_regression]\n{options}")
        pytester.makepyfile(churn=CHURN)
        (pytester.path / ".git").mkdir()

    def run(self, commit, model=""):
        """One run at a commit; returns its verdict, and what pytest wrote."""
        (self.pytester.path / ".git" / "HEAD").write_text(commit, encoding="utf-8")
        self.pytester.makeconftest(CONFTEST.format(model=model))
        self.pytester.syspathinsert()
        result = self.pytester.runpytest("-Wdefault", "--mlreqs-json=told.json")
        told = json.loads((self.pytester.path / "told.json").read_text(encoding="utf-8"))
        (verdict,) = told["verdicts"]
        return verdict, result

    def kept(self):
        """Commit and number of every run in the history, oldest first."""
        connection = sqlite3.connect(self.history)
        try:
            return connection.execute("SELECT revision, value FROM runs ORDER BY id").fetchall()
        finally:
            connection.close()

    def grow_old(self):
        """Make runs of a model that stays what it is; returns the states of the first and the last.

        Those between are copies of the first, up to 1 % up and down, as a run takes seconds. Where
        the machine is too busy to tell of the last of them, a few more are made.
        """
        first = self.run(GOOD)[0]["state"]
        with contextlib.closing(sqlite3.connect(self.history)) as connection:
            columns = [row[1] for row in connection.execute("PRAGMA table_info(runs)")]
            others = ", ".join(name for name in columns if name not in ("id", "value"))
            copied = f"INSERT INTO runs (value, {others}) SELECT value * ?, {others} FROM runs "
            for run in range(1, RUNS):
                where = "WHERE id IN (SELECT min(id) FROM runs GROUP BY series, quantity)"
                connection.execute(copied + where, (1 + 0.01 * (-1) ** run,))
            connection.commit()
        for _ in range(RUNS):
            last = self.run(GOOD)[0]["state"]
            if last != "undecided":
                break
        return first, last

    def until_violated(self, model, most=5):
        """Runs at the next commit until one of them is violated; the last one."""
        for _ in range(most):
            verdict, result = self.run(BAD, model)
            if verdict["state"] == "violated":
                break
        return verdict, result


@pytest.fixture
def made(pytester, monkeypatch):
    """A project whose commit is told by git's own files."""
    for name in ("GITHUB_SHA", "CI_COMMIT_SHA"):
        monkeypatch.delenv(name, raising=False)
    return lambda options: Project(pytester, options)


@pytest.mark.parametrize("other", ["previous", "preprocessing"])
def test_slower(made, other):
    """Many runs of what stays what it is are green; then it does its work again and again."""
    project = made(SLOWDOWN.format(other))
    assert project.grow_old() == ("undecided", "satisfied")
    assert {commit for commit, _ in project.kept()} == {GOOD}
    verdict, result = project.until_violated(f"times={FAR_TOO_OFTEN}")
    assert verdict["state"] == "violated"
    told = next(one for one in verdict["measurements"] if one["ok"] is False)
    assert told["name"].startswith("slowdown of predict over the ")
    assert told["value"] > told["limit"]["value"] == 3
    result.stdout.fnmatch_lines(
        [
            "slowdown of predict over the * is *, limit 3*",
            "  measured: * (*) over the median (*) of * from *-*-* (aaaaaaa) on, *",
            "    run *commit *measured *over the anchor",
            "    *-*-* *:* * bbbbbbb *",
            "  try:      look at what changed from *-*-* (aaaaaaa) to *-*-* (bbbbbbb)",
        ]
    )


@pytest.mark.skipif(not resettable(), reason="the high-water mark cannot be put back here")
def test_hungrier(made):
    """Many runs of what stays what it is are green; then a call takes thrice the memory."""
    project = made(GROWTH)
    assert project.grow_old() == ("undecided", "satisfied")
    verdict, result = project.until_violated("width=1_500")
    assert verdict["state"] == "violated"
    told = next(one for one in verdict["measurements"] if one["ok"] is False)
    assert told["name"].startswith("growth of the peak of predict over the ")
    assert told["value"] == pytest.approx(3, rel=0.2)
    result.stdout.fnmatch_lines(
        [
            "growth of the peak of predict over the * is *, limit 1.5*",
            "  measured: * over the median (*) of * from *-*-* (aaaaaaa) on, * MiB, *",
            "  try:      look at what changed from *-*-* (aaaaaaa) to *-*-* (bbbbbbb)",
        ]
    )
