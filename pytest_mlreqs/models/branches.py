"""branches: what a scikit-learn ColumnTransformer does with each column of the rows.

Only one that gets the rows as they are says something of their columns: the model itself, or the
first step of a pipeline.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_mlreqs.models.computed import computing


@dataclass(frozen=True, slots=True)
class Branch:
    """One transformer with the columns that it takes.

    Attributes:
        name: of the transformer.
        call: what it does with `select(rows)`.
        columns: their positions in the rows.
        single: whether it is given one column as a vector, not as a table.
    """

    name: str
    call: Callable[[Any], Any]
    columns: tuple[int, ...]
    single: bool = False

    def select(self, X: Any) -> Any:
        """What it is given of rows, a frame or an array."""
        at: Any = self.columns[0] if self.single else list(self.columns)
        return X.iloc[:, at] if hasattr(X, "iloc") else X[:, at]


def branches(model: Any, names: Sequence[str]) -> list[Branch] | None:
    """The branches of the fitted ColumnTransformer that gets the rows; None where there is none.

    Args:
        model: fitted.
        names: of the columns of the rows.
    """
    found = _first(model)
    if found is None:
        return None
    made = []
    for name, one, spec in found.transformers_:
        columns = _positions(spec, names)
        if columns and one not in ("drop", "passthrough"):
            made.append(
                Branch(name, computing(one.transform, name), columns, isinstance(spec, (str, int)))
            )
    return made


def without(estimator: Any, names: Sequence[str], column: int) -> Any:
    """An unfitted clone that asks for all columns but one.

    Args:
        estimator: of scikit-learn.
        names: of the columns of the rows.
        column: position of the one to do without.
    """
    from sklearn.base import clone

    made = clone(estimator)
    found = _first(made)
    if found is not None:
        kept = []
        for name, one, spec in found.transformers:
            rest = spec if callable(spec) else _less(spec, names, column)
            if rest is not None:
                kept.append((name, one, rest))
        found.set_params(transformers=kept)
    return made


def _first(model: Any) -> Any:
    """The ColumnTransformer that gets the rows as they are, or None."""
    loaded = sys.modules
    pipeline = getattr(loaded.get("sklearn.pipeline"), "Pipeline", None)
    while pipeline is not None and isinstance(model, pipeline) and model.steps:
        model = model.steps[0][1]
    wanted = getattr(loaded.get("sklearn.compose"), "ColumnTransformer", None)
    return model if wanted is not None and isinstance(model, wanted) else None


def _less(spec: Any, names: Sequence[str], column: int) -> Any:
    """A selection of columns without one of them; None where nothing is left."""
    kept = [at for at in _positions(spec, names) if at != column]
    if not kept:
        return None
    wanted = [names[at] for at in kept] if _named(spec) else [at - (at > column) for at in kept]
    return wanted[0] if isinstance(spec, (str, int)) else wanted


def _positions(spec: Any, names: Sequence[str]) -> tuple[int, ...]:
    """Positions of the columns that a selection means: names, positions, a slice or a mask."""
    if isinstance(spec, slice):
        if not _named(spec):
            return tuple(range(len(names))[spec])
        start = 0 if spec.start is None else names.index(spec.start)
        stop = len(names) if spec.stop is None else names.index(spec.stop) + 1
        return tuple(range(start, stop, spec.step or 1))
    wanted = [spec] if isinstance(spec, (str, int)) else list(spec)
    if wanted and all(type(one).__name__ in ("bool", "bool_") for one in wanted):
        return tuple(at for at, one in enumerate(wanted) if one)
    return tuple(
        names.index(one) if isinstance(one, str) else range(len(names))[one] for one in wanted
    )


def _named(spec: Any) -> bool:
    """Whether a selection of columns goes by their names."""
    if isinstance(spec, slice):
        return isinstance(spec.start, str) or isinstance(spec.stop, str)
    return isinstance(spec, str) or (
        not isinstance(spec, int) and any(isinstance(one, str) for one in spec)
    )
