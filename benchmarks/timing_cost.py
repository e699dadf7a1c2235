"""What timing a call costs beside the call, next to pytest-benchmark.

    python benchmarks/timing_cost.py [--rounds N]

Medians of rounds that are interleaved, and of their ratios:

* time that is spent outside of the window in which a call is timed, per call;
* what the window adds to a call that does nothing;
* time until a model at half its budget has its verdict, and until pytest-benchmark has timed it;
  and how much of it is the model's own.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from pytest_mlreqs.measures.timing.calls import judge

CALLS = 2_000
WARMUP = 5

PEER = """
import json, time
from pathlib import Path
import numpy as np
from sklearn.linear_model import LogisticRegression

X = np.random.default_rng(0).normal(size=(500, 10))
model, row = LogisticRegression().fit(X, X[:, 0] > 0), X[:1]

def nothing():
    pass

def test_nothing(benchmark):
    start = time.perf_counter()
    benchmark.pedantic(nothing, rounds=CALLS, iterations=1)
    took = time.perf_counter() - start
    stats = benchmark.stats.stats
    told = {"outside": (took - stats.total) / CALLS, "window": stats.median}
    Path("nothing.json").write_text(json.dumps(told))

def test_model(benchmark):
    start = time.perf_counter()
    benchmark(model.predict, row)
    told = {"verdict": time.perf_counter() - start}
    Path("model.json").write_text(json.dumps(told))
""".replace("CALLS", str(CALLS))


def peer() -> dict[str, float]:
    """The same of pytest-benchmark, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_peer.py").write_text(PEER, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "test_peer.py"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        found: dict[str, float] = {}
        for name in ("nothing", "model"):
            found |= json.loads(Path(folder, f"{name}.json").read_text(encoding="utf-8"))
        return found


def nothing(given: object) -> None:
    """A call that takes no time."""


def own() -> dict[str, float]:
    """What timing costs here, in seconds."""
    rows = zip(itertools.count(), itertools.repeat(None), strict=False)
    # At a budget between fast and slow calls nothing is known, so that all calls are made.
    start = time.perf_counter()
    timed = judge(nothing, rows, {0.5: 1e-9}, max_calls=CALLS, max_seconds=60)[0.5]
    took = time.perf_counter() - start
    inside = sum(timed.samples.times_ms) / 1e3
    return {
        "outside": (took - inside) / timed.samples.count,
        "window": statistics.median(timed.samples.times_ms) / 1e3,
    }


def verdict() -> dict[str, float]:
    """Seconds until a model at half its budget has passed, and those of its calls."""
    X = np.random.default_rng(0).normal(size=(500, 10))
    model = LogisticRegression().fit(X, X[:, 0] > 0)
    rows = zip(itertools.count(), itertools.repeat(X[:1]), strict=False)
    many = judge(model.predict, rows, {0.95: 1e6}, max_calls=1_000, max_seconds=3)[0.95]
    start = time.perf_counter()
    for _, row in itertools.islice(rows, WARMUP):
        model.predict(row)
    timed = judge(model.predict, rows, {0.95: 2 * many.value}, max_calls=1_000, max_seconds=3)[0.95]
    took = time.perf_counter() - start
    if timed.ok is not True:
        print(f"  (a model at half its budget: {timed.why})")
    return {
        "verdict": took,
        "model": sum(timed.samples.times_ms) / 1e3,
        "calls": timed.samples.count,
    }


def bare() -> float:
    """Seconds that it takes to call what does nothing."""
    start = time.perf_counter()
    for given in itertools.repeat(None, 20_000):
        nothing(given)
    return (time.perf_counter() - start) / 20_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    beside = importlib.util.find_spec("pytest_benchmark") is not None
    ours: list[dict[str, float]] = []
    theirs: list[dict[str, float]] = []
    for _ in range(rounds):
        ours.append({**own(), **verdict(), "bare": bare()})
        if beside:
            theirs.append(peer())

    def middle(seen: list[dict[str, float]], name: str) -> float:
        return statistics.median(one[name] for one in seen)

    print(f"medians of {rounds} rounds                     ours   pytest-benchmark  ratio")
    for name, words, unit in (
        ("outside", "outside of the window, us a call", 1e6),
        ("window", "a call that does nothing, us", 1e6),
        ("verdict", "until there is a verdict, ms", 1e3),
    ):
        line = f"{words:36}{unit * middle(ours, name):10.3f}"
        if beside:
            ratio = statistics.median(a[name] / b[name] for a, b in zip(ours, theirs, strict=True))
            line += f"{unit * middle(theirs, name):14.3f}{ratio:12.3f}"
        print(line)
    print(f"the call that does nothing takes {1e6 * middle(ours, 'bare'):.3f} us by itself")
    share = statistics.median(one["verdict"] / one["model"] for one in ours)
    calls = middle(ours, "calls")
    print(f"until the verdict / time in the model: {share:.2f} ({calls:.0f} calls)")
    if not beside:
        print("pytest-benchmark is not installed: no ratios")


if __name__ == "__main__":
    main()
