"""How long `pytest_mlreqs.forgetting.traces.objects.artifact` takes to look through large models.

    python benchmarks/artifact_scan.py

Prints, for about 100 MB each, seconds and the ratio to what cannot be avoided: one pass of NumPy
over the same bytes for an array, pickling for a model. All in the same process, best of three.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.neighbors import KNeighborsClassifier

from pytest_mlreqs.forgetting.traces.objects.artifact import Searcher
from pytest_mlreqs.forgetting.traces.people import People

PEOPLE = People.mint(16, seed=0)
COLUMNS = 30


def seconds(work: Callable[[], object]) -> float:
    """Wall time of the fastest of three calls."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Measure and print."""
    random = np.random.default_rng(0)
    rows = np.array([[one.value(f"x{at}") for at in range(COLUMNS)] for one in PEOPLE])
    searcher = Searcher(PEOPLE, rows, random.normal(size=(1_000, COLUMNS)))
    double = random.normal(size=(420_000, COLUMNS))
    for array in (double, double.astype("f4"), np.arange(12_600_000)):
        took = seconds(lambda: searcher.search(array))  # noqa: B023
        once = seconds(lambda: array + array)  # noqa: B023
        size = f"{array.nbytes / 1e6:.0f} MB"
        print(f"{array.dtype} array, {size}: {took:.2f} s, {took / once:.1f} passes")
    labels = random.integers(0, 2, 60_000)
    texts = (
        " ".join(f"tok{n:09d}" for n in range(start, start + 1_000))
        for start in range(0, 2_000_000, 1_000)
    )
    neighbours = KNeighborsClassifier(algorithm="brute")
    forest = RandomForestClassifier(90, n_jobs=2, random_state=0)
    models = {
        "nearest neighbours": neighbours.fit(double, np.resize(labels, len(double))),
        "forest": forest.fit(double[:30_000], labels[:30_000]),
        "vectoriser of 2M words": CountVectorizer(token_pattern=r"\S+").fit(texts),
    }
    for name, model in models.items():
        stored = len(pickle.dumps(model, protocol=5)) / 1e6
        took = seconds(lambda: searcher.search(model))  # noqa: B023
        once = seconds(lambda: pickle.dumps(model, protocol=5))  # noqa: B023
        print(f"{name}, {stored:.0f} MB: {took:.2f} s, {took / once:.1f} times pickling")


if __name__ == "__main__":
    main()
