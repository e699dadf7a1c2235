"""single_input: how well does one input tell the target, all by itself?

An input is ranked by its value where it is a number, and by what rows of other folds with a like
value turned out to be: a tree for many numbers, a look-up for everything else, a gap being a value
of its own. The better of the two counts, as an area under the ROC curve (AUC) for classes and as a
squared correlation (R2) for numbers, of ranks as well as of values.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.tree import DecisionTreeRegressor

from pytest_mlreqs.core.measurement import Undecided
from pytest_mlreqs.measures.statistics.area import area, mean_area, ranks

Array = np.ndarray[Any, Any]

_FEW = 10  # distinct numbers that may be classes, where the model does not say so
_CLASSES = 20  # the most frequent ones are looked at
_PER_CLASS = 5  # rows that a class needs
_FOLDS = 5
_LEAF = 5  # rows; what is noisy needs more of them, and numbers to be told exactly need fewer
_LEAVES = 100  # numbers that are looked up, each by itself
_WRONG = 0.05  # of the intervals do not hold the truth


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be told.

    Attributes:
        rows: positions of the rows whose target is known and looked at, shape (n,).
        wanted: one column of 0 and 1 per class, the rarer of two classes only; the numbers
            themselves in one column where there are no classes. Shape (n, k).
        classes: whether there are classes.
        missing: how many rows have no target.
    """

    rows: Array
    wanted: Array
    classes: bool
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Strength:
    """How well an input tells the target: AUC or R2, with its interval."""

    value: float
    low: float
    high: float


def kinds(y: Any, *, classifies: bool, one_number: bool) -> tuple[str, ...]:
    """What a target may be, the likelier first: `classes`, `numbers`, or both.

    Up to ten different numbers may be either: classes where there are two of them, or where the
    model does not give one number for each row.

    Args:
        y: as for `target`.
        classifies: whether the model says that it tells classes apart.
        one_number: whether it gives one number for each row.
    """
    known = _column(y).dropna()
    numeric = pd.api.types.is_numeric_dtype(known) and not pd.api.types.is_bool_dtype(known)
    different = known.nunique()
    if classifies or not numeric or known.dtype.kind == "c" or different < 2:
        return ("classes",)
    if different > _FEW:
        return ("numbers",)
    return ("numbers", "classes") if one_number and different > 2 else ("classes", "numbers")


def target(y: Any, *, classes: bool) -> Target:
    """The target as columns of numbers.

    Args:
        y: n labels or numbers, as list, array, series or frame of one column; gaps allowed.
        classes: whether it is taken as classes, else as numbers.

    Raises:
        Undecided: it cannot be examined; says why.
    """
    columns = pd.DataFrame(y).shape[1]
    if columns != 1:
        raise Undecided(f"y has {columns} columns; give a single target")
    values = _column(y)
    known = values[values.notna().to_numpy()]
    missing = len(values) - len(known)
    rows = known.index.to_numpy()
    if not classes:
        floats = known.to_numpy(dtype=float)
        rows, floats = rows[np.isfinite(floats)], floats[np.isfinite(floats)]
        return Target(rows, floats[:, None], classes=False, missing=missing)
    counts = known.map(str).value_counts()
    counts = counts[counts >= _PER_CLASS].head(_CLASSES)
    if len(counts) < 2:
        raise Undecided(f"y has fewer than two classes with {_PER_CLASS} rows or more")
    kept = known[known.map(str).isin(counts.index)].map(str)
    names = list(counts.index)[-1:] if len(counts) == 2 else sorted(counts.index)
    wanted = np.column_stack([(kept == name).to_numpy(dtype=float) for name in names])
    return Target(kept.index.to_numpy(), wanted, classes=True, missing=missing)


def _column(y: Any) -> pd.Series[Any]:
    values = pd.DataFrame(y).iloc[:, 0].reset_index(drop=True).infer_objects()
    if values.dtype.kind == "O" and values.map(lambda one: isinstance(one, Decimal)).all():
        return values.astype(float)  # what databases give
    return values


def strength(values: pd.Series[Any], goal: Target) -> Strength:
    """How well `values`, the input in the n rows of `goal`, tells the target; 95 % interval."""
    codes, number, floats = _coded(values)
    guess, fold = _from_others(codes, goal, number=number)
    looks: list[tuple[Array, Array, Array | None]] = [(guess, goal.wanted, fold)]
    one = number and goal.wanted.shape[1] == 1
    if one and goal.classes and len(np.unique(codes)) > 2:  # two values have one order only
        looks.append((_rising(codes, goal.wanted), goal.wanted, None))
    elif one and not goal.classes:
        looks.append((codes[:, None], ranks(goal.wanted[:, 0])[:, None], None))
        looks.append((floats[:, None], goal.wanted, None))
    measure = _auc if goal.classes else _r2
    found = [measure(*look, _WRONG / len(looks)) for look in looks]  # Bonferroni
    value, low, high = (max(getattr(one, end) for one in found) for end in ("value", "low", "high"))
    return Strength(value, low, high)


def _coded(values: pd.Series[Any]) -> tuple[Array, bool, Array]:
    """Codes of the values, whether their order means something, and the values as floats.

    Numbers and times are ranked, as a tree takes no large whole numbers, dates or infinities; 0 is
    a gap. As floats, these and infinities are the median.
    """
    values = values.reset_index(drop=True).infer_objects()
    types = pd.api.types
    if types.is_bool_dtype(values):
        values = values.astype("Int8")
    ordered = types.is_numeric_dtype(values) and not types.is_complex_dtype(values)
    if not ordered and not types.is_datetime64_any_dtype(values):
        parsed = pd.to_numeric(values.map(str).where(values.notna()), errors="coerce")
        if parsed.isna().sum() > values.isna().sum():
            return pd.factorize(values.map(repr).where(values.notna()))[0] + 1, False, np.empty(0)
        values = parsed
    ranks = values.rank(method="dense").to_numpy(dtype=float, na_value=0)
    if types.is_datetime64_any_dtype(values):
        return ranks, True, ranks
    floats = values.to_numpy(dtype=float, na_value=np.nan)
    fine = np.isfinite(floats)
    middle = np.sort(floats[fine])[fine.sum() // 2] if fine.any() else 0.0
    return ranks, True, np.where(fine, floats, middle)


def _rising(codes: Array, wanted: Array) -> Array:
    """The codes in the direction in which the class is more frequent, shape (n, 1)."""
    member = wanted[:, 0] > 0
    return (codes if area(member, codes).value >= 0.5 else -codes)[:, None]


def _from_others(codes: Array, goal: Target, *, number: bool) -> tuple[Array, Array]:
    """What rows of other folds with a like value turned out to be, (n, k), and their fold, (n,)."""
    folds: Any = KFold(_FOLDS, shuffle=True, random_state=0)
    parts = np.zeros(len(codes))
    if goal.classes:
        folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
        parts = goal.wanted @ np.arange(1, goal.wanted.shape[1] + 1)
    leaf = max(_LEAF, len(codes) // _LEAVES) if goal.classes else _LEAF
    few = not number or len(np.unique(codes)) <= _LEAVES
    guess, fold = np.empty_like(goal.wanted), np.empty(len(codes), dtype=int)
    for place, (train, test) in enumerate(folds.split(codes, parts)):
        fold[test] = place
        if few:
            size = int(codes.max()) + 1
            at = codes.astype(np.intp)
            base = goal.wanted[train].mean(axis=0)
            rows = np.bincount(at[train], minlength=size)[:, None]
            sums = [np.bincount(at[train], weights=w, minlength=size) for w in goal.wanted[train].T]
            guess[test] = ((np.column_stack(sums) + base) / (rows + 1))[at[test]]
        else:
            tree = DecisionTreeRegressor(min_samples_leaf=leaf, random_state=0)
            tree.fit(codes[train, None], goal.wanted[train])
            guess[test] = tree.predict(codes[test, None]).reshape(len(test), -1)
    return guess, fold


def _auc(guess: Array, wanted: Array, part: Array | None, alpha: float) -> Strength:
    """The mean over classes of the AUC of one class against the rest."""
    classes = zip(guess.T, wanted.T, strict=True)
    mean = mean_area([area(known > 0, one, part) for one, known in classes])
    return Strength(mean.value, *mean.interval(alpha))


def _r2(guess: Array, wanted: Array, _: Array | None, alpha: float) -> Strength:
    """The squared correlation, with an interval on Fisher's scale.

    The standard error comes from the influence of each row (Devlin et al. 1975, Biometrika
    62:531), as heavy tails make the one for normal data too small; never less than that one.
    """
    n, z = len(guess), NormalDist().inv_cdf(1 - alpha / 2)
    a, b = (one[:, 0] / max(np.abs(one).max(initial=0), 1) for one in (guess, wanted))
    if n < 10 or a.std() == 0 or b.std() == 0:
        return Strength(0.0, 0.0, 1.0 if n < 10 else 0.0)
    a, b = (a - a.mean()) / a.std(), (b - b.mean()) / b.std()
    r = float(np.clip((a * b).mean(), -1, 1))
    slack = max(1 - r * r, 1e-12)
    error = max(float((a * b - r * (a * a + b * b) / 2).std()) / slack, 1.0) / np.sqrt(n - 3)
    middle = np.arctanh(min(abs(r), 1 - 1e-12))
    low, high = np.tanh(max(middle - z * error, 0)) ** 2, np.tanh(middle + z * error) ** 2
    return Strength(r * r, float(low), float(high))
