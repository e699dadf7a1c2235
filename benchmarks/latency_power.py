"""How often a model that is too slow is told so, on an idle and on a busy machine.

    python benchmarks/latency_power.py [--runs N]

A real one-row pipeline that takes 1.25 or 1.6 times what it may, as `max_p95_ms` and as `max_ratio`
to its own preprocessing, without neighbours of ours and with two for every two cores. What it takes
is measured anew before each run, without neighbours.
"""

from __future__ import annotations

import argparse
import collections
import os
import statistics
import time
from contextlib import nullcontext

from neighbours import hogs
from subjects import fitted, mixed, pipeline, rows_of

from pytest_mlreqs.measures.timing import calls, pairs
from pytest_mlreqs.measures.timing.trial import Answer
from pytest_mlreqs.models.steps import preparation

FACTORS = (1.25, 1.6)
WORDS = {True: "pass", False: "fail", None: "undecided"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=8, help="for each line")
    given = parser.parse_args()
    model, X = fitted(pipeline, mixed)
    rows, call, before = rows_of(X), model.predict, preparation(model)
    assert before is not None
    seen: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    waits: dict[str, list[float]] = collections.defaultdict(list)

    def p95(budget: float) -> Answer[calls.Calls]:
        return calls.judge(call, rows, {0.95: budget}, max_calls=1_000, max_seconds=10)[0.95]

    for _ in range(given.runs):
        usual = statistics.median(p95(1e6).value for _ in range(3))
        ratio = pairs.sample(call, before, rows, max_calls=200, max_seconds=10).value
        for count in (0, os.cpu_count() or 1):
            with hogs(count) if count else nullcontext():
                time.sleep(0.1)
                for factor in FACTORS:
                    line = f"{count} neighbours, max_p95_ms, {factor} times too slow"
                    timed = p95(usual / factor)
                    seen[line][WORDS[timed.ok]] += 1
                    waits[line].append(timed.samples.waited or 0)
                    line = f"{count} neighbours, max_ratio, {factor} times too slow"
                    found = pairs.judge(
                        call, before, rows, ratio / factor, max_calls=1_000, max_seconds=10
                    )
                    seen[line][WORDS[found.ok]] += 1
                    waits[line].append(found.samples.waited or 0)
    for line, answers in sorted(seen.items()):
        told = "  ".join(f"{word} {answers[word]:3}" for word in WORDS.values())
        waited = 100 * statistics.median(waits[line])
        print(f"{line:46} {told}  of {answers.total()}; waited {waited:.0f} %")


if __name__ == "__main__":
    main()
