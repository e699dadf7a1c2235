"""LightGBM: goes by position and would score reordered columns without a word.

Its own `validate_features=True` looks at pandas frames only, and refuses every frame with a blank
in a name, because it stores `_` for it. So the names are compared here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.models import names
from pytest_mlreqs.models.frames import columns


def call(model: Any, name: str) -> Callable[[Any], Any] | None:
    """The method, refusing columns that are not in the order of the training data."""
    method = getattr(model, name, None)
    if not callable(method):
        return None
    declared = inputs(model)

    def score(X: Any) -> Any:
        given = columns(X)
        if declared is not None and given is not None and len(given) == len(declared):
            _same_order(declared, given)
        return method(X)

    return score


def inputs(model: Any) -> tuple[str, ...] | None:
    """The names in training, blanks as `_`; None for a model trained on an array."""
    try:
        booster = getattr(model, "booster_", model)
    except Exception:  # not fitted, which its method tells better
        return None
    declared: list[str] = booster.feature_name() if hasattr(booster, "feature_name") else []
    unnamed = all(re.fullmatch(r"Column_\d+", name) for name in declared)
    return None if unnamed else tuple(declared)


def drops_extras(model: Any) -> bool:
    """It takes every column, by position."""
    return False


def _same_order(declared: tuple[str, ...], given: tuple[str, ...]) -> None:
    for position, (name, column) in enumerate(zip(declared, given, strict=True)):
        if not names.same(column, name):
            raise Fault(
                f"column {position} of X is {column!r} where the model was trained on {name!r}; "
                "LightGBM goes by position and would score the wrong columns"
            )
