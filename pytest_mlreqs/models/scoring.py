"""scoring: which output of a model is its score, and how to get it.

Judging by labels misses every influence that does not cross the threshold, so the most
continuous output that a model has is taken: `predict_proba`, else `decision_function`, else
`predict`, else the model called as a function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_mlreqs.measurement import Fault
from pytest_mlreqs.models.contract import checked, guarded, probe

if TYPE_CHECKING:
    import numpy as np

SCORES = ("predict_proba", "decision_function", "predict")


@dataclass(frozen=True, slots=True)
class Scorer:
    """The scoring method of a model.

    Attributes:
        name: `predict_proba`, ..., or the name of the function that the model is.
        call: the bare method.
    """

    name: str
    call: Callable[[Any], Any]

    def __call__(self, X: Any) -> np.ndarray[Any, Any]:
        """Scores of shape (n,) or (n, k) for the n rows of `X`; raises `Fault`."""
        return checked(guarded(self.call, self.name)(X), self.name, len(X))

    def probed(self, X: Any) -> np.ndarray[Any, Any]:
        """The same for the first call: also holds the model to its contract."""
        return probe(self.call, self.name, X)


def scorer(model: Any) -> Scorer:
    """The most continuous output that `model` has.

    Raises:
        Fault: it neither predicts nor can be called.
    """
    for name in SCORES:
        if callable(getattr(model, name, None)):
            return Scorer(name, getattr(model, name))
    return method(model, "predict")


def method(model: Any, name: str) -> Scorer:
    """The method `name` of `model`; for a plain function, whatever the name, the function itself.

    Raises:
        Fault: the model has no such method and is no function.
    """
    found = getattr(model, name, None)
    if callable(found):
        return Scorer(name, found)
    if callable(model) and not isinstance(model, type):
        return Scorer(getattr(model, "__name__", type(model).__name__), model)
    has = [known for known in (*SCORES, "transform") if callable(getattr(model, known, None))]
    offers = f"it has {', '.join(has)}" if has else "it has no method that predicts"
    raise Fault(f"the model ({type(model).__name__}) has no {name}: {offers}")
