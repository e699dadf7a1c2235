"""How often verdicts are wrong: at their limits, and as far from them as models are.

    python benchmarks/error_rates.py [--runs N]

One engine judges calls, pairs of calls, rounds of them and new processes, so its errors are told
once: by samples that are coins, above the limit with a probability of so many times what the limit
allows, on a clock that is made up (`errors` of the tests of `trial.py`). At 1 both answers are
wrong. Calls at a rate depend on each other; how much they tell is estimated, and so they are
simulated as queues, with the budget right at the quantile (`errors` of the tests of
`open_loop.py`).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.measures.timing import test_open_loop as open_loop
from tests.measures.timing import test_trial as trial

TIMES = (0.1, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0)
CASES = ((0.5, 1, 40), (0.5, 1, 1_000), (0.5, 5, 1_000), (0.95, 1, 1_000), (0.99, 1, 5_000))


def main() -> None:
    """Simulate them all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=400)
    runs = parser.parse_args().runs
    print("% passed / failed, of samples beyond the limit so many times as often as they may:")
    print(f"{'':46}" + "".join(f"{times:>12g}" for times in TIMES))
    for quantile, limits, samples in CASES:
        name = f"p{100 * quantile:.0f}, limits {limits}, samples {samples:,} a burst"
        cells = []
        for times in TIMES:
            shares = (
                100 * one / runs for one in trial.errors(quantile, limits, times, runs, samples)
            )
            cells.append("/".join(f"{share:.1f}" for share in shares))
        print(f"{name:46}" + "".join(f"{cell:>12}" for cell in cells), flush=True)
    for load, quantile in open_loop.QUEUES:
        passed, failed = open_loop.errors(load, quantile, runs)
        words = f"{passed} passed and {failed} failed of {runs}"
        print(f"p{100 * quantile:.0f} of a queue at load {load}: {words}", flush=True)


if __name__ == "__main__":
    main()
