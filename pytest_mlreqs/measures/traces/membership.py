"""membership: how well a model's losses tell the deleted from people like them (inference attack).

For information, and no verdict: it misses two of five who were never deleted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pytest_mlreqs.measures.traces.unlearning import Array, Score


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
