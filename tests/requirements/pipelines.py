"""28 ways in which a column can enter a model, or only seem to.

Each was chosen because some rule of thumb (names, structure, importance) is wrong about it. `read`
says whether predictions depend on the column, `fitted` whether training does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
)
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import Lasso, LogisticRegression
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

ROWS = 1_200
NUMBERS = ["income", "hours"]


@dataclasses.dataclass(frozen=True)
class Case:
    """A way to train a model, the column in question, and the truth about it."""

    name: str
    column: str
    read: bool
    fitted: bool
    train: Any

    def __str__(self) -> str:
        return self.name


def people(seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    """People with an age, a race, a zip code, an income, hours, noise; and who was granted."""
    generator = np.random.default_rng(seed)
    race = generator.choice(["a", "b", "c"], ROWS, p=[0.6, 0.3, 0.1])
    X = pd.DataFrame(
        {
            "age": generator.integers(18, 96, ROWS),
            "race": race,
            "zip": np.where(race == "a", "z1", generator.choice(["z1", "z2", "z3"], ROWS)),
            "income": generator.lognormal(10, 0.5, ROWS),
            "hours": generator.normal(40, 5, ROWS),
            "noise": generator.normal(size=ROWS),
            "country": np.where(np.arange(ROWS) % 500 == 3, "LU", "DE"),
        }
    )
    X.loc[X.index % 7 == 0, "income"] = np.nan
    odds = X["income"].fillna(2e4) / 2e4 + X["age"] / 60 + (race == "a") - 2.8
    return X, (odds + generator.logistic(size=ROWS) > 0).astype(int)


def numbers(*columns: str) -> Any:
    """These columns, without gaps and scaled; the rest dropped."""
    return make_column_transformer((make_pipeline(Filled(), StandardScaler()), list(columns)))


def piped(*steps: Any) -> Any:
    """The steps, ending in a logistic regression."""
    return make_pipeline(*steps, LogisticRegression(max_iter=500))


class Filled(TransformerMixin, BaseEstimator):
    """Gaps become the mean of the column."""

    def fit(self, X, y=None):
        self.means_ = pd.DataFrame(X).mean()
        return self

    def transform(self, X):
        return pd.DataFrame(X).fillna(self.means_).to_numpy()


class FilledByRace(TransformerMixin, BaseEstimator):
    """Gaps in the income become the mean income of the race."""

    def fit(self, X, y=None):
        self.means_ = X.groupby("race")["income"].mean()
        return self

    def transform(self, X):
        return X.assign(income=X["income"].fillna(X["race"].map(self.means_)))


class Bucketed(TransformerMixin, BaseEstimator):
    """The age becomes a bucket."""

    def fit(self, X, y=None):
        self.done_ = True
        return self

    def transform(self, X):
        return X.drop(columns="age").assign(bucket=X["age"] // 10)


class Validated(TransformerMixin, BaseEstimator):
    """The race must be there and known, and is then dropped."""

    def fit(self, X, y=None):
        self.known_ = set(X["race"])
        return self

    def transform(self, X):
        if not set(X["race"]) <= self.known_:
            raise ValueError("unknown race")
        return X.drop(columns="race")


class ZipMeans(TransformerMixin, BaseEstimator):
    """The zip code becomes the mean target of its people, and the race is dropped."""

    def fit(self, X, y=None):
        self.means_ = pd.Series(np.asarray(y), index=X.index).groupby(X["zip"]).mean()
        return self

    def transform(self, X):
        return X.drop(columns="race").assign(zip=X["zip"].map(self.means_).fillna(0.5))


class RaceShares(TransformerMixin, BaseEstimator):
    """The zip code becomes the share of a race among its people in training."""

    def fit(self, X, y=None):
        self.shares_ = (X["race"] == "a").groupby(X["zip"]).mean()
        return self

    def transform(self, X):
        return X.drop(columns="race").assign(zip=X["zip"].map(self.shares_).fillna(0.5))


class Rule(ClassifierMixin, BaseEstimator):
    """A score that somebody wrote down; training learns nothing."""

    def __init__(self, rule: Callable[[pd.DataFrame], Any] | None = None) -> None:
        self.rule = rule

    def fit(self, X, y=None):
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X):
        score = np.asarray(self.rule(X), dtype=float)
        return np.column_stack([1 - score, score])


class ByBatch(TransformerMixin, BaseEstimator):
    """Ages relative to those of the batch at hand."""

    def fit(self, X, y=None):
        self.scale_ = X["age"].std()
        return self

    def transform(self, X):
        return ((X[["age"]] - X["age"].mean()) / self.scale_).to_numpy()


def weighted(X: pd.DataFrame, y: Any) -> Any:
    """Race decides the weights in training, and is seen nowhere else."""
    weights = np.where(X["race"] == "a", 3.0, 1.0)
    model = piped(numbers("income", "hours"))
    return model.fit(X, y, logisticregression__sample_weight=weights)


def noisy(column: str | None) -> Rule:
    """Scores with noise; and with what the column says, if any."""
    generator = np.random.default_rng(0)

    def rule(X):
        told = 0 if column is None else (X[column] > 50) * 0.2
        return 0.5 + 0.01 * generator.normal(size=len(X)) + told

    return Rule(rule)


def sliced(start: int) -> Any:
    """Columns taken by position."""
    return FunctionTransformer(lambda X: X.iloc[:, start : start + 1].to_numpy(dtype=float))


SOME = make_column_transformer((Filled(), ["age", "income", "hours"]))


class Thresholds(ClassifierMixin, BaseEstimator):
    """Boosted trees on two columns, of which only the income is worth a split."""

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        target = (X["income"].fillna(0) > 2e4).astype(int)
        self.model_ = self.trees().fit(X[["income", "noise"]].fillna(0), target)
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(X[["income", "noise"]].fillna(0))

    def trees(self):
        return DecisionTreeClassifier(max_depth=1, random_state=0)


class Boosted(Thresholds):
    """The same with gradient boosting."""

    def trees(self):
        return HistGradientBoostingClassifier(max_iter=5, random_state=0)


class Forest(Thresholds):
    """The same with an ensemble that looks at all columns for each split."""

    def trees(self):
        return RandomForestClassifier(5, max_features=None, bootstrap=False, random_state=0)


CASES = [
    Case("plain", "age", True, True, piped(numbers("age", *NUMBERS))),
    Case(
        "passed through", "age", True, True,
        piped(make_column_transformer(
            (Filled(), ["income"]), ("drop", ["race", "zip", "country"]), remainder="passthrough"
        )),
    ),
    Case(
        "selected by type", "age", True, True,
        piped(make_column_transformer((Filled(), make_column_selector(dtype_include="number")))),
    ),
    Case("trees", "age", True, True, make_pipeline(SOME, HistGradientBoostingClassifier())),
    Case("dropped by default", "age", False, False, piped(numbers("income", "hours"))),
    Case(
        "dropped by name", "age", False, False,
        piped(make_column_transformer((Filled(), NUMBERS), ("drop", ["age"]))),
    ),
    Case("zip by target, race dropped", "race", False, False, piped(ZipMeans(), numbers("zip"))),
    Case("only a bucket is kept", "age", True, True, piped(Bucketed(), numbers("bucket", "hours"))),
    Case(
        "not selected", "noise", False, False,
        piped(numbers("noise", "age", "income"), SelectKBest(f_classif, k=1)),
    ),
    Case(
        "coefficient of zero", "noise", False, False,
        make_pipeline(
            numbers("noise", "age", "income"),
            Lasso(alpha=0.1),
        ),
    ),
    Case("tree without a split on it", "noise", False, False, Thresholds()),
    Case("boosting without a split on it", "noise", False, False, Boosted()),
    Case(
        "exclusive or", "age", True, False,
        Rule(lambda X: (X["age"] > 50) ^ (X["hours"] > 40)),
    ),
    Case(
        "1 row of 500", "age", True, False,
        Rule(lambda X: 0.3 + 0.1 * ((X["country"] == "LU") & (X["age"] > 60))),
    ),
    Case("the oldest only", "age", True, False, Rule(lambda X: 0.3 + 0.1 * (X["age"] > 90))),
    Case("imputed by race", "race", True, True, piped(FilledByRace(), numbers("income"))),
    Case("weights by race", "race", False, True, weighted),
    Case("race share of the zip code", "race", False, True, piped(RaceShares(), numbers("zip"))),
    Case("validated and ignored", "race", False, False, piped(Validated(), numbers("income"))),
    Case("constant", "age", False, False, Rule(lambda X: 0.3 + X["age"] // 200)),
    Case("by position, taken", "age", True, True, piped(sliced(0))),
    Case("by position, spared", "noise", False, False, piped(sliced(0))),
    Case(
        "union and stacking", "age", True, True,
        make_pipeline(
            make_union(numbers("age"), numbers("income")),
            StackingClassifier([("l", LogisticRegression())], passthrough=True, cv=2),
        ),
    ),
    Case(
        "calibrated", "age", False, False,
        CalibratedClassifierCV(piped(numbers("income", "hours")), cv=2),
    ),
    Case("scaled by the batch", "age", True, True, piped(ByBatch())),
    Case("noise, not read", "age", False, False, noisy(None)),
    Case("noise, read", "age", True, False, noisy("age")),
    Case("ensemble without a split on it", "noise", False, False, Forest()),
]  # fmt: skip
