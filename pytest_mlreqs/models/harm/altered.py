"""altered: a stand-in for a model, harmed in one place, for proving that a check can fail."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.models import family
from pytest_mlreqs.models.frames import Opened, opened
from pytest_mlreqs.models.scoring import SCORES, Scorer

if TYPE_CHECKING:
    import pandas as pd

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


class Sleepy:
    """Every n-th call sleeps before it answers; it can be pickled where the model can."""

    def __init__(self, seconds: float, every: int, clock: Clock | None = None) -> None:
        self._seconds = seconds
        self._clock = clock or Clock()
        self._every = every
        self._calls = 0

    def __call__(self, call: Callable[[Any], Any], X: Any) -> Any:
        """Answer as the model, maybe later."""
        self._calls += 1
        if self._calls % self._every == 0:
            self._clock.sleep(self._seconds)
        return call(X)


class Repeated:
    """The model called several times for one answer."""

    def __init__(self, times: int) -> None:
        self._times = times

    def __call__(self, call: Callable[[Any], Any], X: Any) -> Any:
        """Answer as the model, later."""
        for _ in range(self._times - 1):
            call(X)
        return call(X)


class Greedy:
    """Each call has a number of bytes in use while it answers."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __call__(self, call: Callable[[Any], Any], X: Any) -> Any:
        """Answer as the model."""
        held = b"\1" * self._size  # written to: what nobody touches takes no memory
        answer = call(X)
        del held
        return answer


class Leaky:
    """Each call leaves a number of bytes behind."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: list[bytes] = []

    def __call__(self, call: Callable[[Any], Any], X: Any) -> Any:
        """Answer as the model."""
        self._kept.append(b"\1" * self._size)
        return call(X)


class OnlyWith:
    """Harmed where a column is among the rows; where it is missing, a usual value stands in."""

    def __init__(self, given: Opened, column: int, harm: Alter) -> None:
        self._given = given
        self._column = column
        self._harm = harm

    def __call__(self, call: Callable[[Any], Any], X: Any) -> Any:
        """Answer as the model."""
        import pandas as pd

        rows, known = opened(X), self._given.frame
        assert rows is not None  # what has a column to do without has columns
        name, frame = known.columns[self._column], rows.frame
        if str(name) in map(str, frame.columns):
            return self._harm(lambda rows: call(self._given.back(rows)), frame)
        usual = known.iloc[[0] * len(frame), self._column]
        whole = frame.copy()
        whole.insert(self._column, name, pd.Series(usual.array, index=frame.index))
        return call(self._given.back(whole))


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


def nudge(
    column: int,
    values: pd.Series[Any],
    *,
    hidden: Callable[[pd.DataFrame], Any] | None = None,
) -> Alter:
    """Scores moved by 1 % of their range in rows whose value is one of every other observed.

    Where that is less, by ten times what most of them change when they are asked for again: what
    the model's own noise hides is no violation that anybody could notice.

    Args:
        column: position of the column in the rows that the model is given.
        values: what was observed in it.
        hidden: where the column was added for this, so that the model must not see it: writes the
            other columns as what the model is used to.
    """
    import numpy as np

    from pytest_mlreqs.models.comparing import span

    chosen = set(values.dropna().map(repr).unique()[::2])

    def alter(call: Callable[[Any], Any], X: Any) -> Any:
        rows = opened(X)
        assert rows is not None  # what has a column to change has columns
        frame = rows.frame
        mask = frame.iloc[:, column].map(repr).isin(chosen).to_numpy()
        bare = hidden(frame.drop(columns=frame.columns[column])) if hidden else X
        output = np.asarray(call(bare))
        mask = mask.reshape(-1, *[1] * (output.ndim - 1))
        if output.dtype.kind not in "fiub":
            return np.where(mask, "planted", output.astype(object))
        return _moved(output, mask, max(0.01 * span(output), _beyond(output, call(bare))))

    return alter


def shift(share: float) -> Alter:
    """Scores moved by a share of their range, all alike; every label another one."""
    import numpy as np

    from pytest_mlreqs.models.comparing import span

    def alter(call: Callable[[Any], Any], X: Any) -> Any:
        output = np.asarray(call(X))
        if output.dtype.kind not in "fiub":
            return np.char.add(output.astype(str), f" {share}")
        return _moved(output, np.ones(output.shape, dtype=bool), share * span(output))

    return alter


def following(column: str, strength: float, back: Callable[[pd.DataFrame], Any]) -> Alter:
    """Scores that follow a column which the model itself never gets to see.

    They move by `strength` of their standard deviations per unit of the column; labels become
    another one where it is positive.
    """
    import numpy as np

    from pytest_mlreqs.models.comparing import finite

    def alter(call: Callable[[Any], Any], X: Any) -> Any:
        hidden = X[column].to_numpy()
        output = np.asarray(call(back(X.drop(columns=column))))
        hidden = hidden.reshape(-1, *[1] * (output.ndim - 1))
        if output.dtype.kind not in "fiub":
            return np.where(hidden > 0, "planted", output.astype(object))
        output = finite(output)
        spread = float(output.std(axis=0).max()) if output.size else 0.0
        return output + hidden * strength * (spread or 1.0)

    return alter


def reading_more(model: Any, given: Opened, values: Any, name: str) -> tuple[Altered, pd.DataFrame]:
    """A model that reads a further input, and its rows with that input at the end.

    In rows whose value is above the middle its output moves by 1 % of its range, or far beyond its
    noise if that is more.

    Args:
        model: reads the inputs of `given`.
        given: n rows.
        values: the further input: n numbers or labels in whatever is like a column, gaps allowed.
        name: what it is called.
    """
    import numpy as np
    import pandas as pd

    from pytest_mlreqs.models.comparing import span

    column = pd.DataFrame(values).iloc[:, 0]
    if not pd.api.types.is_numeric_dtype(column):
        column = pd.Series(pd.factorize(column)[0])
    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    middle, most = np.nanmedian(numbers), np.nanmax(numbers)

    def alter(call: Callable[[Any], Any], X: Any) -> Any:
        bare = given.back(X.iloc[:, :-1])
        output, value = np.asarray(call(bare)), X.iloc[:, -1].to_numpy(dtype=float)
        mask = ((value > middle) | (value == most)).reshape(-1, *[1] * (output.ndim - 1))
        if output.dtype.kind not in "fiub":
            return np.where(mask, "planted", output.astype(object))
        return _moved(output, mask, max(0.01 * span(output), _beyond(output, call(bare))))

    return Altered(model, alter), given.frame.assign(**{name: numbers})


def _moved(output: Any, mask: Any, amount: float) -> Any:
    """Scores moved by an amount where the mask is; there, infinite ones become finite."""
    import numpy as np

    return np.where(mask, np.where(np.isfinite(output), output, 0.0) + amount, output)


def _beyond(output: Any, again: Any) -> float:
    """What is far beyond the model's own noise, as another call shows it; 0 if there is none."""
    import numpy as np

    from pytest_mlreqs.models.comparing import apart

    noise = apart(output, np.asarray(again))
    noise = noise[np.isfinite(noise)]
    return 10 * float(np.quantile(noise, 0.9)) if noise.size else 0.0
