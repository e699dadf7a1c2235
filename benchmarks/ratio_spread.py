"""By how much a budget spreads from an idle to a busy machine, in ms and as a ratio.

    python benchmarks/ratio_spread.py [--runs N] [--pairs N]

A one-row pipeline next to its own preprocessing, called by turns, with no to three busy processes
for every two cores. Prints, over all runs, the largest over the smallest: of p50 and p95 elapsed,
as a test by hand would have them; of the median without waiting for a core; and of the median
ratio. Others on the machine make the idle runs less idle, and thus the spread of the first smaller.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

from neighbours import hogs
from subjects import fitted, mixed, pipeline, rows_of

from pytest_mlreqs.measures.timing import pairs
from pytest_mlreqs.models.steps import preparation


class Watched:
    """A call whose elapsed times are kept."""

    def __init__(self, call: Callable[[Any], Any]) -> None:
        self._call = call
        self.times: list[float] = []

    def __call__(self, given: Any) -> None:
        """Call it."""
        start = time.perf_counter()
        self._call(given)
        self.times.append(time.perf_counter() - start)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3, help="for each number of neighbours")
    parser.add_argument("--pairs", type=int, default=400)
    given = parser.parse_args()
    model, X = fitted(pipeline, mixed)
    before = preparation(model)
    assert before is not None
    rows = rows_of(X)
    cores = os.cpu_count() or 1
    names = ("p50 elapsed", "p95 elapsed", "p50 without waiting", "p50 of the ratio")
    seen: dict[int, list[tuple[float, ...]]] = {}
    for _ in range(given.runs):
        for count in range(4):
            with hogs(round(count * cores / 2)):
                time.sleep(0.1)
                call = Watched(model.predict)
                ratio = pairs.sample(call, before, rows, max_calls=given.pairs, max_seconds=30)
            times = sorted(1e3 * one for one in call.times)
            p50, p95 = (times[int(q * len(times))] for q in (0.5, 0.95))
            seen.setdefault(count, []).append((p50, p95, ratio.samples.own_ms, ratio.value))
            waited = ratio.samples.waited
            words = "" if waited is None else f", waited {100 * waited:.0f} %"
            print(f"{count} neighbours: {p50:.2f} ms, {ratio.value:.3f} x{words}", flush=True)
    for place, name in enumerate(names):
        values = [run[place] for runs in seen.values() for run in runs]
        print(f"{name:24} {max(values) / min(values):.2f}")


if __name__ == "__main__":
    main()
