"""steps: what a scikit-learn pipeline does before its last step."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def preparation(model: Any) -> Callable[[Any], Any] | None:
    """All fitted steps of a pipeline but the last one, as a function of its rows.

    None for what is no scikit-learn pipeline of at least two steps.
    """
    pipeline = getattr(sys.modules.get("sklearn.pipeline"), "Pipeline", None)
    model = getattr(model, "__wrapped__", model)  # a stand-in prepares as the model does
    if pipeline is None or not isinstance(model, pipeline) or len(model.steps) < 2:
        return None
    before: Callable[[Any], Any] = model[:-1].transform
    return before
