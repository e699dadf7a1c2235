"""How often a slow model is given fewer rows than there is time for, or more.

    python benchmarks/affordable_rows.py [--models 1500]

Models on a fake clock, which tells their time as it should be: calls cost 0.3 ms to 1 s and rows
0.1 us to 10 ms, half of the models have a step of up to 1 s in the cost of a call at any size,
three in ten a slow first call, and all wait at random. Each is asked 20 times for 10,000 rows in a
check of 60 s, of which a hundred would do.

Prints, for those that there is time for (all rows in half of it), for those that there is not (all
rows take more than 70 s) and for those between: how many were undecided, were given fewer rows, and
would take longer than the check; and the mean of the seconds spent until that was known.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from pytest_mlreqs.core import time_left
from pytest_mlreqs.core.measurement import Undecided
from pytest_mlreqs.models import affordable
from pytest_mlreqs.models.batching import sample
from pytest_mlreqs.models.copies import Copies
from pytest_mlreqs.models.scoring import Scorer

ROWS, SCORINGS, ALLOWED_S = 10_000, 20, 60
X = pd.DataFrame({"a": np.arange(float(ROWS))})


class Slow:
    """A model, and the clock that it moves."""

    def __init__(self, draw: np.random.Generator) -> None:
        self.draw, self.now, self.calls = draw, 0.0, 0
        self.call, self.row = 10 ** draw.uniform(-3.5, 0), 10 ** draw.uniform(-7, -2)
        self.at, self.step = 10 ** draw.uniform(0.4, 4), 10 ** draw.uniform(-3, 0)
        self.step *= draw.random() < 0.5
        self.first = 10 ** draw.uniform(-2, 1) * (draw.random() < 0.3)
        self.noise, self.waits = draw.uniform(0, 0.3), draw.uniform(0, 0.1)

    def mean(self, count: int) -> float:
        """Seconds for so many rows, without noise."""
        return self.call + self.row * count + self.step * (count >= self.at)

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def __call__(self, X: pd.DataFrame) -> np.ndarray:
        """The rows' own values."""
        self.now += self.mean(len(X)) * (1 + self.noise * self.draw.random())
        self.now += (self.draw.random() < self.waits) * self.draw.exponential(0.1)
        self.now += self.first * (self.calls == 0)
        self.calls += 1
        return X["a"].to_numpy()


def given(model: Slow) -> int:
    """How many rows a model is given; 0 where it is undecided."""
    clock: Callable[[], float] = model.monotonic
    affordable.time = time_left.time = type("Clock", (), {"monotonic": staticmethod(clock)})
    time_left.start(ALLOWED_S)
    scorer = Scorer("predict", model)
    try:
        seen = sample(
            [scorer], X, np.arange(ROWS), Copies(forks=False), scorings=SCORINGS, least=100
        )
    except Undecided:
        return 0
    return len(seen.rows)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=int, default=1_500)
    draw = np.random.default_rng(0)
    seen: dict[str, list[tuple[int, float, float]]] = {"time": [], "between": [], "no time": []}
    for _ in range(parser.parse_args().models):
        model = Slow(draw)
        rows, whole_s = given(model), SCORINGS * model.mean(ROWS)
        kind = "time" if whole_s < ALLOWED_S / 2 else "no time" if whole_s > 70 else "between"
        # The contract and the answers as they are have been asked for by then.
        rest_s = (SCORINGS - 2) * model.mean(rows) if rows else -math.inf
        seen[kind].append((rows, model.now + rest_s, model.now))
    for kind, found in seen.items():
        rows, until, spent = (np.array(one) for one in zip(*found, strict=True))
        print(
            f"{kind:8} {len(rows):5} models: undecided {np.sum(rows == 0)}, fewer rows "
            f"{np.sum((rows > 0) & (rows < ROWS))}, too many {np.sum(until > ALLOWED_S)}, "
            f"known after {spent.mean():.1f} s"
        )


if __name__ == "__main__":
    main()
