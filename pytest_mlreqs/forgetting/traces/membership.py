"""membership: how well a model's losses tell the deleted from people like them (inference attack).

For information, and no verdict: it misses two of five who were never deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Score = Callable[[Any], Array]

_CLOSE = 0.1  # of the spread of others: so close together lie values of a pattern


def membership(score: Score, rows: Any, labels: Any, fresh: Any, fresh_labels: Any) -> float:
    """The AUC of the model's losses for who was in its training; 0.5 tells nothing. No verdict.

    Args:
        score: shape (n,) for targets that are numbers, (n, k) for classes.
        rows: of the deleted people.
        labels: their targets, or the positions of their classes.
        fresh: rows like theirs that were never trained on.
        fresh_labels: likewise.
    """
    from scipy.stats import rankdata

    deleted, unseen = _losses(score(rows), labels), _losses(score(fresh), fresh_labels)
    ranks = rankdata(np.r_[-deleted, -unseen])[: len(deleted)]
    return float((ranks.sum() / len(deleted) - (len(deleted) + 1) / 2) / len(unseen))


def _losses(scores: Array, labels: Any) -> Array:
    scores, labels = np.asarray(scores), np.asarray(labels)
    if scores.ndim == 2 and scores.shape[1] > 1:
        losses: Array = 1 - scores[np.arange(len(scores)), labels.astype(int)]
    else:
        losses = np.abs(scores.reshape(-1) - labels)
    return losses


def variants(rows: Any, others: Any, count: int, seed: int = 0) -> Any:
    """Fresh rows of the pattern of the planted: rows of others, but for the pattern's columns.

    These are the columns in which the planted are far more alike than others are.

    Args:
        rows: of the planted, a frame of pandas or an array of two dimensions.
        others: rows of everybody else, of the same columns.
        count: how many rows to make.
        seed: of the draw.

    Raises:
        ValueError: the planted share no pattern.
    """
    import pandas as pd

    of, by = pd.DataFrame(rows), pd.DataFrame(others)
    pattern = [at for at in range(of.shape[1]) if _alike(of.iloc[:, at], by.iloc[:, at])]
    if not pattern:
        raise ValueError("the planted people share no pattern that sets them apart")
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
