"""Where there is no fork, no /proc and no module of Unix, every budget is judged nevertheless."""

import json
import sys

import pytest

CONFTEST = """
import builtins
import io
import os
import pathlib
import sys

import pandas as pd
import pytest
import scipy.special
from pytest_mlreqs.core import isolation
from pytest_mlreqs.measures.memory import heap

isolation.CAN_FORK = False
heap._C = None
sys.modules["resource"] = None
for name in ("fork", "getloadavg", "getppid", "killpg", "pread", "setpgid"):
    if hasattr(os, name):
        delattr(os, name)


def without_proc(real):
    def opened(path, *args, **kwargs):
        if str(path).startswith("/proc"):
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return real(path, *args, **kwargs)
    return opened


os.open = without_proc(os.open)
builtins.open = io.open = without_proc(io.open)
pathlib.Path.open = without_proc(pathlib.Path.open)  # on Python 3.10 it has the real one


@pytest.fixture
def X():
    return pd.DataFrame({"a": range(100)})
"""
MODEL = "def score(X):\n    return [0.0] * len(X)\n"
TOML = """
[tool.mlreqs.subjects]
model = "scoring:score"
previous = "scoring:score"

[[tool.mlreqs.latency]]
id = "p95"
max_p95_ms = 200

[[tool.mlreqs.latency]]
id = "rate"
max_p50_ms = 500
rate_per_s = 50
max_seconds = 1

[[tool.mlreqs.latency]]
id = "start"
max_first_call_ms = 500

[[tool.mlreqs.latency]]
id = "ratio"
max_ratio = 9
relative_to = "previous"

[tool.mlreqs.throughput]
rows = 10
min_rows_per_s = 10

[[tool.mlreqs.memory]]
id = "peak"
max_peak_mib = 0.9

[[tool.mlreqs.memory]]
id = "growth"
max_growth_bytes_per_call = 512

[tool.mlreqs.feature_cost]
max_ms_per_column = 500

[tool.mlreqs.compute_regression]
max_slowdown = 5
relative_to = "previous"
max_memory_growth = 2
max_calls = 40
"""
SATISFIED = [*(f"latency[{which}]" for which in ("p95", "rate", "start", "ratio")), "throughput"]
SATISFIED += ["memory[peak]", "memory[growth]", "feature_cost"]


@pytest.fixture
def told(pytester):
    """The verdicts of a run in a process of its own, by name."""
    pytester.makefile(".toml", pyproject=TOML)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(scoring=MODEL)
    command = (sys.executable, "-m", "pytest", "-Wdefault", "--mlreqs-json=told.json")
    result = pytester.run(*command)
    assert result.ret == 0, result.stdout.str()
    verdicts = json.loads((pytester.path / "told.json").read_text(encoding="utf-8"))["verdicts"]
    return {verdict["name"]: verdict for verdict in verdicts}


def test_every_budget(told):
    """A model that keeps its budgets keeps them there; runs are kept for later ones to compare."""
    states = {name: verdict["state"] for name, verdict in told.items()}
    assert states == {**dict.fromkeys(SATISFIED, "satisfied"), "compute_regression": "undecided"}
    ratio, slowdown, growth = (one["text"] for one in told["compute_regression"]["measurements"])
    assert ratio.startswith("ratio of score to previous is ")  # kept, and held to no limit
    assert slowdown.endswith("undecided because this is run 1 of the 5 that are the anchor")
    assert growth.endswith("the high-water mark of this process cannot be put back here")
    for name in ("latency[p95]", "latency[ratio]", "throughput"):
        (measurement,) = told[name]["measurements"]
        assert "for a core" not in measurement["how"]  # nobody counts that there
