"""How often `forbidden_features` and `proxies` accuse a model that has done nothing wrong.

    python benchmarks/false_alarms.py [--runs 1000] [--processes 2] [--predict]

Every run draws new people, trains a new model and asks for the verdict:

* forbidden_features at predict, on models that do not read the column: RUNS runs over all of them,
  those included that are noisy, randomised, count their calls or remember their answers, and those
  with infinite scores; and as many on models of all these sorts that do read it. Models that draw
  from a generator of theirs are repeated by copies of the process; those that are called "entropy"
  draw from the system, which no copy repeats. In training, a tenth of that, as each run takes five
  fits;
* proxies, where the score carries an attribute through declared legitimate columns only, or not at
  all: RUNS runs;
* the other rules on models that are guilty, a tenth of the runs, for a rule that never accuses is
  never wrong in this way either.

Prints how many were accused (innocent) or satisfied (guilty), with the upper end of the 95 %
interval of that share (Clopper and Pearson).
"""

from __future__ import annotations

import argparse
import collections
import itertools
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable
from typing import Any

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # a process per core instead

import numpy as np
import pandas as pd
from scipy.stats import beta
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from pytest_mlreqs.requirements.forbidden_features import ForbiddenFeatures
from pytest_mlreqs.requirements.proxies import Proxies

FORBIDDEN = ("age", "race", "member")
ROWS = 400
Run = tuple[str, int]  # scenario, seed


def people(seed: int, rows: int = ROWS) -> tuple[pd.DataFrame, pd.Series]:
    """An age with gaps, a race, a membership; an income and a town that have to do with them."""
    generator = np.random.default_rng(seed)
    age = generator.integers(18, 96, rows).astype(float)
    race = generator.choice(["a", "b", "c"], rows, p=[0.6, 0.3, 0.1])
    X = pd.DataFrame(
        {
            "age": np.where(generator.random(rows) < 0.05, np.nan, age),
            "race": pd.Categorical(race) if seed % 2 else race,
            "member": generator.random(rows) < 0.3,
            "income": generator.lognormal(10, 0.5, rows) * (1 + age / 100),
            "town": np.where(race == "a", "t1", generator.choice(["t1", "t2", "t3"], rows)),
        }
    )
    odds = X["income"] / 3e4 + (X["town"] == "t1") - 2 + generator.logistic(size=rows)
    return X, (odds > 0).astype(int)


def piped(estimator: Any) -> Any:
    """A pipeline that takes income and town, and drops the forbidden columns."""
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_pipeline(
        make_column_transformer((StandardScaler(), ["income"]), (encoder, ["town"])), estimator
    )


class Around:
    """A fitted model, whose answers are altered."""

    def __init__(self, model: Any, alter: Callable[[Any, np.ndarray], np.ndarray]) -> None:
        self._model = model
        self._alter = alter

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Altered probabilities."""
        return self._alter(X, self._model.predict_proba(X))


def noisy(scale: float, seed: int) -> Callable[[Any, np.ndarray], np.ndarray]:
    """Add new noise in every call."""
    generator = np.random.default_rng(seed)
    return lambda _X, p: p + generator.normal(size=p.shape) * scale


def seldom(seed: int) -> Callable[[Any, np.ndarray], np.ndarray]:
    """Answer otherwise for about one row in a thousand, another one in every call."""
    generator = np.random.default_rng(seed)
    return lambda _X, p: np.where(generator.random((len(p), 1)) < 0.001, 1 - p, p)


def drifting() -> Callable[[Any, np.ndarray], np.ndarray]:
    """Answer a little more in every call."""
    calls = itertools.count()
    return lambda _X, p: p + 1e-4 * next(calls)


class Remembering:
    """Answers by income what it has answered for it before."""

    def __init__(self, predict: Callable[[Any], np.ndarray]) -> None:
        self._predict = predict
        self._known: dict[float, float] = {}

    def __call__(self, X: pd.DataFrame) -> np.ndarray:
        """Remembered scores."""
        pairs = zip(X["income"], self._predict(X), strict=True)
        return np.array([self._known.setdefault(income, score) for income, score in pairs])


class Counting:
    """Adds something to each score that depends on how often it was called."""

    def __init__(self, predict: Callable[[Any], np.ndarray], extra: Callable[[int], float]) -> None:
        self._predict = predict
        self._extra = extra
        self._calls = 0

    def __call__(self, X: pd.DataFrame) -> np.ndarray:
        """Scores of this call."""
        self._calls += 1
        return self._predict(X) + self._extra(self._calls)


class Late:
    """Scores of another kind from the 41st call on, or for single rows."""

    def __init__(self, predict: Callable[[Any], np.ndarray], *, alone: bool) -> None:
        self._predict = predict
        self._alone = alone
        self._calls = 0

    def __call__(self, X: pd.DataFrame) -> np.ndarray:
        """Scores of the income alone, most often."""
        self._calls += 1
        other = len(X) == 1 if self._alone else self._calls > 40
        return self._predict(X) if other else np.asarray(X["income"]) / 1e5


def coins(rows: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Scores, in some rows replaced by a coin that is tossed anew."""
    return np.where(rows, np.random.default_rng().integers(0, 2, len(score)), score)


def flips(share: float, labels: np.ndarray) -> np.ndarray:
    """Labels, of which a share is flipped anew."""
    return np.where(np.random.default_rng().random(len(labels)) < share, 1 - labels, labels)


def disturbed(score: Callable[[Any], np.ndarray]) -> dict[str, Callable[[Any], np.ndarray]]:
    """A score of 0 to 1, disturbed in many ways."""
    generator = np.random.default_rng(0)
    entropy = np.random.default_rng
    every = lambda X: np.arange(len(X)) % 200 == 7  # noqa: E731
    return {
        "a coin in 200 rows, entropy": lambda X: coins(every(X), score(X)),
        "a flip in 200, entropy": lambda X: flips(0.005, (score(X) > 0.5).astype(int)),
        "a flip in 3,000, entropy": lambda X: flips(1 / 3_000, (score(X) > 0.5).astype(int)),
        "a flip in 200": lambda X: np.where(
            generator.random(len(X)) < 0.005, score(X) <= 0.5, score(X) > 0.5
        ),
        "drawn labels": lambda X: (generator.random(len(X)) < score(X)).astype(int),
        "drawn labels, entropy": lambda X: (entropy().random(len(X)) < score(X)).astype(int),
        "noise of .01, entropy": lambda X: score(X) + entropy().normal(0, 0.01, len(X)),
        "one wild row, entropy": lambda X: np.where(
            np.arange(len(X)) == 0, 5 * entropy().random(), score(X)
        ),
        "another first answer": Counting(score, lambda call: 9.0 * (call == 1)),
        "counts": Counting(score, lambda call: 0.01 * call),
        "remembers": Remembering(score),
        "from the 41st call": Late(score, alone=False),
        "rows alone": Late(score, alone=True),
        "infinite scores": lambda X: np.where(score(X) > 0.5, -np.inf, score(X)),
        "infinite and noise, entropy": lambda X: np.where(
            score(X) > 0.5, -np.inf, entropy().normal(0, 0.001, len(X))
        ),
    }


def disturbing(run: Run) -> tuple[str, list[bool | None]]:
    """The verdict on a column that a disturbed model does not read (seeds below zero), or does."""
    name, seed = run
    X, _ = people(abs(seed))
    X["sex"] = np.random.default_rng(abs(seed)).integers(0, 2, len(X))
    income = np.argsort(np.argsort(X["income"].to_numpy())) / len(X)
    known = dict(zip(X["income"], income, strict=True))

    def score(X: pd.DataFrame) -> np.ndarray:
        of_income = np.array([known[one] for one in X["income"]])
        return of_income if seed < 0 else 0.45 * X["sex"].to_numpy() + 0.5 * of_income

    requirement = ForbiddenFeatures(columns=("sex", "age"), reason="benchmark")
    told = list(requirement.check(model=disturbed(score)[name], X=X))
    (sex,) = [one.ok for one in told if one.name == "rows moved by sex"]
    (age,) = [one.ok for one in told if one.name == "rows moved by age"]
    return name, [sex, age] if seed < 0 else [sex]


def ignoring(X: pd.DataFrame, y: pd.Series, seed: int) -> Any:
    """A tree on all columns as codes, with the forbidden ones the same for all in training."""
    codes = X.assign(race=X["race"].astype("category").cat.codes, town=X["town"].str[1].astype(int))
    tree = DecisionTreeClassifier(max_depth=4, random_state=seed)
    tree.fit(codes.assign(**dict.fromkeys(FORBIDDEN, 0)), y)

    def predict(X: pd.DataFrame) -> np.ndarray:
        race = X["race"].astype("category").cat.codes
        return tree.predict_proba(X.assign(race=race, town=X["town"].str[1].astype(int)))

    return predict


MODELS: dict[str, Callable[[pd.DataFrame, pd.Series, int], Any]] = {
    "linear": lambda X, y, _seed: piped(LogisticRegression()).fit(X, y),
    "numbers": lambda X, y, _seed: piped(LinearRegression()).fit(X, y),
    "forest": lambda X, y, seed: piped(RandomForestClassifier(20, random_state=seed)).fit(X, y),
    "boosted": lambda X, y, _seed: piped(HistGradientBoostingClassifier(max_iter=20)).fit(X, y),
    "labels only": lambda X, y, _seed: piped(LogisticRegression()).fit(X, y).predict,
    "reads all, splits on none": ignoring,
    "noise 1e-12": lambda X, y, seed: Around(
        piped(LogisticRegression()).fit(X, y), noisy(1e-12, seed)
    ),
    "noise 0.05": lambda X, y, seed: Around(
        piped(LogisticRegression()).fit(X, y), noisy(0.05, seed)
    ),
    "heavy noise": lambda X, y, _seed: Around(
        piped(LogisticRegression()).fit(X, y),
        lambda _X, p: p + np.random.default_rng().standard_cauchy(p.shape) * 0.01,
    ),
    "other rows now and then": lambda X, y, seed: Around(
        piped(LogisticRegression()).fit(X, y), seldom(seed)
    ),
    "drifts": lambda X, y, _seed: Around(piped(LogisticRegression()).fit(X, y), drifting()),
}
UNFITTED = {
    "linear": lambda: piped(LogisticRegression()),
    "forest, no seed": lambda: piped(RandomForestClassifier(20)),
    "boosted, no seed": lambda: piped(
        HistGradientBoostingClassifier(max_iter=20, early_stopping=True)
    ),
}


def predicting(run: Run) -> tuple[str, list[bool | None]]:
    """The verdicts on the forbidden columns of a model that reads none of them, or all."""
    name, seed = run
    X, y = people(seed)
    requirement = ForbiddenFeatures(columns=FORBIDDEN, reason="benchmark")
    if name == "guilty":
        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        taken = make_column_transformer(
            (encoder, ["race", "member"]), (StandardScaler(), ["income"])
        )
        model = make_pipeline(taken, LogisticRegression()).fit(X, y)
        requirement = ForbiddenFeatures(columns=("race", "member"), reason="benchmark")
    else:
        model = MODELS[name](X, y, seed)
    told = requirement.check(model=model, X=X)
    return name, [one.ok for one in told if one.name.startswith("rows moved")]


def training(run: Run) -> tuple[str, list[bool | None]]:
    """The verdicts on training that has nothing to do with the forbidden columns, or has."""
    name, seed = run
    X, y = people(seed)

    def weighted(X: pd.DataFrame, y: pd.Series) -> Any:
        weights = np.where(X["race"].astype(str) == "b", 3.0, 1.0)
        return piped(LogisticRegression()).fit(X, y, logisticregression__sample_weight=weights)

    columns = ("race",) if name == "guilty" else FORBIDDEN
    train = weighted if name == "guilty" else UNFITTED[name]()
    requirement = ForbiddenFeatures(columns=columns, reason="benchmark", during="fit")
    told = requirement.check(X=X, y=y, train=train)
    return name, [one.ok for one in told if one.name.startswith("held-out")]


def carrying(run: Run) -> tuple[str, list[bool | None]]:
    """The verdict on a score that follows an attribute through legitimate columns, or otherwise."""
    name, seed = run
    generator = np.random.default_rng(seed)
    rows = 2_000
    group = generator.random(rows) < 0.4
    skill = generator.normal(size=rows) + group * (name != "unrelated")
    X = pd.DataFrame({"skill": skill, "other": generator.normal(size=rows)})
    X["district"] = generator.normal(size=rows) + 1.6 * group
    used = ["skill", "other", "district"] if name == "guilty" else ["skill", "other"]
    odds = X["skill"] + X["skill"].clip(0) ** 2 * (name == "bent") + X["other"]
    wanted = odds + 1.5 * group * (name == "guilty") + generator.logistic(size=rows) > 0.5
    estimator: Any = LogisticRegression()
    if name in ("bent", "boosted"):
        estimator = HistGradientBoostingClassifier(max_iter=40, random_state=seed)
    estimator.fit(X[used].to_numpy(), wanted)
    requirement = Proxies(attributes=("group",), legitimate=("skill",), reason="benchmark")
    protected = pd.DataFrame({"group": np.where(group, "f", "m")})
    model = lambda X: estimator.predict_proba(X[used].to_numpy())[:, 1]  # noqa: E731
    return name, [next(iter(requirement.check(model, X, protected))).ok]


def share(wrong: int, of: int) -> float:
    """Upper end of the 95 % interval, one-sided."""
    return 1.0 if wrong == of else float(beta.ppf(0.95, wrong + 1, of - wrong))


def report(
    title: str, verdicts: Iterable[tuple[str, list[bool | None]]], *, guilty: bool = False
) -> None:
    """One line for each scenario, and one for all."""
    start = time.perf_counter()
    runs: collections.Counter[str] = collections.Counter()
    accused: collections.Counter[str] = collections.Counter()
    satisfied: collections.Counter[str] = collections.Counter()
    for name, told in verdicts:
        runs[name] += 1
        accused[name] += any(ok is False for ok in told)
        satisfied[name] += all(told)
    print(f"{title} ({time.perf_counter() - start:.0f} s)")
    for name in sorted(runs):
        undecided = runs[name] - accused[name] - satisfied[name]
        print(
            f"    {name:28} {accused[name]} of {runs[name]} accused, {satisfied[name]} satisfied, "
            f"{undecided} undecided"
        )
    wrong, word = (satisfied, "satisfied") if guilty else (accused, "accused")
    bound = share(wrong.total(), runs.total())
    print(
        f"    {'all':28} {wrong.total()} of {runs.total()} {word}; at most {bound:.2%} (95 %)",
        flush=True,
    )


def plan(scenarios: Iterable[str], runs: int, first: int = 0) -> list[Run]:
    """So many runs over the scenarios in turn, each with a seed of its own."""
    names = list(scenarios)
    return [(names[run % len(names)], first + run) for run in range(runs)]


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--predict", action="store_true", help="forbidden_features at predict only")
    arguments = parser.parse_args()
    runs, few = arguments.runs, max(arguments.runs // 10, 1)
    legitimate = ("linear", "bent", "boosted", "unrelated")
    with multiprocessing.Pool(arguments.processes) as pool:

        def over(work: Callable[[Run], Any], planned: list[Run]) -> Iterable[Any]:
            return pool.imap_unordered(work, planned, chunksize=5)

        report("forbidden_features, not read at predict", over(predicting, plan(MODELS, runs)))
        report("    read at predict", over(predicting, plan(["guilty"], few)), guilty=True)
        names = list(disturbed(lambda X: X))
        innocent = [(name, -1 - seed) for name, seed in plan(names, runs)]
        report("    disturbed, not read", over(disturbing, innocent))
        report("    disturbed, read", over(disturbing, plan(names, runs)), guilty=True)
        if arguments.predict:
            return
        report("forbidden_features, not used in training", over(training, plan(UNFITTED, few)))
        report("    used in training", over(training, plan(["guilty"], few)), guilty=True)
        report("proxies, legitimate columns only", over(carrying, plan(legitimate, runs)))
        report("    a proxy used", over(carrying, plan(["guilty"], few)), guilty=True)


if __name__ == "__main__":
    main()
