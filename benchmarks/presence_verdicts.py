"""How often `proxies` with `max_auc` accuses a model of a column that it does not read.

    python benchmarks/presence_verdicts.py [--runs 200] [--processes 2]

Every run draws new people, whose district tells the group (AUC .87), and trains a new model, linear
or boosted, with or without the district; the limit is .75. Then models that read one column whose
AUC is the limit exactly. Prints how many were accused, satisfied and undecided.
"""

from __future__ import annotations

import argparse
import collections
import multiprocessing
import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # a process per core instead

import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from pytest_mlreqs.requirements.proxies import Proxies

LIMIT = 0.75
ROWS = 2_000


def judged(run: tuple[str, int]) -> tuple[str, bool | None]:
    """One verdict."""
    name, seed = run
    r = np.random.default_rng(seed)
    group = r.random(ROWS) < 0.4
    apart = 2**0.5 * norm.ppf(LIMIT) if name == "at the limit" else 1.6
    X = pd.DataFrame(r.normal(size=(ROWS, 5)), columns=["skill", "a", "b", "c", "district"])
    X["district"] += apart * group
    used = ["skill", "a", "b", "c"] + ([] if name.endswith("without it") else ["district"])
    odds = X["skill"] + X["a"] + X["district"] * ("district" in used) + r.logistic(size=ROWS)
    estimator = HistGradientBoostingClassifier(max_iter=40, random_state=seed)
    if name.startswith("linear") or name == "at the limit":
        estimator = LogisticRegression()
    estimator.fit(X[used].to_numpy(), odds > 0.5)
    requirement = Proxies(attributes=("group",), max_auc=LIMIT, reason="benchmark")
    protected = pd.DataFrame({"group": np.where(group, "f", "m")})
    model = lambda X: estimator.predict_proba(X[used].to_numpy())[:, 1]  # noqa: E731
    return name, next(iter(requirement.check(model, X, protected))).ok


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    names = (
        "linear without it", "boosted without it", "linear with it", "boosted with it",
        "at the limit",
    )  # fmt: skip
    plan = [(name, seed) for name in names for seed in range(arguments.runs)]
    told: collections.Counter[tuple[str, bool | None]] = collections.Counter()
    with multiprocessing.Pool(arguments.processes) as pool:
        told.update(pool.imap_unordered(judged, plan, chunksize=5))
    for name in names:
        counts = [told[name, ok] for ok in (False, True, None)]
        print("{:20} {} accused, {} satisfied, {} undecided".format(name, *counts))


if __name__ == "__main__":
    main()
