"""How often a verdict on latency is wrong, and how many calls it takes.

    python benchmarks/latency_verdicts.py

Computed exactly: no simulation, no machine.

* error rates of the sequential rule, next to those of a plain assertion on p95 of a hundred calls;
* calls it takes to pass, over the fewest that any test could pass with at the same error rate.
"""

from __future__ import annotations

import math
import statistics

import numpy as np

from pytest_mlreqs.measures.statistics import sequential
from pytest_mlreqs.measures.timing.trial import ALPHA

CASES = (("p50", 0.5, 500), ("p90", 0.9, 1_000), ("p95", 0.95, 1_000), ("p99", 0.99, 5_000))
FACTORS = (0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 2.0)
LEAST = 40


def region(quantile: float, calls: int) -> tuple[list[int], list[int]]:
    """For each number of calls: up to how many over the budget pass, from how many on they fail."""
    passing, failing = [], []
    low, high = -1, 1
    for n in range(1, calls + 1):
        while sequential.decide(n, low + 1, quantile, ALPHA) is True:
            low += 1
        while high <= n and sequential.decide(n, high, quantile, ALPHA) is not False:
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


def chance(quantile: float, factor: float) -> float:
    """Of a call over its budget; times are lognormal with a quantile of 1.5 medians."""
    z = statistics.NormalDist().inv_cdf(quantile)
    spread = math.log(1.5) / z if z > 0 else 0.25
    return 1 - statistics.NormalDist().cdf(z - math.log(factor) / spread)


def errors() -> None:
    """Print the error rates."""
    print("passes / fails in %, true quantile over budget =", *FACTORS)
    for name, quantile, calls in CASES:
        cells = []
        for factor in FACTORS:
            passed, failed = exact(quantile, calls, chance(quantile, factor))
            cells.append(f"{100 * passed:.1f}/{100 * failed:.1f}")
        print(f"  {name}", *cells)


def by_assertion() -> None:
    """Print those of an assertion that the 95th of 100 times is within the budget."""
    cells = []
    for factor in FACTORS:
        over = chance(0.95, factor)
        passed = sum(math.comb(100, k) * over**k * (1 - over) ** (100 - k) for k in range(6))
        cells.append(f"{100 * passed:.1f}/{100 * (1 - passed):.1f}")
    print("  p95 of 100 calls", *cells)


def calls() -> None:
    """Print how many calls it takes."""
    print("calls to pass, over the fewest of any test with the same error rate:")
    for name, quantile, _ in CASES:
        least = math.ceil(math.log(ALPHA) / math.log(quantile))
        ours = sequential.calls_to_pass(quantile, ALPHA)
        print(f"  {name} {ours} / {least} = {ours / least:.2f}")


def main() -> None:
    """Print all of it."""
    errors()
    by_assertion()
    calls()


if __name__ == "__main__":
    main()
