"""steps: what a scikit-learn pipeline does, one step after the other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from pytest_mlreqs.models.computed import computing, settling
from pytest_mlreqs.models.scoring import method


def preparation(model: Any) -> Callable[[Any], Any] | None:
    """All fitted steps of a pipeline but the last one, as a function of its rows.

    None for what is no scikit-learn pipeline of at least two steps.
    """
    model = getattr(model, "__wrapped__", model)  # a stand-in prepares as the model does
    if not _pipeline(model):
        return None
    return computing(model[:-1].transform, "the preprocessing")


def steps(model: Any, name: str) -> list[tuple[str, Callable[[Any], Any]]]:
    """The steps of a pipeline by name, each a function of what the one before gives.

    Args:
        model: a fitted model; what is no scikit-learn pipeline has no steps.
        name: the method of the last step.
    """
    if not _pipeline(model):
        return []
    *before, (last, estimator) = model.steps
    found = [
        (step, settling(one.transform, step))
        for step, one in before
        if one is not None and one != "passthrough"
    ]
    return [*found, (last, method(estimator, name).call)]


def _pipeline(model: Any) -> bool:
    pipeline = getattr(sys.modules.get("sklearn.pipeline"), "Pipeline", None)
    return pipeline is not None and isinstance(model, pipeline) and len(model.steps) > 1
