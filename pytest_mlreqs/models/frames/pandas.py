"""A pandas frame is what it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pytest_mlreqs.models.frames import Opened

if TYPE_CHECKING:
    import pandas as pd


def opened(X: pd.DataFrame, names: Callable[[], tuple[str, ...] | None]) -> Opened:
    """The frame itself, both ways."""
    return Opened(X, lambda frame: frame)
