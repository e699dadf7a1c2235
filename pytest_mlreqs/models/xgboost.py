"""XGBoost: estimators are called as they are, a bare Booster takes a DMatrix."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pytest_mlreqs.models.frames import columns

_HARD = ("multi:softmax", "binary:hinge")  # objectives whose prediction is a label


def call(model: Any, name: str) -> Callable[[Any], Any] | None:
    """The method; a Booster has `predict`, and `decision_function` where that gives labels."""
    if not hasattr(model, "save_raw"):  # a Booster has it
        method = getattr(model, name, None)
        return method if callable(method) else None
    if name == "predict":
        return lambda X: model.predict(_matrix(X, model))
    if name == "decision_function" and _objective(model) in _HARD:
        return lambda X: model.predict(_matrix(X, model), output_margin=True)
    return None


def inputs(model: Any) -> tuple[str, ...] | None:
    """The names that the booster keeps; None for one trained on an array."""
    try:
        booster = model.get_booster() if hasattr(model, "get_booster") else model
    except Exception:  # not fitted, which its method tells better
        return None
    declared = getattr(booster, "feature_names", None)
    return None if declared is None else tuple(declared)


def drops_extras(model: Any) -> bool:
    """It raises on every column that it was not trained on."""
    return False


def _matrix(X: Any, model: Any) -> Any:
    import xgboost

    declared = model.feature_names
    unnamed = columns(X) is None and declared is not None and X.shape[1] == len(declared)
    named = {"feature_names": declared, "feature_types": model.feature_types} if unnamed else {}
    return xgboost.DMatrix(X, enable_categorical=True, **named)


def _objective(model: Any) -> str:
    name: str = json.loads(model.save_config())["learner"]["objective"]["name"]
    return name
