"""arguments: what a prediction takes beside its rows.

A model can be handed a forbidden attribute without any column of X being involved: fairlearn's
post-processing takes `sensitive_features`, and scikit-learn routes metadata by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from pytest_mlreqs.models.scoring import SCORES

PROTECTED = "sensitive_features"  # fairlearn's word for the attributes, whatever they are called


def beside(model: Any, names: Sequence[str]) -> dict[str, str]:
    """The arguments, beside the rows, through which predictions read an attribute.

    Args:
        model: anything that predicts.
        names: the attributes that are looked for.

    Returns:
        Argument -> method: those called like one of `names`, those that scikit-learn's metadata
        routing hands to a part of the model, and `sensitive_features` where no prediction can do
        without it.
    """
    found: dict[str, str] = {}
    methods = [name for name in SCORES if callable(getattr(model, name, None))]
    for method in methods or [""]:
        call = getattr(model, method) if method else model
        shown = method or getattr(model, "__name__", type(model).__name__)
        for argument in (*_named(call, names), *_routed(model, method, names)):
            found.setdefault(argument, shown)
    return found


def _named(call: Any, names: Sequence[str]) -> list[str]:
    try:
        parameters = list(inspect.signature(call).parameters.values())[1:]
    except (TypeError, ValueError):  # not a function, or one that was not written in Python
        return []
    empty = inspect.Parameter.empty
    return [
        parameter.name
        for parameter in parameters
        if parameter.name in names or (parameter.name == PROTECTED and parameter.default is empty)
    ]


def _routed(model: Any, method: str, names: Sequence[str]) -> list[str]:
    """What metadata routing passes on; https://scikit-learn.org/stable/metadata_routing.html."""
    if not method or not hasattr(model, "get_metadata_routing"):
        return []
    try:
        from sklearn.utils.metadata_routing import get_routing_for_object

        return sorted(get_routing_for_object(model).consumes(method, [*names, PROTECTED]))
    except Exception:  # a part of it that does not tell its requests; nothing is known then
        return []
