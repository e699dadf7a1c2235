"""comparing: how far two outputs of a model are apart, whatever they are made of.

Infinite scores are ordinary (`predict_log_proba` of a tree, an overflow in single precision). Two
of a sign are equal; the difference of what is not equal is never NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_LARGEST = float(np.finfo(float).max)


def numeric(output: Array) -> bool:
    """Whether an output is numbers or truths, rather than labels of another kind."""
    return output.dtype.kind in "fiub"


def labels_only(output: Array) -> bool:
    """Whether an output has no number that may move a little."""
    if output.dtype.kind == "O" and output.ndim == 2:
        return not any(_numbers(column).dtype.kind in "fc" for column in output.T)
    return output.dtype.kind not in "fc"


def _numbers(column: Array) -> Array:
    """A column of objects as numbers where all are."""
    kinds = {type(one) for one in column.tolist()}
    return column.astype(float) if kinds and kinds <= {int, float} else column


def apart(a: Array, b: Array) -> Array:
    """How far two outputs are apart, per row; 0 where they are equal, 0 or 1 for labels.

    Args:
        a: shape (n,) or (n, ...).
        b: the same; rows of outputs of other shapes are all apart. Of columns of objects those that
            are numbers are compared as such.

    Returns:
        Shape (n,); infinite where an infinite score became another one.
    """
    if a.shape != b.shape:
        return np.ones(len(b))
    if a.dtype.kind == b.dtype.kind == "O" and a.ndim == 2 and a.shape[1]:
        pairs = ((_numbers(one), _numbers(other)) for one, other in zip(a.T, b.T, strict=True))
        most: Array = np.max([apart(one, other) for one, other in pairs], axis=0)
        return most
    same = np.asarray(a == b, dtype=bool)
    far = np.asarray(~same, dtype=float)
    if numeric(a) and numeric(b):
        with np.errstate(over="ignore", invalid="ignore"):
            size = np.abs(a.astype(float) - b.astype(float))
        # Whole numbers beyond 2**53 may differ by nothing as floats.
        far = np.where(same, 0.0, np.where(size > 0, size, 1.0))
    rows: Array = far.reshape(len(far), -1).max(axis=1, initial=0.0)
    return rows


def span(output: Array) -> float:
    """The range of the finite scores; 1.0 for labels, and where all are the same."""
    if not numeric(output):
        return 1.0
    numbers = output[np.isfinite(output)].astype(float)
    if not numbers.size:
        return 1.0
    half = float(numbers.max() / 2 - numbers.min() / 2)
    return min(2 * half, _LARGEST) or 1.0


def size(output: Array) -> float:
    """The largest finite score, or its opposite; 1.0 for labels."""
    if not numeric(output):
        return 1.0
    return float(np.abs(output[np.isfinite(output)].astype(float)).max(initial=0.0))


def finite(output: Array) -> Array:
    """Scores as floats, an infinite one beyond the finite ones by their range."""
    numbers = output.astype(float)
    inside = np.isfinite(numbers)
    if inside.all():
        return numbers
    known = numbers[inside] if inside.any() else np.zeros(1)
    with np.errstate(over="ignore"):
        beyond = [known.min() - span(known), known.max() + span(known)]
    low, high = np.clip(beyond, -_LARGEST, _LARGEST)
    return np.where(inside, numbers, np.where(numbers > 0, high, low))
