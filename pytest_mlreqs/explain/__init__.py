"""explain: why a model scored one row as it did, as LIME or SHAP sees it.

An illustration for people, never a verdict: each method answers with rows that may occur in no
data, and a model can tell such rows from real ones (Slack et al. 2020). The kind `reasons` judges
by its own measure, and shows one of these beside it if asked to.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_SHOWN = 5


class Unexplained(Exception):
    """There is no explanation: the text says why, and what to install if that is it."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The weights of the columns in the score of one row.

    Attributes:
        row: position of the row in X.
        weights: column and weight, the largest first, whatever its sign; at most ten.
        method: `lime` or `shap`.
        outcome: which number is explained: `predict_proba of class 1`.
    """

    row: int
    weights: tuple[tuple[str, float], ...]
    method: str
    outcome: str
    _draw: Callable[[str], None] = field(repr=False, compare=False)

    def __str__(self) -> str:
        """`row 17 by lime: Sex 0.31, Age -0.12`: columns and weights, no values of the row."""
        shown = ", ".join(f"{column} {weight:.2g}" for column, weight in self.weights[:_SHOWN])
        return f"row {self.row} by {self.method}: {shown}"

    def plot(self, path: str | os.PathLike[str]) -> Path:
        """Write the library's own picture to a file ending in .png, .svg, .pdf or .html.

        Unlike the text, it shows the values of the row.
        """
        self._draw(os.fspath(path))
        return Path(path)
