"""altered: a stand-in for a model, harmed in one place, for proving that a check can fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_mlreqs.models import family
from pytest_mlreqs.models.scoring import SCORES

Alter = Callable[[Callable[[Any], Any], Any], Any]


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
        if name in (*SCORES, "transform"):
            call = family.call(self.__wrapped__, name)
            if call is not None:
                return lambda X: self._alter(call, X)
        return getattr(self.__wrapped__, name)

    def __call__(self, X: Any) -> Any:
        """Answer as the harmed function."""
        return self._alter(self.__wrapped__, X)
