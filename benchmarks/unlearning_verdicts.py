"""How often the layer `retrain` of a deletion is right about models that were trained again.

    python benchmarks/unlearning_verdicts.py [--trials N]

Thirteen families of estimators, seeded and not, on frames and on arrays: 52 combinations. The data
are breast cancer, the Titanic, and 120 rows of two numbers in turn. 16 people of four rows each are
planted, who share a pattern, six standard deviations out, and a label that others of the pattern
would not get. Then the model is trained anew: with nothing deleted, with one of the four rows of
each left, or with all of them gone; or it is not trained anew. Prints of each how many were found
to have people left, how many were undecided, and how many trainings it took in all.
"""

from __future__ import annotations

import argparse
import collections
import warnings
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from pytest_mlreqs.forgetting.rehearsal import retrain
from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal, Seen
from pytest_mlreqs.forgetting.traces.people import People

TITANIC = Path(__file__).parents[1] / "examples" / "titanic" / "data" / "titanic.csv"
PEOPLE, ROWS_EACH, FAR = 16, 4, 6.0


class Labels(BaseEstimator):
    """A classifier that tells labels only."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def fit(self, X: Any, y: Any) -> Labels:
        """Train it."""
        self.fitted_ = self.model.fit(X, y)
        return self

    def predict(self, X: Any) -> Any:
        """Labels."""
        return self.model.predict(X)


ESTIMATORS: dict[str, Callable[[int | None], Any]] = {
    "forest": lambda seed: RandomForestClassifier(30, random_state=seed),
    "extra trees": lambda seed: ExtraTreesClassifier(30, random_state=seed),
    "tree": lambda seed: DecisionTreeClassifier(random_state=seed),
    "boosting": lambda seed: HistGradientBoostingClassifier(
        max_iter=30, early_stopping=True, random_state=seed
    ),
    "bagging": lambda seed: BaggingClassifier(KNeighborsClassifier(), 5, random_state=seed),
    "sgd": lambda seed: SGDClassifier(loss="log_loss", alpha=1e-3, random_state=seed),
    "sgd, labels": lambda seed: Labels(SGDClassifier(alpha=1e-3, random_state=seed)),
    "tree, labels": lambda seed: Labels(DecisionTreeClassifier(random_state=seed)),
    "network": lambda seed: MLPClassifier((8,), max_iter=60, random_state=seed),
    "logistic": lambda _: LogisticRegression(max_iter=300),
    "neighbours": lambda _: KNeighborsClassifier(),
    "forest, numbers": lambda seed: RandomForestRegressor(20, random_state=seed),
    "ridge": lambda _: Ridge(),
}
DATA = ("cancer", "titanic", "small")
SEEDS, KINDS = ("seeded", "no seed"), ("frame", "array")
OUTCOMES = ("all deleted", "nothing deleted", "one row of four left", "not trained anew")


@cache
def data(name: str) -> tuple[pd.DataFrame, np.ndarray, list[str]]:
    """Features, labels, and the names of those features that are numbers."""
    if name == "cancer":
        X, y = load_breast_cancer(return_X_y=True, as_frame=True)
        return X, y.to_numpy(), list(X)
    if name == "small":
        random = np.random.default_rng(3)
        X = pd.DataFrame(random.normal(size=(120, 2)), columns=["a", "b"])
        return X, (X["a"] + random.normal(size=120) > 0).to_numpy().astype(int), list(X)
    table = pd.read_csv(TITANIC)
    numbers = table[["Age", "Fare", "SibSp", "Parch", "Pclass"]]
    words = pd.get_dummies(table[["Sex", "Embarked"]])
    X = pd.concat([numbers.fillna(numbers.median()), words], axis=1).astype(float)
    return X, table["Survived"].to_numpy(), list(numbers)


def planted(
    X: pd.DataFrame, numbers: list[str], people: People, random: np.random.Generator
) -> pd.DataFrame:
    """Rows of the people: others' rows, but for a few features that nobody else has so."""
    rows = X.iloc[random.choice(len(X), PEOPLE * ROWS_EACH)].copy()
    for name in random.choice(numbers, min(len(numbers), 3), replace=False):
        side = random.choice([-1, 1])
        far, spread = X[name].mean() + side * FAR * X[name].std(), 0.03 * X[name].std()
        rows[name] = [
            person.value(f"{name}{n}", far - spread, far + spread)
            for person in people
            for n in range(ROWS_EACH)
        ]
    return rows


def trial(name: str, estimator: str, seeds: str, kind: str, seed: int) -> dict[str, Any]:
    """What is said of each outcome in one draw, and after how many trainings."""
    random = np.random.default_rng([seed, *map(ord, f"{name}{estimator}{seeds}{kind}")])
    X, y, numbers = data(name)
    people = People.mint(PEOPLE, seed=int(random.integers(2**31)))
    rows = planted(X, numbers, people, random)
    trained = 0

    def state(some: pd.DataFrame, label: float) -> Seen:
        nonlocal trained
        trained += 1
        own = int(random.integers(2**31)) if seeds == "no seed" else 0
        both = pd.concat([X, some], ignore_index=True)
        given: Any = both if kind == "frame" else both.to_numpy()
        labels = np.r_[y, np.full(len(some), label)]
        model = make_pipeline(StandardScaler(), ESTIMATORS[estimator](own))
        return Seen({}, model.fit(given, labels), (given, labels))

    none = rows[:0]
    clean = [state(none, 0), state(none, 0)]
    more = retrain.more_clean(clean[0].model, clean[1].model, clean[0].data[0])
    clean += [state(none, 0) for _ in range(more)]
    asked = rows if kind == "frame" else rows.to_numpy()
    label = int(np.mean(clean[0].model.predict(asked)) < 0.5)  # what others would not be given
    learned = state(rows, label)
    again = state(rows, label).model if more else None
    before, said = trained, {}
    left = (none, rows, rows[::ROWS_EACH], None)
    for outcome, some in zip(OUTCOMES, left, strict=True):
        trained = before
        once = (lambda: learned) if some is None else partial(state, some, label)
        measured = retrain.shows(
            Rehearsal(
                people=people, clean=tuple(clean), planted=learned, deleted=once(), found={},
                left={}, planted_again=again, retrained=lambda: once().model,  # noqa: B023
            )
        )  # fmt: skip
        said[outcome] = (measured.ok, trained)
    return said


def main() -> None:
    """Run all of it and print the rates."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=3, help="of each of the 52 combinations")
    parser.add_argument("--only", nargs="*", default=list(ESTIMATORS), help="some families")
    parser.add_argument("--data", nargs="*", default=list(DATA), help="some data")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # of fits that stop early
    seen: dict[str, list[dict[str, Any]]] = collections.defaultdict(list)
    for estimator in arguments.only:
        own: dict[str, list[dict[str, Any]]] = collections.defaultdict(list)
        for seeds in SEEDS:
            for kind in KINDS:
                for at in range(arguments.trials):
                    name = arguments.data[at % len(arguments.data)]
                    said = trial(name, estimator, seeds, kind, at)
                    own[seeds].append(said)
                    seen[seeds].append(said)
            print(f"{estimator:16}{seeds:9}", told(own[seeds]), flush=True)
    for seeds, all_of_them in seen.items():
        print(f"{'all':16}{seeds:9}", told(all_of_them))


def told(said: list[dict[str, Any]]) -> str:
    """The counts of one line."""
    parts = []
    for outcome in OUTCOMES:
        oks = [one[outcome][0] for one in said]
        fits = sum(one[outcome][1] for one in said) / len(said)
        parts.append(
            f"{outcome}: {oks.count(False)}/{len(oks)} left, {oks.count(None)} undecided, "
            f"{fits:.1f} trainings"
        )
    return "; ".join(parts)


if __name__ == "__main__":
    main()
