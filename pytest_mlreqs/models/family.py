"""family: which library a model is of, and so how it is called and what it takes.

An adapter is a module (or any object) with three functions; see `Adapter`. The built-in ones are
the modules of this package named in `_MODULES`. They are imported when a model of their family
turns up, and import no library before the model is called. What has no adapter is called as it is.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, cast

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.models import names
from pytest_mlreqs.models.frames import Opened, opened
from pytest_mlreqs.models.tensors import fitting

_MODULES = {
    "lightgbm": "lightgbm",
    "xgboost": "xgboost",
    "catboost": "catboost",
    "onnxruntime": "onnx",
    "mlflow": "mlflow",
}
URLS = ("http://", "https://")
_ENDPOINTS = f"{__package__}.endpoint"  # where the class of endpoints is, which few models need


class Adapter(Protocol):
    """How the models of one library are called."""

    def call(self, model: Any, name: str) -> Callable[[Any], Any] | None:
        """The method `name` (`predict_proba`, `predict`, ...) as a function of the rows alone.

        None where the model has none. The rows come as the frame or array that the user has.
        """

    def inputs(self, model: Any) -> tuple[str, ...] | None:
        """The names of the inputs in the model's own order, or None where it has none."""

    def drops_extras(self, model: Any) -> bool:
        """Whether no column but its inputs can reach the model."""


_others: dict[str, Adapter] = {}  # of the session that runs, in all its threads; see `using`


@contextlib.contextmanager
def using(given: Iterable[Mapping[str, Adapter]]) -> Iterator[None]:
    """Use these adapters, by top-level module name, before the built-in ones, and no others.

    Those that were in use before are so again afterwards: a session may run within a test.

    Raises:
        TypeError: one of them is no mapping, or an adapter lacks a function.
    """
    adapters = _checked(given)
    before = dict(_others)
    _others.clear()
    _others.update(adapters)
    try:
        yield
    finally:
        _others.clear()
        _others.update(before)


def _checked(given: Iterable[Mapping[str, Adapter]]) -> dict[str, Adapter]:
    """All adapters, of which the last one for a module counts."""
    found: dict[str, Adapter] = {}
    for adapters in given:
        if not isinstance(adapters, Mapping):
            raise TypeError(f"pytest_mlreqs_adapters gave {adapters!r}, which is no mapping")
        for module, one in adapters.items():
            for name in ("call", "inputs", "drops_extras"):
                if not callable(getattr(one, name, None)):
                    raise TypeError(f"the adapter for {module!r} has no function {name!r}")
        found.update(adapters)
    return found


def adapter(model: Any) -> Adapter | None:
    """The adapter of the model's family; a subclass is of the family of its nearest ancestor."""
    if isinstance(model, str):
        return _built_in("endpoint") if model.startswith(URLS) else None
    for cls in type(model).__mro__:
        top = cls.__module__.partition(".")[0]
        if top in _others:
            return _others[top]
        if top in _MODULES:
            return _built_in(_MODULES[top])
    return None


def call(model: Any, name: str) -> Callable[[Any], Any] | None:
    """The method `name` of the model, called as its family wants it; None if it has none.

    Raises:
        DeclarationError: the model is a class, whose method needs an object.
    """
    known = adapter(model)
    if known is not None:
        return known.call(model, name)
    if isinstance(model, type) and inspect.isfunction(inspect.getattr_static(model, name, None)):
        raise DeclarationError(
            f"the model is the class {model.__name__}, whose {name} needs an object of it: give one"
        )
    found = getattr(model, name, None)
    return fitting(found, model) if callable(found) else None


def response(model: Any) -> Callable[[Any], Any] | None:
    """What asks an endpoint and looks for no prediction in its answers; None for other models."""
    if not isinstance(model, str) and type(model).__module__ != _ENDPOINTS:
        return None
    from pytest_mlreqs.models import endpoint

    return endpoint.response(model)


def function(model: Any) -> Callable[[Any], Any]:
    """A model that is a function itself."""
    return fitting(model, model)


def inputs(model: Any) -> tuple[str, ...] | None:
    """The names of the model's inputs in its own order, or None where it declares none."""
    model = getattr(model, "__dict__", {}).get("__wrapped__", model)  # what Altered stands for
    known = adapter(model)
    if known is not None:
        return known.inputs(model)
    declared = getattr(model, "feature_names_in_", None)
    return None if declared is None else tuple(map(str, declared))


def opened_for(model: Any, X: Any) -> Opened | None:
    """`X` as a frame whose columns the model names, where it knows as many and X has no names."""
    return opened(X, lambda: inputs(model))


def drops(model: Any, column: str) -> bool:
    """Whether `column` provably never reaches the model: no input, and only inputs are passed."""
    known = adapter(model)
    if known is None or not known.drops_extras(model):
        return False
    declared = known.inputs(model)
    return declared is not None and not any(names.same(column, name) for name in declared)


def _built_in(module: str) -> Adapter:
    return cast(Adapter, importlib.import_module(f"pytest_mlreqs.models.{module}"))
