"""outputs: the score of a model as columns of numbers, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pytest_mlreqs.models.scoring import Scorer

if TYPE_CHECKING:
    import numpy as np


def outputs(
    score: Scorer, X: Any
) -> tuple[np.ndarray[Any, Any], Callable[[Any], np.ndarray[Any, Any]]]:
    """Score `X`, and give a function that scores other rows in the same way.

    Of the probabilities of two classes the second is one column and the first its mirror image;
    of two labels likewise, as 0 and 1; more labels are a column each. Numbers are what they are,
    infinite ones lie beyond the finite ones by their range.

    Returns:
        The scores, shape (n, k), and a function from rows to scores of shape (m, k).
    """
    import numpy as np

    from pytest_mlreqs.measures.comparing import finite

    raw = score.probed(X)
    labels = [] if raw.dtype.kind in "fiub" else sorted(set(map(str, raw.ravel())))

    def columns(raw: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if labels:
            kept = labels[1:] if len(labels) == 2 else labels
            text = raw.astype(str).reshape(len(raw), -1)
            flat = np.hstack([text == label for label in kept]).astype(float)
        else:
            flat = raw.astype(float).reshape(len(raw), -1)
            if score.name == "predict_proba" and flat.shape[1] == 2:
                flat = flat[:, 1:]
        return finite(flat)

    return columns(raw), lambda rows: columns(score(rows))
