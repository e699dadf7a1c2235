"""How often verdicts by simulated clocks are wrong where the truth is right at the limit.

    python benchmarks/error_rates.py [--runs N]

The simulations of the tests of `pairs.py`, `costs.py` and `open_loop.py`, which make
few runs of each, at full size: the median ratio of two models, the cost of five columns, and
quantiles of queues. Prints how many runs gave a verdict, of which 1 % may each way, and how many
missed what is well beyond the limit.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.measures.costs import test_costs as costs
from tests.measures.timing import test_open_loop as open_loop
from tests.measures.timing import test_pairs as pairs


def main() -> None:
    """Simulate them all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=400)
    runs = parser.parse_args().runs
    for name, errors in (("ratio", pairs.errors), ("costs", costs.errors)):
        wrong, missed = errors(runs)
        print(f"{name}: {wrong} of {runs} wrong at the limit, {missed} missed beyond", flush=True)
    for load, quantile in open_loop.QUEUES:
        passed, failed = open_loop.errors(load, quantile, runs)
        words = f"{passed} passed and {failed} failed of {runs}"
        print(f"p{100 * quantile:.0f} of a queue at load {load}: {words}", flush=True)


if __name__ == "__main__":
    main()
