"""How far waiting for a core inflates what is judged, band by band, for models of other sorts.

    python benchmarks/contention_gate.py [--runs N] [--calls N]

A budget is called broken only while the thread (with a pool, all threads) waited for at most 10 %
of the time and others took at most a quarter of the cores, or if it is broken two or three times
over (a ratio: by a fifth). That is right if, within these shares, times hardly grow, and if beyond
they never grow by so much. So: models that the numbers were not chosen by, with neighbours that
take more or less of the cores; the p95 without waiting, and the median ratio to the same
preprocessing or to a twin, over the model's own median without neighbours of ours.
"""

from __future__ import annotations

import argparse
import collections
import os
import statistics
import time

from neighbours import hogs
from subjects import MODELS, fitted, rows_of

from pytest_mlreqs.measures.machine import machine
from pytest_mlreqs.measures.timing import calls, pairs
from pytest_mlreqs.models.steps import preparation

LOADS = ((0, 1.0), (1, 0.3), (1, 1.0), (2, 0.3), (2, 1.0), (3, 1.0))
BANDS = ("idle", "others work", "waiting")
Found = dict[str, list[tuple[float, float]]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3, help="for each model and load")
    parser.add_argument("--calls", type=int, default=150)
    given = parser.parse_args()
    cores = (os.cpu_count() or 1) / 2
    bands: dict[str, Found] = {}
    for name, parts in MODELS.items():
        model, X = fitted(*parts)
        twin, _ = fitted(*parts)
        reference = preparation(model) or twin.predict
        rows = rows_of(X)
        seen: list[tuple[int, str, float, float]] = []
        for _ in range(given.runs):
            for count, share in LOADS:
                with hogs(round(count * cores), share):
                    time.sleep(0.1)
                    timed = calls.judge(
                        model.predict, rows, {0.5: 1e6, 0.95: 1e6, 0.999: 1e6},
                        max_calls=given.calls, max_seconds=5,
                    )[0.95]  # fmt: skip
                    ratio = pairs.sample(
                        model.predict, reference, rows, max_calls=given.calls // 2, max_seconds=5
                    )
                seen.append((count, band(timed.samples), timed.value, ratio.value))
        idle = statistics.median(one[2] for one in seen if one[0] == 0)
        usual = statistics.median(one[3] for one in seen if one[0] == 0)
        found = bands[name] = collections.defaultdict(list)
        for _, name_of_band, p95, value in seen:
            found[name_of_band].append((p95 / idle, value / usual))
        print(f"{name}: p95 {idle:.2f} ms, ratio {usual:.3f} without neighbours of ours")
        table(found)
    pooled: Found = collections.defaultdict(list)
    for found in bands.values():
        for name, values in found.items():
            pooled[name] += values
    print("all models")
    table(pooled)


def band(made: calls.Calls) -> str:
    """What excuses these calls, as the verdict has it."""
    if (made.waited or 0) > machine.MOST_WAITING:
        return "waiting"
    return "others work" if made.taken > machine.MOST_TAKEN else "idle"


def table(found: Found) -> None:
    """One line for each band."""
    for name in filter(found.__contains__, BANDS):
        p95, ratio = zip(*found[name], strict=True)
        print(
            f"  {name:12}: p95 x {statistics.median(p95):.2f} (most "
            f"{max(p95):.2f}), ratio x {statistics.median(ratio):.2f} (most {max(ratio):.2f}); "
            f"{len(p95)} runs"
        )


if __name__ == "__main__":
    main()
