"""How often a verdict on an AUC is wrong where the limit is the truth, and what a copy comes to.

    python benchmarks/area_verdicts.py [--runs 1000]

Scores of members and others are drawn from populations whose area is known: normal ones with equal
spread, with twice and with half of it for members, normal ones in steps of one, and ones of two
values. The limit is the area itself, so each "violated" (all of the 95 % interval above it) and
each "satisfied" (all of it within) is wrong.

* interval: the interval of one area, 8 to 200 rows of the smaller side;
* input: the strength of one input, by the better of its rank and what other folds say, on those
  populations whose likelihood rises with the value, so that no other order tells more;
* classes: the strength of one input for 3 and 10 classes, each told in the same share of rows;
* copy: in how many of the samples of two and more classes a copy of the target is above 0.95.

Prints, for each, how many runs were wrong in either way in per cent: the mean and the worst cell.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from functools import partial

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
import pandas as pd
from scipy.stats import norm

from pytest_mlreqs.measures.association.single_input import strength, target
from pytest_mlreqs.measures.statistics.area import area

Interval = Callable[[np.random.Generator], tuple[float, float]]
Draw = Callable[[np.random.Generator, int, int], tuple[np.ndarray, np.ndarray]]
SIZES = ((8, 40), (20, 40), (20, 400), (34, 96), (50, 50), (47, 893), (200, 200), (100, 1900))


def normal(true: float, spread: float) -> Draw:
    """Normal scores, those of members so many times as spread out."""
    shift = float(np.hypot(1, spread) * norm.ppf(true))
    return lambda r, m, n: (spread * r.normal(size=m) + shift, r.normal(size=n))


def steps(shift: float) -> tuple[float, Draw]:
    """Normal scores, rounded down, and their area."""
    edges = np.arange(-12, 13)
    inside, outside = (np.diff(norm.cdf(edges, by)) for by in (shift, 0))
    true = float((inside * (np.cumsum(outside) - outside / 2)).sum())
    return true, lambda r, m, n: (np.floor(r.normal(size=m) + shift), np.floor(r.normal(size=n)))


def two(inside: float, outside: float) -> Draw:
    """Scores of 0 and 1; the shares of ones."""
    return lambda r, m, n: ((r.random(m) < inside) * 1.0, (r.random(n) < outside) * 1.0)


def populations(*, rising: bool) -> Iterator[tuple[str, float, Draw]]:
    """Name, true area and how to draw from it."""
    for true in (0.95, 0.75):
        yield f"normal {true}", true, normal(true, 1)
        if not rising:
            yield f"members spread out {true}", true, normal(true, 2)
            yield f"members close {true}", true, normal(true, 0.5)
        yield (f"in steps {true}", *steps(float(2**0.5 * norm.ppf(true))))
        yield f"all members, and others {true}", true, two(1, 2 - 2 * true)
        yield f"some members only {true}", true, two(2 * true - 1, 0)
        yield f"most of either {true}", true, two(true, 1 - true)


def told(title: str, cells: dict[str, tuple[float, float]], rows: str) -> None:
    """The mean and the worst of wrong verdicts in per cent, either way."""
    print(f"{title} ({rows})")
    for way, kind in enumerate(("violated", "satisfied")):
        worst = max(cells, key=lambda cell: cells[cell][way])
        mean = np.mean([cell[way] for cell in cells.values()])
        print(f"    wrongly {kind}: mean {mean:.2f} %, worst {cells[worst][way]:.1f} % ({worst})")


def wrong(runs: int, interval: Interval, true: float) -> tuple[float, float]:
    """Per cent of runs with all of the interval above the truth, and below it."""
    ends = np.array([interval(np.random.default_rng(seed)) for seed in range(runs)])
    return 100 * (ends[:, 0] > true + 1e-9).mean(), 100 * (ends[:, 1] < true - 1e-9).mean()


def of_area(draw: Draw, m: int, n: int) -> Interval:
    """The interval of one area."""
    member = np.arange(m + n) < m
    return lambda r: area(member, np.concatenate(draw(r, m, n))).interval()


def of_input(y: np.ndarray, drawn: Callable[[np.random.Generator], np.ndarray]) -> Interval:
    """The interval of one input's strength."""
    goal = target(y, classes=True)

    def interval(r: np.random.Generator) -> tuple[float, float]:
        seen = strength(pd.Series(drawn(r)), goal)
        return seen.low, seen.high

    return interval


def intervals(runs: int) -> None:
    """One area."""
    cells = {
        f"{name}, {m} and {n} rows": wrong(runs, of_area(draw, m, n), true)
        for name, true, draw in populations(rising=False)
        for m, n in SIZES
    }
    told("interval", cells, f"{len(cells)} cells, {runs} runs each")


def inputs(runs: int) -> None:
    """One input for two classes."""
    cells = {}
    for name, true, draw in populations(rising=True):
        for m, n in SIZES[:-1]:
            y = np.repeat([1, 0], [m, n])
            one = of_input(y, partial(lambda d, m, n, r: np.concatenate(d(r, m, n)), draw, m, n))
            cells[f"{name}, {m} and {n} rows"] = wrong(runs, one, true)
    told("input", cells, f"{len(cells)} cells, {runs} runs each")


def mixed(y: np.ndarray, r: np.random.Generator) -> np.ndarray:
    """The class, or any of them in a tenth of the rows: a mean area of .95."""
    return np.where(r.random(len(y)) < 0.1, r.integers(0, y.max() + 1, len(y)), y)


def classes(runs: int) -> None:
    """One input for several classes, which is the class in a share of rows, else any value."""
    cells = {}
    for count in (3, 10):
        for rows in (10, 40, 150):
            y = np.repeat(np.arange(count), rows)
            cells[f"{count} classes of {rows} rows"] = wrong(
                runs, of_input(y, partial(mixed, y)), 0.95
            )
    told("classes", cells, f"{len(cells)} cells, {runs} runs each")


def copies() -> None:
    """The lower end of a copy of the target."""
    for sizes in ((34, 96), (47, 893), (29, 29), (28, 500), (15, 15, 15), (5,) * 10):
        y = np.repeat(np.arange(len(sizes)), sizes)
        seen = strength(pd.Series(y * 2.0), target(y, classes=True))
        print(f"copy: {len(sizes)} classes of {min(sizes)} rows and more, low {seen.low:.4f}")


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1_000)
    runs = parser.parse_args().runs
    copies()
    intervals(runs)
    inputs(max(runs // 5, 20))
    classes(max(runs // 5, 20))


if __name__ == "__main__":
    main()
