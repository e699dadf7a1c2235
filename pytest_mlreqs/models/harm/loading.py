"""loading: harm that shows once a model is stored, or made anew of what was stored."""

from __future__ import annotations

import os
import tempfile
import time
import weakref
from typing import Any

from pytest_mlreqs.core import temporary
from pytest_mlreqs.models.harm.altered import Altered
from pytest_mlreqs.models.harm.calls import Greedy, Sleepy


class Remade(Altered):
    """A model that is itself until it is unpickled: then it is made anew, of it and an amount."""

    def __init__(self, model: Any, amount: Any) -> None:
        super().__init__(model, lambda call, X: call(X))
        self._amount = amount

    def __reduce__(self) -> tuple[Any, ...]:
        """Write down the model, and the amount."""
        return self._remade, (self.__wrapped__, self._amount)

    @staticmethod
    def _remade(model: Any, amount: Any) -> Any:  # noqa: ARG004  (there is none to do anything by)
        return model


class SlowToLoad(Remade):
    """A model that takes some seconds more to be unpickled, and is itself then."""

    @staticmethod
    def _remade(model: Any, amount: float) -> Any:
        time.sleep(amount)
        return model


class SlowAtFirst(Altered):
    """A model whose first call in a process takes a number of seconds more, and others too."""

    def __init__(self, model: Any, seconds: float) -> None:
        super().__init__(model, Sleepy(seconds, 1))


class GreedyToLoad(Remade):
    """A model that has more bytes in use while it is unpickled, and is itself then."""

    @staticmethod
    def _remade(model: Any, amount: int) -> Any:
        return Greedy(amount)(lambda model: model, model)


class HeavyOnceLoaded(Remade):
    """A model that keeps more bytes once it is unpickled, and is itself otherwise."""

    _kept = b""

    @staticmethod
    def _remade(model: Any, amount: int) -> Any:
        made = HeavyOnceLoaded(model, amount)
        made._kept = b"\1" * amount
        return made


class Ballasted(Remade):
    """A model that carries more bytes when it is pickled, and is itself otherwise."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Write down the model, and the ballast."""
        return self._remade, (self.__wrapped__, b"\1" * self._amount)


class Swollen(os.PathLike[str]):
    """A file that is as large as asked for, and takes no room; it goes with this object.

    Args:
        size: bytes.
    """

    def __init__(self, size: int) -> None:
        descriptor, self._path = tempfile.mkstemp(dir=temporary.folder())
        os.truncate(descriptor, size)
        os.close(descriptor)
        weakref.finalize(self, os.unlink, self._path)

    def __fspath__(self) -> str:
        return self._path
