"""How often `pytest_mlreqs.measures.traces.unlearning` is right about models that were retrained.

    python benchmarks/unlearning_verdicts.py [--trials N]

For breast cancer and the Titanic, five estimators and three ways to train (`same`: a fixed seed;
`order`: rows come back in another order; `free`: no seed), 16 people of four rows each are planted,
who share a pattern, six standard deviations out, and a label. Then the model is trained anew: with
nothing deleted, with one of the four rows of each left, or with all of them gone. Prints how many
of each were found to have people left, and how many were undecided.
"""

from __future__ import annotations

import argparse
import collections
import warnings
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pytest_mlreqs.measures.traces.unlearning import answers, decided, moved, variants

TITANIC = Path(__file__).parents[1] / "examples" / "titanic" / "data" / "titanic.csv"
PEOPLE, ROWS_EACH, FAR = 16, 4, 6.0
ESTIMATORS = {
    "forest": lambda seed: RandomForestClassifier(30, random_state=seed),
    "logistic": lambda _: LogisticRegression(max_iter=300),
    "boosting": lambda seed: HistGradientBoostingClassifier(
        max_iter=30, early_stopping=False, random_state=seed
    ),
    "neighbours": lambda _: KNeighborsClassifier(),
    "sgd": lambda seed: SGDClassifier(loss="log_loss", alpha=1e-3, random_state=seed),
}
DATA = ("cancer", "titanic")
SETTINGS = ("same", "order", "free")
OUTCOMES = ("nothing deleted", "one row of four left", "all deleted")


@cache
def data(name: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Features, labels, and how many of the features, from the left, are numbers."""
    if name == "cancer":
        X, y = load_breast_cancer(return_X_y=True)
        return X, y, X.shape[1]
    table = pd.read_csv(TITANIC)
    numbers = table[["Age", "Fare", "SibSp", "Parch", "Pclass"]]
    words = pd.get_dummies(table[["Sex", "Embarked"]])
    X = pd.concat([numbers.fillna(numbers.median()), words], axis=1).to_numpy(dtype=float)
    return X, table["Survived"].to_numpy(), numbers.shape[1]


def planted(X: np.ndarray, numbers: int, random: np.random.Generator) -> np.ndarray:
    """Rows of the people: others' rows, but for three features that nobody else has so."""
    rows = X[random.choice(len(X), PEOPLE * ROWS_EACH)].copy()
    pattern = random.choice(numbers, 3, replace=False)
    center, spread = X.mean(axis=0)[pattern], X.std(axis=0)[pattern]
    far = center + FAR * spread * random.choice([-1, 1], 3)
    rows[:, pattern] = far + 0.02 * spread * random.normal(size=(len(rows), 3))
    return rows


def trial(name: str, estimator: str, setting: str, seed: int) -> dict[str, bool | None]:
    """What is said of each outcome, in one draw."""
    random = np.random.default_rng([seed, DATA.index(name), SETTINGS.index(setting)])
    X, y, numbers = data(name)

    def train(rows: np.ndarray, labels: np.ndarray):  # noqa: ANN202
        order = random.permutation(len(rows)) if setting == "order" else np.arange(len(rows))
        own = int(random.integers(2**31)) if setting == "free" else 0
        model = make_pipeline(StandardScaler(), ESTIMATORS[estimator](own))
        return model.fit(rows[order], labels[order]).predict_proba

    clean = [train(X, y) for _ in range(4)]
    rows = planted(X, numbers, random)
    label = int(clean[0](rows)[:, 1].mean() < 0.5)  # what others of the pattern are not given
    probe, fresh = np.r_[X, rows], variants(rows, X, seed=seed)

    def trained(some: np.ndarray):  # noqa: ANN202
        return train(np.r_[X, some], np.r_[y, np.full(len(some), label)])

    learned = trained(rows)
    after = zip(OUTCOMES, (rows, rows[::ROWS_EACH], rows[:0]), strict=True)
    said: dict[str, bool | None] = {}
    for outcome, some in after:
        model = trained(some)
        gap = moved(iter(clean), learned, model, probe)
        said[outcome] = decided(gap, answers(clean, learned, model, fresh))
    return said


def main() -> None:
    """Run all of it and print the rates."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=10, help="of each of the 30 combinations")
    trials = parser.parse_args().trials
    warnings.simplefilter("ignore")  # of fits that stop early
    seen: collections.Counter[tuple[str, bool | None]] = collections.Counter()
    for name in DATA:
        for estimator in ESTIMATORS:
            own: collections.Counter[tuple[str, bool | None]] = collections.Counter()
            for one in (partial(trial, name, estimator, setting) for setting in SETTINGS):
                for seed in range(trials):
                    own.update(one(seed).items())
            seen += own
            total = trials * len(SETTINGS)
            print(f"{name:8}{estimator:12}", told(own, total), flush=True)
    print(f"{'all':20}", told(seen, trials * len(SETTINGS) * len(DATA) * len(ESTIMATORS)))


def told(seen: collections.Counter[tuple[str, bool | None]], total: int) -> str:
    """The counts of one line."""
    return "; ".join(
        f"{outcome}: {seen[outcome, True]}/{total} left, {seen[outcome, None]} undecided"
        for outcome in OUTCOMES
    )


if __name__ == "__main__":
    main()
