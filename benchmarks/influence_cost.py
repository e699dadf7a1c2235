"""What `forbidden_features` costs beside scikit-learn's permutation_importance and shap.

    python benchmarks/influence_cost.py [--shap]

Prints ratios, measured in the same run on the same model and rows:

* how much of the check is the model's own predict;
* wall time of permutation_importance (5 repeats, its default) and of shap's permutation explainer
  over that of the check, for one forbidden column among many;
* peak memory that the check adds, over the size of the rows it samples, on a frame far larger.
"""

from __future__ import annotations

import argparse
import statistics
import time
import tracemalloc

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.inspection import permutation_importance

from pytest_mlreqs.requirements.forbidden_features import ForbiddenFeatures

COLUMNS = 100
ROWS = 10_000
REPEATS = 3
REQUIREMENT = ForbiddenFeatures(columns=("x7",), reason="benchmark", rows=ROWS)


def data(rows: int) -> pd.DataFrame:
    """Normal numbers in 100 columns."""
    values = np.random.default_rng(0).normal(size=(rows, COLUMNS))
    return pd.DataFrame(values, columns=[f"x{column}" for column in range(COLUMNS)])


class Timed:
    """A model that notes how long its predictions take."""

    def __init__(self, model: HistGradientBoostingClassifier) -> None:
        self._model = model
        self.seconds = 0.0

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Answer as the model does."""
        start = time.perf_counter()
        output = self._model.predict_proba(X)
        self.seconds += time.perf_counter() - start
        return output


def seconds(work) -> float:  # noqa: ANN001
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shap", action="store_true", help="compare with shap too (an extra)")
    arguments = parser.parse_args()
    train = data(5_000)
    y = (train["x7"] + train["x1"] * train["x2"] > 0).astype(int)
    model = HistGradientBoostingClassifier(max_iter=50, random_state=0).fit(train, y)
    rows = data(ROWS)
    target = (rows["x7"] > 0).astype(int)

    def check(X: pd.DataFrame = rows, judged: object = model) -> None:
        list(REQUIREMENT.check(model=judged, X=X))

    check()  # imports and first-call costs
    own, shares, others, large = [], [], [], []
    million = data(1_000_000)
    for _ in range(REPEATS):
        timed = Timed(model)
        own.append(seconds(lambda: check(judged=timed)))  # noqa: B023
        shares.append(timed.seconds / own[-1])
        others.append(seconds(lambda: permutation_importance(model, rows, target, random_state=0)))
        large.append(seconds(lambda: check(million)))
    mine = statistics.median(own)
    print(f"check: {mine:.2f} s; of it the model's predict: {statistics.median(shares):.0%}")
    print(f"permutation_importance / check: {statistics.median(others) / mine:.1f}x")
    print(f"check of 1M rows / check of {ROWS:,} rows: {statistics.median(large) / mine:.2f}x")
    if arguments.shap:
        import shap

        few = rows.iloc[:200]
        explainer = shap.PermutationExplainer(model.predict_proba, rows.iloc[:50])
        explainer(few.iloc[:2])  # compiles
        explained = seconds(lambda: explainer(few)) / len(few) * ROWS
        print(f"shap, all {ROWS:,} rows (from 200) / check: {explained / mine:.0f}x")
    size = ROWS * COLUMNS * 8
    by_position = ForbiddenFeatures(columns=("7",), reason="benchmark", rows=ROWS)
    for name, frame, requirement in (
        ("10k", rows, REQUIREMENT),
        ("1M", million, REQUIREMENT),
        ("1M (array)", million.to_numpy(), by_position),
    ):
        tracemalloc.start()
        list(requirement.check(model=constant, X=frame))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        print(f"peak memory added on {name} rows / size of the sampled rows: {peak / size:.2f}x")


def constant(X: pd.DataFrame) -> np.ndarray:
    """A model that needs no memory of its own."""
    return np.zeros(len(X))


if __name__ == "__main__":
    main()
