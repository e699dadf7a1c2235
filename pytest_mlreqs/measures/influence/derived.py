"""derived: which columns inside a pipeline move with a column of its input?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.measures.influence.contrasts import contrasts, replaced

Array = np.ndarray[Any, Any]


def derived(model: Any, X: pd.DataFrame, column: int) -> tuple[str, ...]:
    """The columns inside a pipeline that move with a column of its input, by name.

    Of the last step before the model that names its columns. For a message only: whatever cannot
    be told is left out.
    """
    try:
        other = contrasts(X.iloc[:, column], np.arange(len(X)))[0]
        changed = replaced(X, column, X.iloc[:, column].array.take(other))
        for steps in range(len(model) - 1, 0, -1):
            names, before = _named(model[:steps], X.copy())
            _, after = _named(model[:steps], changed.copy())
            if names:
                moved = [
                    not pd.Series(a).equals(pd.Series(b))
                    for a, b in zip(before, after, strict=True)
                ]
                return tuple(name for name, did in zip(names, moved, strict=True) if did)
    except Exception:  # not a pipeline, or one that does not tell
        return ()
    return ()


def _named(steps: Any, X: pd.DataFrame) -> tuple[list[str], list[Any]]:
    """Names and columns of what the steps of a pipeline make; no names if they tell none."""
    output = steps.transform(X)
    if isinstance(output, pd.DataFrame):
        return list(map(str, output)), [output.iloc[:, at] for at in range(output.shape[1])]
    try:
        names = list(map(str, steps.get_feature_names_out()))
    except (AttributeError, ValueError, TypeError):
        names = []
    return names, list(_dense(output).T)


def _dense(output: Any) -> Array:
    return np.asarray(output.toarray() if hasattr(output, "toarray") else output)
