"""CatBoost: is called as it is, but keeps the names of its inputs where no other library does.

Its base class `CatBoost` has `predict` only, which gives raw scores rather than labels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def call(model: Any, name: str) -> Callable[[Any], Any] | None:
    """The method itself."""
    method = getattr(model, name, None)
    return method if callable(method) else None


def inputs(model: Any) -> tuple[str, ...] | None:
    """The names in training; None for a model trained on an array, whose columns are numbers."""
    declared = tuple(getattr(model, "feature_names_", None) or ())
    return None if declared == tuple(map(str, range(len(declared)))) else declared


def drops_extras(model: Any) -> bool:
    """It raises on wrong columns."""
    return False
