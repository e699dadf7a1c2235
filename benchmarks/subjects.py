"""Models that are measured, of other sorts than those by which the limits were chosen."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

WORDS = tuple(f"word{number}" for number in range(2_000))


def numbers(seed: int = 0, rows: int = 1_000) -> pd.DataFrame:
    """Six columns of normal numbers."""
    values = np.random.default_rng(seed).normal(size=(rows, 6))
    return pd.DataFrame(values, columns=list("abcdef"))


def mixed(seed: int = 0, rows: int = 1_000) -> pd.DataFrame:
    """Four columns of numbers and two of categories."""
    generator = np.random.default_rng(seed)
    X = numbers(seed, rows)
    X["e"] = generator.choice(["x", "y", "z"], rows)
    X["f"] = generator.choice([f"district {number}" for number in range(20)], rows)
    return X


def texts(seed: int = 0, rows: int = 1_000) -> pd.DataFrame:
    """A column of thirty words a row."""
    drawn = np.random.default_rng(seed).choice(WORDS, (rows, 30))
    return pd.DataFrame({"a": np.random.default_rng(seed).normal(size=rows),
                         "text": [" ".join(row) for row in drawn]})  # fmt: skip


def pipeline() -> Any:
    """A classifier of a mixed frame, as in most projects."""
    return _mixed(LogisticRegression())


def forest() -> Any:
    """The same with a forest, whose trees are asked by two threads."""
    return _mixed(RandomForestClassifier(20, n_jobs=2, random_state=0))


def _mixed(classifier: Any) -> Any:
    taken = make_column_transformer(
        (StandardScaler(), list("abcd")), (OneHotEncoder(handle_unknown="ignore"), ["e", "f"])
    )
    return make_pipeline(taken, classifier)


MODELS: dict[str, tuple[Callable[[], Any], Callable[[], pd.DataFrame]]] = {
    "gradient boosting": (lambda: GradientBoostingClassifier(n_estimators=50), numbers),
    "neural network": (lambda: MLPClassifier((256, 128), max_iter=5), numbers),
    "nearest neighbours": (KNeighborsClassifier, numbers),
    "nearest, brute force": (lambda: KNeighborsClassifier(algorithm="brute"), numbers),
    "text pipeline": (
        lambda: make_pipeline(
            make_column_transformer((TfidfVectorizer(), "text")), LogisticRegression()
        ),
        texts,
    ),
}


def fitted(make: Callable[[], Any], data: Callable[[], pd.DataFrame]) -> tuple[Any, pd.DataFrame]:
    """A model, and other rows than those it was fitted on."""
    X = data()
    warnings.simplefilter("ignore")  # of a fit that stops early
    return make().fit(X, X["a"] > 0), data()


def rows_of(X: pd.DataFrame, rows: int = 1) -> Iterator[tuple[int, pd.DataFrame]]:
    """Position and rows of one call after the other, without end."""
    for start in itertools.cycle(range(0, len(X) - rows + 1, rows)):
        yield start, X.iloc[start : start + rows]
