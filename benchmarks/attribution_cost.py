"""What it costs to know how much of a call each step of a pipeline takes.

    python benchmarks/attribution_cost.py [--pairs N]

The pipeline's own predict and the same with its steps timed, by turns in random order: the median
of the ratios of elapsed times, and its 95 % interval. Twice the same predict, as a control.
"""

from __future__ import annotations

import argparse
from typing import Any

from subjects import fitted, mixed, pipeline, rows_of

from pytest_mlreqs.measures.timing import pairs
from pytest_mlreqs.measures.timing.attribution import attribute
from pytest_mlreqs.models.steps import steps


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=3_000)
    count = parser.parse_args().pairs
    model, X = fitted(pipeline, mixed)
    found = steps(model, "predict")

    def attributed(given: Any) -> None:
        attribute(found, [given])

    for name, call in (("with its steps timed", attributed), ("a control", model.predict)):
        for rows in (1, 500):
            seen = pairs.sample(
                call, model.predict, rows_of(X, rows), max_calls=count, max_seconds=60
            )
            assert seen.interval is not None
            low, high = (100 * (end - 1) for end in seen.interval)
            told = f"{100 * (seen.value - 1):+.2f} % ({low:+.2f} to {high:+.2f})"
            made = seen.samples
            print(f"{name}, {rows:3} rows: {told} of {made.reference_ms:.2f} ms, {made.pairs()}")


if __name__ == "__main__":
    main()
