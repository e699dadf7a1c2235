"""outputs: the score of a model as columns of numbers, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.models.scoring import Scorer

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]
    Columns = Callable[[Array], Array]


def outputs(
    scorers: Sequence[Scorer], X: Any
) -> tuple[np.ndarray[Any, Any], Callable[[Any], np.ndarray[Any, Any]], tuple[str, ...]]:
    """Score `X`, and give a function that scores other rows in the same way.

    Of the probabilities of two classes the second is one column and the first its mirror image;
    of two labels likewise, as 0 and 1; more labels are a column each. Numbers are what they are,
    infinite ones lie beyond the finite ones by their range. Numbers beside probabilities are labels
    where there are no more of them than of these.

    Args:
        scorers: outputs of one model; of these all but the first may raise, and are left out then.
        X: n rows.

    Returns:
        The scores, shape (n, k), a function from rows to scores of shape (m, k), and the name of
        the output of each column.
    """
    import numpy as np

    kept: list[tuple[Scorer, Columns]] = []
    parts: list[Array] = []
    classes = 0
    for score in scorers:
        try:
            raw = score.probed(X)
        except Fault as fault:
            if not kept or fault.__cause__ is None:  # it answered, and wrongly
                raise
            continue
        columns = _columns(score.name, raw, classes)
        classes = raw.shape[1] if score.name == "predict_proba" and raw.ndim == 2 else 0
        kept.append((score, columns))
        parts.append(columns(raw))
    names = tuple(one.name for (one, _), part in zip(kept, parts, strict=True) for _ in part.T)
    return (
        np.hstack(parts),
        lambda rows: np.hstack([columns(score(rows)) for score, columns in kept]),
        names,
    )


def _columns(name: str, raw: Array, classes: int) -> Columns:
    """How an output becomes columns of numbers, as its answer to the first rows says."""
    import numpy as np

    from pytest_mlreqs.models.comparing import finite

    if raw.dtype.kind == "O" and raw.ndim == 2 and raw.shape[1] > 1:
        each = [_columns("", np.array(column.tolist()), 0) for column in raw.T]
        return lambda raw: np.hstack(
            [one(np.array(column.tolist())) for one, column in zip(each, raw.T, strict=True)]
        )
    few = len(np.unique(raw)) <= classes if raw.dtype.kind in "fiub" else True
    labels = sorted(set(_text(raw).tolist())) if few else []

    def columns(raw: Array) -> Array:
        if labels:
            kept = labels[1:] if len(labels) == 2 else labels
            text = _text(raw).reshape(len(raw), -1)
            return np.hstack([text == label for label in kept]).astype(float)
        flat = raw.astype(float).reshape(len(raw), -1)
        return finite(flat[:, 1:] if name == "predict_proba" and flat.shape[1] == 2 else flat)

    return columns


def _text(labels: Array) -> Array:
    """Labels as text, one after the other; NumPy itself refuses those that are sequences."""
    import numpy as np

    return np.array(list(map(str, labels.ravel())), dtype=str)


def follows(labels: Array, score: Array) -> bool:
    """Whether labels tell nothing that a score does not.

    They do not where each label has its own part of the range of a single score, or each largest of
    several scores its own label.

    Args:
        labels: shape (n,), numbers or not; more columns are taken to follow.
        score: shape (n,) or (n, k).
    """
    import numpy as np

    if labels.ndim > 1 or score.ndim > 2:
        return True
    codes = np.unique(_text(labels), return_inverse=True)[1]
    scores = score.reshape(len(score), -1)
    if scores.shape[1] > 2:
        largest = scores.argmax(axis=1)
        pairs = {*zip(largest.tolist(), codes.tolist(), strict=True)}
        return len(pairs) == len(set(largest.tolist()))
    order = np.argsort(scores[:, -1], kind="stable")
    ends = np.flatnonzero(np.diff(codes[order]))
    values = scores[order, -1]
    return len(ends) == codes.max(initial=0) and bool((values[ends] < values[ends + 1]).all())
