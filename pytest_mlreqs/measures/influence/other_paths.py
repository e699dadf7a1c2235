"""other_paths: does a column matter to rows that are scored alone, or after many calls?

A model may have another path for a single row than for a batch, or answer otherwise once it has
been called often. Both are tried on a handful of rows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.measures.influence.contrasts import contrasts, varied
from pytest_mlreqs.measures.influence.influence import Answered, Asked, Influence, moved
from pytest_mlreqs.models.batching import Answers
from pytest_mlreqs.models.comparing import apart

Array = np.ndarray[Any, Any]

_ALONE = 8  # rows that are scored alone
_OLD = 64  # calls after which a model is asked again
_SECONDS = 2.0  # that these calls may take; rows alone are fewer where they take longer
_SETS = 2  # sets of other values


def everywhere(asked: Asked, columns: Sequence[int]) -> Iterator[tuple[int, Influence]]:
    """The influence of columns on rows in one call, on rows alone, and after many calls.

    What moves rows comes as soon as it is known: a check that is ended later has told it.
    """
    found: dict[int, Influence] = {}
    for column in columns:
        one = asked.influence(column)
        if one.moved:
            yield column, one
        else:
            found[column] = one
    for column, one in found.items():
        if one.exact and not (asked.exact or one.why):
            # It was still repeating itself when it was asked about this one.
            found[column] = asked.influence(column)
    yield from on_other_paths(asked, found).items()


def on_other_paths(asked: Asked, found: dict[int, Influence]) -> dict[int, Influence]:
    """What is known of columns, completed by rows that are scored alone, and after many calls.

    Only where the model repeats itself: in noise, a handful of rows tells nothing.

    Args:
        asked: the model.
        found: by column; those that moved nothing are tried.
    """
    open_ = [
        column
        for column, one in found.items()
        if not (one.moved or one.why) and varied(asked.sample.every.iloc[:, column])
    ]
    if not (open_ and asked.exact):
        return found
    found = dict(found)
    alone = _Beside(asked, _rows(asked), "in rows that are scored alone")
    for column in open_:
        sources = _sources(asked, column)
        found[column] = alone.tried(found[column], [[one] for one in sources], column)
    calls = _grown_old(asked, alone.parts)
    whole = np.arange(len(asked.rows))
    old = _Beside(asked, [whole] * _SETS, f"after {calls} calls")
    for column in (column for column in open_ if not found[column].moved):
        found[column] = old.tried(found[column], [_sources(asked, column)], column)
    return found


class _Beside:
    """Parts of the rows, scored one after the other on a copy.

    Attributes:
        parts: the positions of the rows in each; those that the model refuses are left out.
        where: this path, in words.
    """

    def __init__(self, asked: Asked, parts: Sequence[Array], where: str) -> None:
        self._asked = asked
        self.where = where
        start = time.perf_counter()
        self.parts = list(parts)
        self._plain = self._given([asked.rows] * len(self.parts))
        if any(isinstance(answer, Fault) for answer in self._plain):
            self.parts, self._plain = [], []
        if time.perf_counter() - start > _SECONDS:
            self.parts, self._plain = self.parts[:2], self._plain[:2]

    def tried(self, found: Influence, lanes: Sequence[Sequence[Array]], column: int) -> Influence:
        """What is known of a column, and whether it moves these rows.

        Args:
            found: what is known of it.
            lanes: for each copy the values that the parts are given in turn.
            column: its position.
        """
        asked = self._asked
        for lane in lanes if self.parts else ():
            changed = [asked.changed(column, source) for source in lane]
            frames = [changed[at % len(changed)] for at in range(len(self.parts))]
            answers = self._given(frames)
            if not _differs(answers, self._plain):
                continue
            again, plain = self._given(frames), self._given([asked.rows] * len(self.parts))
            if _differs(again, answers) or _differs(plain, self._plain):
                return found  # it does not repeat itself here, and little is known of its noise
            return self._shown(found, answers)
        return found

    def _given(self, frames: Sequence[pd.DataFrame]) -> Answered:
        pairs = zip(frames, self.parts, strict=True)
        return self._asked.series([frame.iloc[part] for frame, part in pairs])

    def _shown(self, found: Influence, answers: Answered) -> Influence:
        """Which rows moved in any of the parts, and by how much."""
        sample = self._asked.sample
        changes = [np.zeros(len(self._asked.rows)) for _ in sample.names]
        for part, these, those in zip(self.parts, answers, self._plain, strict=True):
            for most, change in zip(changes, _changes(these, those), strict=False):
                most[part] = np.maximum(most[part], change)
        shown = moved(found, sample.names, changes, sample.where)
        return replace(shown, where=self.where)


def _sources(asked: Asked, column: int) -> list[Array]:
    """A few sets of other values of a column."""
    return contrasts(asked.sample.every.iloc[:, column], asked.sample.where)[:_SETS]


def _rows(asked: Asked) -> list[Array]:
    """A handful of rows, each by itself; none where they are scored so anyway."""
    if len(asked.rows) < 2 or asked.sample.note:
        return []
    count = min(_ALONE, len(asked.rows))
    drawn = np.random.default_rng(0).choice(len(asked.rows), count, replace=False)
    return [np.array([row]) for row in drawn]


def _grown_old(asked: Asked, alone: Sequence[Array]) -> int:
    """Call the model itself many times, not a copy; returns how many times."""
    frame = asked.rows.iloc[alone[0]] if alone else asked.rows
    end = time.monotonic() + _SECONDS
    for call in range(_OLD):
        if time.monotonic() > end:
            return call
        try:
            asked.sample.answers(frame)
        except Fault:
            return call
    return _OLD


def _changes(these: Answers | Fault, those: Answers | Fault) -> list[Array]:
    """How far each output of some rows is apart; not at all where one of them was refused."""
    if isinstance(these, Fault) or isinstance(those, Fault):
        return []
    return [apart(a, b) for a, b in zip(these, those, strict=True)]


def _differs(these: Answered, those: Answered) -> bool:
    """Whether two series of answers differ."""
    return any(change.any() for pair in map(_changes, these, those) for change in pair)
