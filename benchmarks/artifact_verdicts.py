"""Which estimators are found to hold rows of whole numbers that others share, and which are not.

    python benchmarks/artifact_verdicts.py

Every estimator of scikit-learn as it comes, plain and behind two scalers, is trained on rows of a
credit data set, of two and of three columns, all of them whole numbers: with eight planted people
and without them. Prints how many were found to hold some of them, of those that keep an array of
rows, and how many were found to that never saw them; these are named. Then the same with numbers
of which each is there once, on the data of the tests, where the pickle says which estimators hold
some of them: prints whose are missed.
"""

from __future__ import annotations

import pickle
import struct
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils.discovery import all_estimators

from pytest_mlreqs.forgetting.traces.objects.artifact import Searcher, weak
from pytest_mlreqs.forgetting.traces.people import People

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.forgetting.traces.objects import test_artifact_estimators as cases

PEOPLE = People.mint(8, seed=3)
ROWS = 260
SLOW = (
    "GaussianProcessClassifier", "SpectralBiclustering", "SpectralCoclustering", "TSNE",
    "SpectralClustering", "LogisticRegressionCV", "TheilSenRegressor", "MultiTaskLassoCV",
    "MultiTaskElasticNetCV", "MLPRegressor", "MLPClassifier", "DictionaryLearning",
    "MiniBatchDictionaryLearning",
)  # fmt: skip
COLUMNS: dict[str, Callable[[np.random.Generator, int], Any]] = {
    "age": lambda random, n: random.integers(19, 75, n),
    "flag": lambda random, n: random.integers(0, 2, n),
    "amount": lambda random, n: 50 * random.integers(5, 200, n),
    "duration": lambda random, n: random.integers(4, 60, n),
    "rate": lambda random, n: random.integers(1, 5, n),
    "jobs": lambda random, n: random.integers(0, 4, n),
}


def frame(random: np.random.Generator, n: int, width: int) -> pd.DataFrame:
    """Rows of the first columns."""
    return pd.DataFrame({name: COLUMNS[name](random, n) for name in list(COLUMNS)[:width]})


def fitted(estimator: Any, X: pd.DataFrame) -> Any:
    """The estimator, trained with a target, or without one; None where it takes neither."""
    for arguments in ((X, (X["age"] > 40).to_numpy().astype(int)), (X,)):
        try:
            return clone(estimator).fit(*arguments)
        except Exception:
            continue
    return None


def numbers() -> None:
    """Search all estimators for numbers of the planted, with the pickle as the truth."""
    theirs = np.concatenate([cases.theirs()["X"].ravel(), cases.theirs()["target"]])
    held, missed, alarms, tried = 0, [], [], 0
    for name, cls in all_estimators():
        try:
            estimator = clone(cls())
        except TypeError:  # it wants another estimator
            continue
        for kind in () if name in SLOW else ("y", "target", "X", "labels"):
            try:
                planted, clean = (
                    cases.fitted(kind, clone(estimator), planted=which) for which in (True, False)
                )
            except Exception:
                continue
            tried += 1
            stored = pickle.dumps(planted)
            if any(struct.pack("<d", value) in stored for value in theirs):
                held += 1
                if all(map(weak, cases.looked(kind, planted, planted).traces)):
                    missed.append(name)
            if cases.looked(kind, clean, planted).traces:
                alarms.append(name)
            break
    print(f"numbers that are there once: {tried} estimators, {held} hold some of them; ", end="")
    print(f"missed {missed}, of those that never saw them {alarms}", flush=True)


def main() -> None:
    """Train and search them all."""
    warnings.simplefilter("ignore")
    for width in (6, 3, 2):
        random = np.random.default_rng(0)
        others, rows = frame(random, ROWS, width), frame(random, len(PEOPLE), width)
        both = pd.concat([others, rows], ignore_index=True)
        tried = held = 0
        alarms = []
        for scaler in (None, StandardScaler, MinMaxScaler):
            for name, cls in all_estimators():
                try:
                    made = clone(cls())
                except TypeError:  # it wants another estimator
                    continue
                estimator = made if scaler is None else make_pipeline(scaler(), made)
                planted = None if name in SLOW else fitted(estimator, both)
                clean = None if planted is None else fitted(estimator, others)
                if clean is None:
                    continue
                tried += 1
                searcher = Searcher(PEOPLE, rows, others, models=(clean, planted))
                found, never = (
                    [trace for trace in searcher.search(model).traces if not weak(trace)]
                    for model in (planted, clean)
                )
                held += bool(found)
                alarms += [f"{name} ({never[0].where})"] if never else []
        print(f"{width} columns: {tried} estimators, {held} hold some of them; ", end="")
        print(f"of those that never saw them {len(alarms)} {', '.join(alarms)}", flush=True)
    numbers()


if __name__ == "__main__":
    main()
