"""altered: a stand-in for a model, harmed in one place, for proving that a check can fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_mlreqs.models.scoring import SCORES

Alter = Callable[[Callable[[Any], Any], Any], Any]


class Altered:
    """Delegates everything to `model`, but sends each prediction through `alter`.

    `alter(call, X)` gets the model's own method and the rows, and returns what the harmed model
    answers. The model itself is never touched.
    """

    def __init__(self, model: Any, alter: Alter) -> None:
        self._model = model
        self._alter = alter

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # while unpickling or copying, `_model` is not there yet
            raise AttributeError(name)
        attribute = getattr(self._model, name)
        if name in (*SCORES, "transform") and callable(attribute):
            return lambda X: self._alter(attribute, X)
        return attribute

    def __call__(self, X: Any) -> Any:
        """Answer as the harmed function."""
        return self._alter(self._model, X)


def following(column: str, strength: float) -> Alter:
    """Scores that follow a column which the model itself never gets to see.

    They move by `strength` of their standard deviations per unit of the column; labels become
    another one where it is positive.
    """
    import numpy as np

    def alter(call: Callable[[Any], Any], X: Any) -> Any:
        hidden = X[column].to_numpy()
        output = np.asarray(call(X.drop(columns=column)))
        hidden = hidden.reshape(-1, *[1] * (output.ndim - 1))
        if output.dtype.kind not in "fiub":
            return np.where(hidden > 0, "planted", output.astype(object))
        spread = float(output.std(axis=0).max()) if output.size else 0.0
        return output + hidden * strength * (spread or 1.0)

    return alter
