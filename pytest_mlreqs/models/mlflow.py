"""MLflow pyfunc: a signature says which columns it takes, and everything else is dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def call(model: Any, name: str) -> Callable[[Any], Any] | None:
    """`predict` is all that a pyfunc has."""
    method = getattr(model, name, None)
    return method if callable(method) else None


def inputs(model: Any) -> tuple[str, ...] | None:
    """The columns in its signature; None without one, or with one of unnamed tensors."""
    schema = model.metadata.get_input_schema() if hasattr(model, "metadata") else None
    return tuple(schema.input_names()) if schema is not None and schema.has_input_names() else None


def drops_extras(model: Any) -> bool:
    """A signature is enforced before the model is called."""
    return inputs(model) is not None
