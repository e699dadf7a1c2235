"""leaving_out: ways to do without a column of the rows, so that what it costs can be told.

What a column costs is what is saved without it. The honest way is a model that was trained without
it, next to one trained alike with it. Short of that, a model may answer rows that lack the column;
or it is a pipeline whose first step has transformers for some columns only, which then tell: what
they take is all that the column costs there, and no more than that where others share them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.measures.memory import peak
from pytest_mlreqs.models.branches import Branch, branches, without
from pytest_mlreqs.models.frames import Opened, opened
from pytest_mlreqs.models.scoring import Scorer, method
from pytest_mlreqs.models.training import fit

Call = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Way:
    """How to do without one column.

    Attributes:
        column: its position.
        how: in words.
        call: a model that does without, given rows without; None for the parts of a pipeline.
        parts: the transformers that take the column; none where nothing does.
        shared: how many other columns these take as well: then it costs what they do at most.
        why: why there is no way, or empty.
    """

    column: int
    how: str = ""
    call: Call | None = None
    parts: tuple[Branch, ...] = ()
    shared: int = 0
    why: str = ""

    @property
    def bound(self) -> str:
        """Why what its parts take is only what it costs at most, or nothing."""
        if not self.shared:
            return ""
        others = "another column" if self.shared == 1 else f"{self.shared} other columns"
        return f"that is its cost together with {others}: only training without it can tell"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows as a model is given them, with and without a column, made the same way.

    A model that is given a selection of a selection would take another time for that alone.
    """

    given: Opened

    def whole(self, X: Any) -> Any:
        """The rows with all columns."""
        return self._of(X, list(range(self.given.frame.shape[1])))

    def less(self, X: Any, column: int) -> Any:
        """The rows without a column."""
        return self._of(X, [at for at in range(self.given.frame.shape[1]) if at != column])

    def _of(self, X: Any, columns: list[int]) -> Any:
        rows = opened(X)
        assert rows is not None  # these are rows of what has columns
        return self.given.back(rows.frame.iloc[:, columns].copy())

    @property
    def names(self) -> list[str]:
        """What the columns are called."""
        return list(map(str, self.given.frame.columns))


def as_it_is(model: Any, call: Scorer, rows: Rows, X: Any, columns: Sequence[int]) -> list[Way]:
    """Ways for a model that is not trained again.

    Args:
        model: fitted.
        call: its method.
        rows: of X.
        X: rows of a call.
        columns: positions of those to do without.
    """
    found = branches(model, rows.names)
    ways = []
    for column in columns:
        if rows.given.named:  # without a name, the next column would be taken for it
            try:
                call.probed(rows.less(X, column))
            except Fault:
                pass
            else:
                ways.append(Way(column, "called without it", call.call))
                continue
        if found is None:
            ways.append(Way(column, why="the model does not answer without it"))
            continue
        parts = tuple(one for one in found if column in one.columns)
        others = {at for one in parts for at in one.columns} - {column}
        where = " and ".join(repr(one.name) for one in parts)
        how = f"the time of {where} alone" if parts else "no transformer takes it"
        ways.append(Way(column, how, parts=parts, shared=len(others)))
    return ways


def retrained(
    train: Any, name: str | None, rows: Rows, y: Any, X: Any, columns: Sequence[int]
) -> tuple[Scorer, list[Way]]:
    """The method of a model trained with all columns, and ways by models trained without.

    A function that trains may name its columns. Where it refuses rows without one, the model that
    it gives with all of them is trained anew, its ColumnTransformer being asked for the others.

    Args:
        train: an estimator or a function (X, y).
        name: the method that is called, if one is declared.
        rows: all that is trained on.
        y: the targets.
        X: rows of a call.
        columns: positions of those to do without.

    Raises:
        Fault: it cannot be trained with all columns.
    """
    frame = rows.given.frame
    full = fit(train, rows.whole(rows.given.back(frame)), y)
    call = method(full, name)
    call.probed(rows.whole(X))
    recipe = getattr(full, "__wrapped__", full)
    ways = []
    for column in columns:
        attempts = [] if hasattr(train, "fit") else [train]
        if hasattr(recipe, "get_params"):
            attempts.append(without(recipe, rows.names, column))
        why = ""
        for attempt in attempts or [train]:
            try:
                made = fit(attempt, rows.less(rows.given.back(frame), column), y)
                reduced = method(made, call.name)
                reduced.probed(rows.less(X, column))
            except Fault as fault:
                why = f"no model can be trained without it: {fault}"
            else:
                ways.append(Way(column, "trained without it", reduced.call))
                break
        else:
            ways.append(Way(column, why=why))
    return call, ways


def memory(call: Call, way: Way, rows: Rows, inputs: Sequence[Any], limit: float) -> int:
    """Bytes that a call takes more at its peak with the column than without.

    The largest of all inputs counts. Where that is beyond the limit, it is measured once more and
    the smaller one counts, as something may have been built that is kept. What the parts of a
    pipeline take counts together.

    Args:
        call: the model with all columns.
        way: to do without the column.
        rows: of X.
        inputs: rows of calls.
        limit: bytes; below 1 MiB, the allocations of Python and NumPy are traced.
    """
    measure = peak.traced if limit < peak.COARSE else peak.resident

    def saved(X: Any) -> int:
        if way.call is None:
            selected = [(part.call, part.select(X)) for part in way.parts]
            return sum(measure(*one) for one in selected)
        return measure(call, rows.whole(X)) - measure(way.call, rows.less(X, way.column))

    most, worst = max((saved(X), at) for at, X in enumerate(inputs))
    return most if most <= limit else min(most, saved(inputs[worst]))
