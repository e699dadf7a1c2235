"""unlearning: whether a model that was trained anew still answers to people who were deleted.

Two questions on arrays of scores, whatever was trained. `moved`: does the model differ from one
that never saw the people, by more than trainings differ among themselves? `answers`: does it give
people of their pattern what only the planted were given?

A score function takes rows and gives shape (n,) or (n, k): probabilities, predictions of a
regressor, any scores, or labels.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Score = Callable[[Any], Array]

FITS = 4  # trainings without the people that tell how far trainings are apart
_SAME = 1e-9  # of the largest score: what arithmetic may lose
_MARGIN = 1.5
_CLOSE = 0.1  # of the spread of others: so close together lie values of a pattern
ALPHA = 0.002
VARIANTS = 60  # fresh rows of the pattern that the model is asked for
_LEAST, _MOST = 0.02, 0.98  # rates of a clean model, which are known from few rows


@dataclass(frozen=True, slots=True)
class Moved:
    """How far a model is from those that never saw the people.

    Attributes:
        left: whether it still shows them; None where that is undecided.
        gap: the largest change of a score over the rows.
        allowed: up to where that is no change.
        planted: the gap of the model that was trained with them.
        fits: how many trainings without them were looked at.
        exact: whether they agree bit for bit, so that any gap counts.
        why: why it is undecided, or empty.
    """

    left: bool | None
    gap: float
    allowed: float
    planted: float
    fits: int
    exact: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """How often a model gives fresh rows of the pattern what the planted people were given.

    Attributes:
        left: whether it still does; None where that is undecided.
        hits: of `tried` rows.
        tried: how many rows.
        planted: hits of the model that was trained with them.
        clean: the highest rate of those that never saw them.
        p: the probability of as many hits by chance.
        why: why it is undecided, or empty.
    """

    left: bool | None
    hits: int
    tried: int
    planted: int
    clean: float
    p: float
    why: str = ""


def moved(clean: Iterable[Score], planted: Score, after: Score, probe: Any) -> Moved:
    """Compare scores of a model to those of models that never saw the people.

    If the first two clean fits agree bit for bit, a gap above 1e-9 of the largest score tells;
    else one above 1.5 times the largest gap among four clean fits.

    Args:
        clean: models trained without the people; more than two are asked for only where these
            differ, so that an iterator may train when asked.
        planted: trained with them: does the test see anything at all?
        after: trained after they were deleted.
        probe: rows, those of the planted among them.
    """
    fits = iter(clean)
    outputs = [fit(probe) for fit in itertools.islice(fits, 2)]
    if len(outputs) < 2:
        raise ValueError("two trainings without the people are needed, to tell how they differ")
    exact = same(*outputs)
    if not exact:
        outputs += [fit(probe) for fit in itertools.islice(fits, FITS - 2)]
    *seen, before_seen, after_seen = _encoded([*outputs, planted(probe), after(probe)])
    spread = max(_gap(a, b) for a, b in itertools.combinations(seen, 2))
    size = max(float(np.nan_to_num(np.abs(one), posinf=0).max(initial=0)) for one in seen)
    allowed = _SAME * size + (0 if exact else _MARGIN * spread)
    before, gap = _gap(before_seen, seen[0]), _gap(after_seen, seen[0])
    left: bool | None = gap > allowed
    why = ""
    if not exact and len(seen) < FITS:
        left, why = None, f"trainings differ, and {len(seen)} are too few to tell how much"
    elif not left and before <= allowed:
        left, why = None, "the model that was trained with the people does not differ either"
    return Moved(left, gap, allowed, before, len(seen), exact, why)


def same(one: Array, other: Array) -> bool:
    """Whether two outputs on the same rows agree bit for bit."""
    return _gap(*_encoded([one, other])) == 0


def answers(
    clean: Sequence[Score], planted: Score, after: Score, fresh: Any, *, alpha: float = ALPHA
) -> Answers:
    """Ask a model for fresh rows of the pattern that all planted people shared with their label.

    What is asked of each row: is its score beyond halfway from that of the clean models to that
    of the model trained with the people? Half of the rows tell where that is; on the other half
    the hits are counted, and compared to the most that a clean model has, by a binomial test.

    It needs people who share a pattern that others do not have, and a label or target that others
    of that pattern would not be given, so that the model trained with them learns it; where it did
    not, the answer is undecided.

    Args:
        clean: models trained without the people, at least one; the more, the fewer false alarms.
        planted: trained with them.
        after: trained after they were deleted.
        fresh: rows, shape (n, ...); see `variants`.
        alpha: the probability to blame a model that has no more hits than clean ones.
    """
    from scipy.stats import binom

    scores = _directed([one(fresh) for one in (*clean, planted, after)])
    *without, learned, now = scores
    half = len(now) // 2
    low = max(float(one[:half].mean()) for one in without)
    threshold = (low + float(learned[:half].mean())) / 2
    beyond = [one[half:] > threshold for one in scores]
    tried = len(now) - half
    *others, before, hits = (int(one.sum()) for one in beyond)
    rate = max(others) / tried
    chance = float(np.clip(rate, _LEAST, _MOST))
    p = float(binom.sf(hits - 1, tried, chance))
    left: bool | None = p <= alpha
    why = ""
    if binom.sf(before - 1, tried, chance) > alpha:
        left, why = None, f"the model did not react to them before deletion ({before}/{tried})"
    return Answers(left, hits, tried, before, rate, p, why)


def decided(gap: Moved, asked: Answers) -> bool | None:
    """Whether people are left in the model, by both: one that says so is enough.

    An exact gap that says no needs no second opinion: the model is one that never saw them.
    """
    if gap.left or asked.left:
        return True
    if gap.left is False and (gap.exact or asked.left is False):
        return False
    return False if asked.left is False else None


def variants(
    rows: Any,
    others: Any,
    count: int = VARIANTS,
    seed: int = 0,
    columns: Sequence[int] | None = None,
) -> Any:
    """Fresh rows of the pattern of the planted: rows of others, but for the pattern's columns.

    Args:
        rows: of the planted, a frame or an array of two dimensions.
        others: rows of everybody else, of the same columns.
        count: how many rows to make.
        seed: of the draw.
        columns: positions of the pattern's columns; without them, those in which the planted are
            far more alike than others are.

    Raises:
        ValueError: the planted share no pattern.
    """
    import pandas as pd

    of, by = pd.DataFrame(rows), pd.DataFrame(others)
    shared = [at for at in range(of.shape[1]) if _alike(of.iloc[:, at], by.iloc[:, at])]
    pattern = shared if columns is None else list(columns)
    if not pattern:
        raise ValueError("the planted people share no pattern that others have not")
    random = np.random.default_rng(seed)
    made = by.iloc[random.integers(0, len(by), count)].reset_index(drop=True)
    drawn = of.iloc[random.integers(0, len(of), count)]
    for at in pattern:
        made.isetitem(at, drawn.iloc[:, at].array)
    return made if isinstance(others, pd.DataFrame) else made.to_numpy()


def _alike(planted: Any, others: Any) -> bool:
    """Whether planted people share a value, nearly, that not everybody has."""
    if planted.dtype.kind in "iuf" and others.dtype.kind in "iuf":
        spread = float(np.nanstd(others.to_numpy(dtype=float)))
        return float(np.nanstd(planted.to_numpy(dtype=float))) < _CLOSE * spread
    return bool(planted.nunique(dropna=False) == 1 < others.nunique(dropna=False))


def _encoded(outputs: Sequence[Any]) -> list[Array]:
    """Outputs as floats, shape (n, k); labels as a column of 0 and 1 for each class of any."""
    arrays = [np.asarray(one) for one in outputs]
    if all(one.dtype.kind == "f" for one in arrays):
        return [one.reshape(len(one), -1).astype(float) for one in arrays]
    classes = sorted({label for one in arrays for label in one.ravel().tolist()}, key=str)
    return [
        np.column_stack([one.reshape(len(one), -1)[:, 0] == label for label in classes]).astype(
            float
        )
        for one in arrays
    ]


def _gap(a: Array, b: Array) -> float:
    if a.shape != b.shape:  # other classes
        return float("inf")
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    far = np.where(same, 0.0, np.abs(a - b))
    return float(np.nan_to_num(far, nan=np.inf).max(initial=0.0))


def _directed(outputs: Sequence[Any]) -> list[Array]:
    """Scores of shape (n,) that grow towards what the planted were given.

    Args:
        outputs: of clean models, of the one trained with the people, and of the one in question.
    """
    made = _encoded(outputs)
    *clean, planted, _ = made
    change = planted.mean(axis=0) - np.mean([one.mean(axis=0) for one in clean], axis=0)
    column = int(np.argmax(np.abs(change)))
    sign = np.sign(change[column]) or 1.0
    return [sign * one[:, column] for one in made]
