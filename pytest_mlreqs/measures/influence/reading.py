"""reading: which of the inputs it is given a model reads, found out when asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from pytest_mlreqs.core.measurement import DeclarationError, Fault, Undecided, number
from pytest_mlreqs.measures.influence.influence import (
    LEAST_ROWS,
    SCORINGS,
    Asked,
    Influence,
    positions,
)
from pytest_mlreqs.measures.tables.naming import matching
from pytest_mlreqs.models.batching import Sample, sample
from pytest_mlreqs.models.comparing import labels_only
from pytest_mlreqs.models.copies import Copies, copies
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows

_ROWS = 1_000
_FEW = 100  # rows that show whether a column has a say
_FORKED = 50  # inputs, up to which each is tried on fresh copies of the process


@dataclass(slots=True)
class Inputs:
    """The inputs of a model, by position.

    Attributes:
        frame: what the model is given, as a frame.
        names: what the inputs are called.
    """

    frame: pd.DataFrame
    names: list[str]
    _sample: Sample
    _asked: Asked | None = None
    _seen: dict[int, Influence] = field(default_factory=dict)

    @property
    def labels(self) -> bool:
        """Whether the model gives labels only, which do not show all that it reads."""
        return all(map(labels_only, self._sample.baseline))

    @property
    def numbers(self) -> bool:
        """Whether the model gives one number for each row."""
        return not self.labels and self._sample.baseline[0].ndim == 1

    @property
    def how(self) -> str:
        """What tells whether an input is read."""
        rows, names = number(len(self._sample.where)), " or ".join(self._sample.names)
        return f", read if {names} of {rows} rows moves{', labels only' * self.labels}"

    def meant(self, wanted: str) -> list[int]:
        """Positions of the inputs that a name or a glob means; without names, by position."""
        return matching(wanted, self.frame.columns) or matching(wanted, self.names)

    def read(self, column: int) -> bool | None:
        """Whether the score moves when only this input changes; None where that cannot be tried."""
        seen = self._influence(column)
        return True if seen.moved else None if seen.why else False

    def possibly(self, column: int) -> bool:
        """Whether it is not known that the input is not read."""
        return self.read(column) is not False

    def doubt(self, column: int) -> str:
        """Why it is not known whether an input is read."""
        why = self._influence(column).why
        return f"whether the model reads {self.names[column]!r} cannot be told: {why}"

    def _influence(self, column: int) -> Influence:
        if self._asked is None:
            self._asked = Asked(self._sample, range(len(self.names)))
        known = self._seen.get(column)
        # What was cleared while the model repeated itself is asked again once it does not.
        doubtful = known is not None and known.exact and not (known.moved or self._asked.exact)
        if known is None or doubtful:
            self._seen[column] = self._asked.influence(column)
        return self._seen[column]


def inputs(model: Model, X: Rows) -> Inputs:
    """The inputs of a model in `X`, n rows; its outputs tell which of them it reads.

    Raises:
        Fault: the model cannot be called, or breaks its contract.
        Undecided: X has no columns.
    """
    given, frame = X.opened, X.frame
    offered = [one.on(given) for one in model.offered]
    names = [str(name) if given.named else f"input {name}" for name in frame.columns]
    kept = copies(model.raw) if len(names) <= _FORKED else Copies(forks=False)
    rows, scorings = positions(len(frame), _ROWS), SCORINGS * len(names)
    try:
        seen = sample(offered, frame, rows, kept, scorings=scorings, least=LEAST_ROWS)
    except Undecided:  # few of them may be asked for
        seen = sample(offered, frame, positions(len(frame), LEAST_ROWS), kept)
    return Inputs(frame, names, _sample=seen)


def unread(model: Model, X: Rows, column: int) -> int:
    """In how many of a few rows a column moves no score; 0 where it moves one, or nobody knows."""
    few = Rows(X.first(min(len(X), _FEW)), X.name, model.raw)
    try:
        read = inputs(model, few).read(column)
    except (Fault, DeclarationError):  # whatever it has no score of
        return 0
    return len(few) if read is False else 0


@dataclass(frozen=True, slots=True)
class Upstream:
    """Which inputs come from where.

    Attributes:
        sourceless: names of inputs that are read and have no source.
        doubtful: positions of inputs without a source of which it is not known.
        idle: sources of which no input is read.
    """

    sourceless: list[str]
    doubtful: list[int]
    idle: list[str]


def upstream(read: Inputs, source: Callable[[str], str]) -> Upstream:
    """Which of the inputs that are read have no source, and which sources no input that is read.

    Args:
        read: the inputs.
        source: of an input by its name, or an empty string.
    """
    found = Upstream([], [], [])
    of: dict[str, list[int]] = {}
    for at, name in enumerate(read.names):
        origin = source(str(read.frame.columns[at])) or source(name)
        if origin:
            of.setdefault(origin, []).append(at)
        elif read.read(at) is None:
            found.doubtful.append(at)
        elif read.read(at):
            found.sourceless.append(name)
    found.idle.extend(one for one, inputs in of.items() if not any(map(read.possibly, inputs)))
    return found


def same_columns(others: Rows, frame: pd.DataFrame, columns: list[int]) -> pd.DataFrame:
    """The columns of another table that are called like those of `frame`, in their order.

    Raises:
        Undecided: it has no such columns; the text says which.
    """
    given = others.opened
    known = given.frame.columns
    if known.equals(frame.columns) or (not given.named and len(known) == frame.shape[1]):
        return given.frame.iloc[:, columns]
    levels = [name for name in given.frame.index.names if name is not None and name not in known]
    whole = given.frame.reset_index(level=levels) if levels else given.frame
    names = [str(name) for name in whole.columns]
    for name in frame.columns[columns]:
        if names.count(str(name)) != 1:
            raise Undecided(f"{others.name} has no column {str(name)!r}, or several of them")
    return whole.iloc[:, [names.index(str(name)) for name in frame.columns[columns]]]
