"""altered: a stand-in for a model, harmed in one place, for proving that a check can fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_mlreqs.models import family
from pytest_mlreqs.models.scoring import SCORES, Scorer

Alter = Callable[[Callable[[Any], Any], Any], Any]
_KNOWN = (*SCORES, "transform")


class Altered:
    """Delegates everything to `model`, but sends each prediction through `alter`.

    `alter(call, X)` gets the model's own method and the rows, and returns what the harmed model
    answers. The model itself is never touched.
    """

    def __init__(self, model: Any, alter: Alter) -> None:
        self.__wrapped__ = model
        self._alter = alter

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # while unpickling or copying, the model is not there yet
            raise AttributeError(name)
        if name in _KNOWN:
            call = family.call(self.__wrapped__, name)
            if call is not None:
                return lambda X: self._alter(call, X)
        return getattr(self.__wrapped__, name)

    def __call__(self, X: Any) -> Any:
        """Answer as the harmed function."""
        return self._alter(family.function(self.__wrapped__), X)


def harmed(model: Any, output: Scorer, alter: Alter) -> Altered:
    """The model harmed in one output, which may be a method that `Altered` does not know."""
    own = None if output.name in _KNOWN else family.call(model, output.name)
    return Altered(model if own is None else own, alter)
