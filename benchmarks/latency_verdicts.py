"""What a verdict on latency costs, and how often it is wrong.

    python benchmarks/latency_verdicts.py [--load RUNS]

* error rates of the sequential rule, computed exactly: no simulation, no machine;
* calls it takes to pass, over the fewest that any test could pass with at the same error rate;
* time per call that is spent beside the call, over that of pytest-benchmark in the same run (where
  it is installed);
* with `--load`: a real one-row pipeline held to budgets that it keeps, while every core is busy.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import math
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pytest_mlreqs.measures import sequential, timing

CASES = (("p50", 0.5, 500), ("p90", 0.9, 1_000), ("p95", 0.95, 1_000), ("p99", 0.99, 5_000))
FACTORS = (0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 2.0)
LEAST = 40


def region(quantile: float, calls: int) -> tuple[list[int], list[int]]:
    """For each number of calls: up to how many over the budget pass, from how many on they fail."""
    passing, failing = [], []
    low, high = -1, 1
    for n in range(1, calls + 1):
        while sequential.decide(n, low + 1, quantile, timing.ALPHA) is True:
            low += 1
        while high <= n and sequential.decide(n, high, quantile, timing.ALPHA) is not False:
            high += 1
        passing.append(low)
        failing.append(high)
    return passing, failing


def exact(quantile: float, calls: int, over: float) -> tuple[float, float]:
    """Probabilities to pass and to fail if each call is over the budget with probability `over`."""
    passing, failing = region(quantile, calls)
    state = np.zeros(calls + 2)
    state[0] = 1.0
    passed = failed = 0.0
    for n in range(1, calls + 1):
        state[1:] = state[1:] * (1 - over) + state[:-1] * over
        state[0] *= 1 - over
        if n >= LEAST:
            passed += state[: passing[n - 1] + 1].sum()
            state[: passing[n - 1] + 1] = 0
            failed += state[failing[n - 1] :].sum()
            state[failing[n - 1] :] = 0
    return float(passed), float(failed)


def errors() -> None:
    """Print the error rates; times are lognormal with a quantile of 1.5 medians."""
    print("passes / fails in %, true quantile over budget =", *FACTORS)
    for name, quantile, calls in CASES:
        z = statistics.NormalDist().inv_cdf(quantile)
        spread = math.log(1.5) / z if z > 0 else 0.25
        cells = []
        for factor in FACTORS:
            over = 1 - statistics.NormalDist().cdf(z - math.log(factor) / spread)
            passed, failed = exact(quantile, calls, over)
            cells.append(f"{100 * passed:.1f}/{100 * failed:.1f}")
        print(f"  {name}", *cells)
    print("calls to pass, over the fewest of any test with the same error rate:")
    for name, quantile, _ in CASES:
        least = math.ceil(math.log(timing.ALPHA) / math.log(quantile))
        ours = sequential.calls_to_pass(quantile, timing.ALPHA)
        print(f"  {name} {ours} / {least} = {ours / least:.2f}")


def nothing(given: object) -> None:
    """A call that takes no time."""


def beside() -> float:
    """Seconds per call that timing spends beside the call."""
    rows = zip(itertools.count(), itertools.repeat(None), strict=False)
    start = time.perf_counter()
    seen = timing.hold(nothing, rows, {0.95: 1e-9}, max_calls=2_000, max_seconds=60)[0.95]
    elapsed = time.perf_counter() - start - (0.5 if seen.calls.bursts > 1 else 0)
    return elapsed / seen.calls.count


PEER = """
import time

def test_peer(benchmark):
    start = time.perf_counter()
    benchmark.pedantic(lambda: None, rounds=2_000, iterations=1)
    with open("seconds", "w") as file:
        file.write(str(time.perf_counter() - start))
"""


def peer() -> float:
    """Seconds per call that pytest-benchmark spends beside the call."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_peer.py").write_text(PEER, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "test_peer.py"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return float(Path(folder, "seconds").read_text(encoding="utf-8")) / 2_000


def overhead() -> None:
    """Print the time beside the calls, over pytest-benchmark's for as many single calls."""
    if importlib.util.find_spec("pytest_benchmark") is None:
        print(f"beside each call: {1e6 * beside():.1f} us (pytest-benchmark is not installed)")
        return
    ratios = [beside() / peer() for _ in range(7)]
    print(f"time beside each call, over pytest-benchmark's: {statistics.median(ratios):.2f}")


def hog() -> None:
    """Keep a core busy."""
    while True:
        sum(range(10_000))


def loaded(runs: int) -> None:
    """Print the verdicts on budgets that a model keeps, with a hog on every core."""
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(500, 6)), columns=list("abcdef"))
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, rows["a"] > 0)

    def inputs():  # noqa: ANN202
        for row in itertools.cycle(range(500)):
            yield row, rows.iloc[row : row + 1]

    def hold(budget: float) -> timing.Timed:
        limits = {0.95: budget}
        return timing.hold(model.predict, inputs(), limits, max_calls=1_000, max_seconds=3)[0.95]

    # Its p95 on the idle machine; as that drifts, the median of several.
    idle = statistics.median(hold(1e6).value_ms for _ in range(9))
    hogs = [multiprocessing.Process(target=hog, daemon=True) for _ in range(os.cpu_count() or 1)]
    for one in hogs:
        one.start()
    print(f"p95 of the idle machine {idle:.2f} ms; {runs} runs each under load, in %:")
    for share in (0.5, 0.67, 0.8, 0.9):
        seen = [hold(idle / share).ok for _ in range(runs)]
        told = [f"{word} {100 * seen.count(ok) / runs:.0f}"
                for word, ok in (("fail", False), ("pass", True), ("undecided", None))]  # fmt: skip
        print(f"  at {share} x budget:", *told)
    for one in hogs:
        one.terminate()


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--load", type=int, default=0, metavar="RUNS")
    runs = parser.parse_args().load
    errors()
    overhead()
    if runs:
        loaded(runs)


if __name__ == "__main__":
    main()
