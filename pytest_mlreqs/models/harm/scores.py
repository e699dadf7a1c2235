"""scores: harm done to the answers of a model: they depend on what they must not depend on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pytest_mlreqs.models.frames import Opened, opened
from pytest_mlreqs.models.harm.altered import Alter, Altered

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


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


def halved(
    column: int,
    above: Callable[[pd.Series[Any]], np.ndarray[Any, Any]],
    back: Callable[[pd.DataFrame], Any],
) -> Alter:
    """Scores or labels that tell nothing but in which half of its values a column has one.

    Args:
        column: its position.
        above: whether each of n values is in the upper half, shape (n,).
        back: writes rows as the model takes them.
    """
    import numpy as np

    def alter(call: Callable[[Any], Any], X: pd.DataFrame) -> Any:
        output = np.asarray(call(back(X)))
        upper = above(X.iloc[:, column]).reshape(-1, *[1] * (output.ndim - 1))
        if output.dtype.kind in "fiub":
            return np.broadcast_to(upper, output.shape).astype(float)
        return np.broadcast_to(np.where(upper, "planted", "else"), output.shape).astype(object)

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
