"""Installed but unused, the plugin imports next to nothing."""

import json

from pytest_mlreqs.report.reporters import REPORTERS

HEAVY = {"numpy", "pandas", "sklearn", "narwhals"}
LISTEN = """
import json, sys

def pytest_unconfigure():
    with open("modules.json", "w") as file:
        json.dump(sorted(sys.modules), file)
"""
SIZE = """
from pytest_mlreqs import Requirement, at_most

class Size(Requirement, frozen=True, kw_only=True):
    "Rows."
    def check(self, X):
        yield at_most("rows", 1, 2)

def pytest_mlreqs_kinds():
    return [Size]
"""
LATENCY = "[tool.mlreqs.latency]\nmax_p95_ms = 5\n"
FEATURES = "[tool.mlreqs.forbidden_features]\ncolumns = ['a']\nreason = 'r'\n"
IDLE = {f"pytest_mlreqs.{name}" for name in (
    "plugin", "hookspecs", "declare", "declare.pyproject",
    "report", "report.reporters", *(f"report.{name}" for name in REPORTERS),  # for their options
)}  # fmt: skip


def loaded(pytester, *arguments):
    """The modules that a pytest process of its own has loaded at its end."""
    pytester.makepyfile(test_a="def test_a(): pass\n")
    pytester.runpytest_subprocess(*arguments)
    return set(json.loads((pytester.path / "modules.json").read_text()))


def test_no_table(pytester):
    """Without [tool.mlreqs], collection loads nothing heavy and hardly anything of ours."""
    pytester.makeconftest(LISTEN)
    pytester.makefile(".toml", pyproject="[project]\nname = 'idle'\nversion = '1'\n")
    modules = loaded(pytester, "--co")
    assert not modules & {*HEAVY, "msgspec"}
    ours = {name for name in modules if name.startswith("pytest_mlreqs.")}
    assert ours == IDLE


def test_declared_and_collected(pytester):
    """Declared requirements load nothing heavy before they run."""
    pytester.makeconftest(LISTEN)
    pytester.makefile(".toml", pyproject=LATENCY + FEATURES)
    assert not loaded(pytester, "--co") & HEAVY


def test_only_what_runs(pytester):
    """A run loads the kinds that are declared, and nothing that they do not need."""
    pytester.makeconftest(LISTEN + SIZE + "import pytest\n@pytest.fixture\ndef X(): return []\n")
    pytester.makefile(".toml", pyproject="[tool.mlreqs.size]\n")
    modules = loaded(pytester)
    assert not modules & HEAVY
    assert not {name for name in modules if name.startswith("pytest_mlreqs.requirements.")}


def test_tests_that_do_not_use_it(pytester):
    """A run of ordinary tests loads no more of ours than a mere collection does."""
    pytester.makeconftest(LISTEN)
    ours = {name for name in loaded(pytester) if name.startswith("pytest_mlreqs.")}
    assert ours == IDLE
