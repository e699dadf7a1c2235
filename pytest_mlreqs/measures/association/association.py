"""association: how well do some columns predict something else?

Two probes are cross-fitted, so that every prediction is of a row that the probe was not fitted on.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler
from threadpoolctl import threadpool_limits

from pytest_mlreqs.measures.statistics.area import Area, area

if TYPE_CHECKING:
    from pytest_mlreqs.measures.association.attributes import Attribute
    from pytest_mlreqs.measures.tables.columns import Coded

Array = np.ndarray[Any, Any]

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Predicted:
    """How well a group is told from all others.

    Attributes:
        group: code of the group.
        area: the probability that a member is given a higher probability than another row of the
            same fold, with its error.
        base: the share of members.
        error: balanced error rate of the rule "a member where the probability exceeds the base
            rate": the mean of its two kinds of error, 0.5 for a guess.
        probe: which of the probes it was.
    """

    group: int
    area: Area
    base: float
    error: float
    probe: str


def predictability(columns: Coded, of: Attribute) -> list[Predicted]:
    """How well each judged group is told from the columns, by the better of the two probes."""
    guesses = crossfitted(columns, of.codes, classes=True)
    found = []
    for group in of.judged:
        member = of.members(group)
        found.append(
            max(
                (
                    _predicted(group, member, p[:, group], of.codes, name)
                    for name, p in guesses.items()
                ),
                key=lambda one: one.area.value,
            )
        )
    return found


def _predicted(group: int, member: Array, p: Array, codes: Array, name: str) -> Predicted:
    # Fold by fold: probabilities of two fits need not be on one scale.
    fold = np.empty(len(codes), dtype=int)
    for place, (_, test) in enumerate(_folds(codes, classes=True)):
        fold[test] = place
    base = float(member.mean())
    return Predicted(
        group=group,
        area=area(member, p, fold),
        base=base,
        error=float((np.mean(p[member] <= base) + np.mean(p[~member] > base)) / 2),
        probe=name,
    )


def simultaneous(values: Sequence[float], errors: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of the largest of several correlations between 0 and 1.

    Any of them may lie above it by chance (Bonferroni), but below it only the largest one can, so
    that the upper end has an error to itself.
    """
    below, above = (NormalDist().inv_cdf(1 - 0.025 / parts) for parts in (len(values), 1))
    low = max(value - below * error for value, error in zip(values, errors, strict=True))
    high = max(value + above * error for value, error in zip(values, errors, strict=True))
    return max(0.0, low), min(1.0, high)


def crossfitted(columns: Coded, target: Array, *, classes: bool) -> dict[str, Array]:
    """What each probe predicts for rows that it was not fitted on.

    The linear probe sees numbers twice, as they are and by rank. Boosted trees see the columns and
    the output of the linear probe: from that they need not build a slope step by step, which
    leaves a bias in the residuals of many columns that does not go away with more rows.

    Args:
        columns: n rows.
        target: shape (n,): numbers, or codes.
        classes: whether it holds codes: 0 to k - 1, each in 5 rows or more.

    Returns:
        By name of the probe: probabilities of shape (n, k), or expectations of shape (n, 1).
    """
    width = int(target.max()) + 1 if classes else 1
    if not columns.matrix.shape[1]:
        share = np.bincount(target) / len(target) if classes else target.mean()
        return {"constant": np.tile(share, (len(target), 1))}
    made = {name: np.zeros((len(target), width)) for name in ("linear", "boosted")}
    for train, test in _folds(target, classes=classes):
        known = ~np.isnan(columns.matrix[train]).all(axis=0)
        linear = _linear(columns.category[known], classes=classes)
        trees = _trees(columns.category[known], classes=classes)
        # One thread: on a busy machine several wait for each other ten times as long as they work.
        with warnings.catch_warnings(), threadpool_limits(1):
            warnings.simplefilter("ignore")  # a probe that did not quite converge still is one
            inside, outside = columns.matrix[:, known][train], columns.matrix[:, known][test]
            linear.fit(inside, target[train])
            said, made["linear"][test] = _said(linear, inside), _said(linear, outside)
            trees.fit(np.hstack([inside, said]), target[train])
            made["boosted"][test] = _said(trees, np.hstack([outside, made["linear"][test]]))
    return made


def _folds(target: Array, *, classes: bool) -> Iterator[tuple[Array, Array]]:
    kind = StratifiedKFold if classes else KFold
    split: Iterator[tuple[Array, Array]] = kind(FOLDS, shuffle=True, random_state=0).split(
        target, target
    )
    return split


def _said(probe: Any, values: Array) -> Array:
    if hasattr(probe, "predict_proba"):
        return np.asarray(probe.predict_proba(values))
    return np.asarray(probe.predict(values))[:, None]


def _linear(category: Array, *, classes: bool) -> Any:
    ranks = QuantileTransformer(n_quantiles=100, output_distribution="normal", random_state=0)
    scaled = make_pipeline(SimpleImputer(add_indicator=True), make_union(StandardScaler(), ranks))
    codes = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5)
    inputs = ColumnTransformer([("code", codes, category), ("number", scaled, ~category)])
    return make_pipeline(inputs, LogisticRegression(tol=1e-3, max_iter=100) if classes else Ridge())


def _trees(category: Array, *, classes: bool) -> Any:
    """A score has no noise of its own, so it is fitted more closely than a group."""
    cls = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    return cls(
        max_iter=40 if classes else 100,
        learning_rate=0.1 if classes else 0.15,
        max_leaf_nodes=8 if classes else 15,
        early_stopping=False,
        random_state=0,
        categorical_features=np.flatnonzero(category),
    )
