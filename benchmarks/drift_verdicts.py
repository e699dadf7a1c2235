"""How often `compute_regression` is wrong in a year of nightly runs, and how soon it notices.

    python benchmarks/drift_verdicts.py [--years YEARS] [--machine RUNS]

Simulated nights, with the spread from run to run that is named, a limit of 1.2 unless another one
is, and the verdict of `drift.judge` on each:

* years with any wrong failure, in %: of a model that is as at the anchor, with errors of several
  kinds, and of one that is slower by just what it may; and undecided nights;
* nights until a step, and a drift of 1 % a week, is violated: median and the latest of ten;
* with `--machine`: the spread of the ratio of a real pipeline to its preprocessing between
  processes, on this machine.
"""

from __future__ import annotations

import argparse
import math
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from pytest_mlreqs.history import drift

LIMIT = 1.2
Errors = Callable[[np.random.Generator, int], np.ndarray]


def normal(draw: np.random.Generator, n: int) -> np.ndarray:
    """Independent, normal."""
    return draw.normal(size=n)


def heavy(draw: np.random.Generator, n: int) -> np.ndarray:
    """Independent, t distributed with 3 degrees of freedom, of standard deviation 1."""
    return draw.standard_t(3, size=n) / math.sqrt(3)


def outliers(draw: np.random.Generator, n: int) -> np.ndarray:
    """Normal, but on one of twenty nights ten standard deviations above."""
    return draw.normal(size=n) + 10 * (draw.random(n) < 0.05)


def dependent(draw: np.random.Generator, n: int) -> np.ndarray:
    """Each night half of the one before."""
    steps = draw.normal(scale=math.sqrt(0.75), size=n)
    values = [draw.normal()]
    for step in steps[1:]:
        values.append(0.5 * values[-1] + step)
    return np.array(values)


def verdicts(values: Sequence[float], limit: float) -> Iterator[list[bool | None]]:
    """What is said of each run that there is something to compare with."""
    for night in range(drift.ANCHOR + 1, len(values) + 1):
        yield [change.ok for change in drift.judge(values[:night], limit)]


def years(errors: Errors, spread: float, limit: float, times: float, count: int) -> str:
    """Years with a wrong failure and nights that are undecided, for a slowdown after the anchor."""
    draw, wrong, open_, seen = np.random.default_rng(1), 0, 0, 0
    for _ in range(count):
        slowdown = np.full(drift.ANCHOR + drift.YEAR, times)
        slowdown[: drift.ANCHOR] = 1
        values = np.exp(spread * errors(draw, len(slowdown))) * slowdown
        told = list(verdicts(values.tolist(), limit))
        wrong += any(False in night for night in told)
        open_ += sum(None in night and False not in night for night in told)
        seen += len(told)
    return f"{100 * wrong / count:5.2f} {100 * open_ / seen:8.1f}"


def false_alarms(count: int) -> None:
    """Print how often a year has a wrong failure."""
    print(
        f"{count} years of {drift.YEAR} nights; years with a wrong failure, undecided nights, in %"
    )
    for errors in (normal, heavy, outliers, dependent):
        for spread in (0.01, 0.02, 0.05):
            for limit in (1.1, 1.2):
                cell = years(errors, spread, limit, 1.0, count)
                print(
                    f"  unchanged      {errors.__name__:9} spread {spread:4} limit {limit} {cell}"
                )
    # At the limit the spread is no matter: there is no margin that it could be small against.
    cell = years(normal, 0.02, LIMIT, LIMIT, 5 * count)
    print(f"  slower by 1.2  normal    spread 0.02 limit {LIMIT} {cell}  ({5 * count} years)")


def delay(spread: float, slowdown: Callable[[np.ndarray], np.ndarray], count: int) -> list[int]:
    """Nights from the change until it is violated, after fifty without one."""
    draw, found = np.random.default_rng(2), []
    before = 50
    for _ in range(count):
        times = np.ones(before + 2 * drift.YEAR)
        times[before:] = slowdown(np.arange(1, 2 * drift.YEAR + 1))
        values = (np.exp(spread * draw.normal(size=len(times))) * times).tolist()
        for night in range(before + 1, len(values) + 1):
            if any(change.ok is False for change in drift.judge(values[:night], LIMIT)):
                found.append(night - before)
                break
    return sorted(found)


def power(count: int) -> None:
    """Print how soon changes are noticed."""
    crossed = math.log(LIMIT) / (math.log(1.01) / 7)
    print(f"nights until it is violated, limit {LIMIT}: median, and nine of ten by")
    for spread in (0.01, 0.02, 0.05):
        for times in (1.3, 1.5, 2.0):
            told = delay(spread, lambda night, times=times: np.full(len(night), times), count)
            shown(f"step of {times}", spread, told, count)
        told = delay(spread, lambda night: 1.01 ** (night / 7), count)
        shown(f"1 % a week (is 1.2 in night {crossed:.0f})", spread, told, count)


def shown(what: str, spread: float, told: list[int], count: int) -> None:
    """Print one line."""
    median, most = statistics.median(told), told[math.ceil(0.9 * len(told)) - 1]
    print(f"  {what:34} spread {spread:4}  {median:5.0f} {most:5}   found {len(told)} of {count}")


CODE = """
import itertools, numpy as np, pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from pytest_mlreqs.measures.timing import pairs
draw = np.random.default_rng(0)
X = pd.DataFrame(draw.normal(size=(500, 8)), columns=list("abcdefgh"))
X["word"] = draw.choice(["x", "y", "z"], 500)
numbers, words = (StandardScaler(), list("abcdefgh")), (OneHotEncoder(), ["word"])
both = ColumnTransformer([("n", *numbers), ("w", *words)])
model = make_pipeline(both, LogisticRegression()).fit(X, X["a"] > 0)
rows = ((i, X.iloc[i : i + 1]) for i in itertools.cycle(range(500)))
for _ in range(5):
    model.predict(next(rows)[1])
seen = pairs.sample(model.predict, model[:-1].transform, rows, max_calls=500, max_seconds=10)
print(seen.value, *seen.interval, seen.samples.waited, seen.samples.own_ms)
"""


def machine(runs: int) -> None:
    """Print the spread of a real ratio between processes."""
    command = [sys.executable, "-c", CODE]
    told = []
    for _ in range(runs):
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        told.append([float(word) for word in run.stdout.split()])
    value, low, high, waited, own = (np.array(column) for column in zip(*told, strict=True))
    within = np.log(high / low) / 3.92
    between = np.log(value).std(ddof=1)
    print(
        f"{runs} processes: ratio {np.median(value):.3f}, spread {100 * between:.2f} % between them"
    )
    print(f"  {100 * np.median(within):.2f} % within; waited up to {100 * waited.max():.0f} %")
    print(f"  calls of {own.min():.2f} to {own.max():.2f} ms")


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--years", type=int, default=200)
    parser.add_argument("--machine", type=int, default=0, metavar="RUNS")
    given = parser.parse_args()
    false_alarms(given.years)
    power(max(20, given.years // 4))
    if given.machine:
        machine(given.machine)


if __name__ == "__main__":
    main()
