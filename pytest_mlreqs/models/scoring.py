"""scoring: which output of a model is its score, and how to get it.

Judging by labels misses every influence that does not cross the threshold, so the most
continuous output that a model has is taken: `predict_proba`, else `decision_function`, else
`predict`, else the model called as a function. How a method is called is its family's affair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_mlreqs.measurement import Fault
from pytest_mlreqs.models import family
from pytest_mlreqs.models.computed import computing
from pytest_mlreqs.models.contract import checked, guarded, probe
from pytest_mlreqs.models.frames import Opened

if TYPE_CHECKING:
    import numpy as np

SCORES = ("predict_proba", "decision_function", "predict")


@dataclass(frozen=True, slots=True)
class Scorer:
    """The scoring method of a model.

    Attributes:
        name: `predict_proba`, ..., or the name of the function that the model is.
        call: the method, whose answer is computed when it returns; see `computed`.
        opened: how the rows are written for it, if they are not scored as they are.
    """

    name: str
    call: Callable[[Any], Any]
    opened: Opened | None = None

    def __call__(self, X: Any) -> np.ndarray[Any, Any]:
        """Scores of shape (n,) or (n, k) for the n rows of `X`; raises `Fault`."""
        return checked(guarded(self.call, self.name)(self._given(X)), self.name, len(X))

    def probed(self, X: Any) -> np.ndarray[Any, Any]:
        """The same for the first call: also holds the model to its contract."""
        return probe(self.call, self.name, self._given(X))

    def on(self, opened: Opened) -> Scorer:
        """The same for rows of `opened.frame`, which the model gets as what they were."""
        return replace(self, opened=opened)

    def _given(self, X: Any) -> Any:
        if self.opened is None:
            return X
        return guarded(self.opened.back, "writing the rows as what X was")(X)


def scorer(model: Any) -> Scorer:
    """The most continuous output that `model` has.

    Raises:
        Fault: it neither predicts nor can be called.
    """
    for name in SCORES:
        call = family.call(model, name)
        if call is not None:
            return Scorer(name, computing(call))
    return method(model, "predict")


def scorers(model: Any) -> tuple[Scorer, ...]:
    """Every output that `model` offers, the most continuous first; some may raise when called.

    Raises:
        Fault: it neither predicts nor can be called.
    """
    found = {name: family.call(model, name) for name in SCORES}
    offered = tuple(
        Scorer(name, computing(call)) for name, call in found.items() if call is not None
    )
    return offered or (method(model, "predict"),)


def method(model: Any, name: str) -> Scorer:
    """The method `name` of `model`; for a plain function, whatever the name, the function itself.

    Raises:
        Fault: the model has no such method and is no function.
    """
    found = family.call(model, name)
    if found is not None:
        return Scorer(name, computing(found))
    if callable(model) and not isinstance(model, type):
        return Scorer(getattr(model, "__name__", type(model).__name__), computing(model))
    has = [known for known in (*SCORES, "transform") if family.call(model, known) is not None]
    offers = f"it has {', '.join(has)}" if has else "it has no method that predicts"
    raise Fault(f"the model ({type(model).__name__}) has no {name}: {offers}")
