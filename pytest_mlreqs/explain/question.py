"""question: one row of a frame, as libraries want it that take arrays of numbers only."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.explain import Unexplained
from pytest_mlreqs.measures.influence.influence import positions
from pytest_mlreqs.models.scoring import scorer

Array = np.ndarray[Any, Any]

_ROWS = 5_000  # what the libraries learn the distributions from
_FEW = 10  # numbers with this many distinct values or fewer are categories


class Question:
    """Why does `model` score this row of `X` as it does?

    Numbers stay numbers. Texts, categories, times, truth values, numbers with gaps and numbers of
    few values become codes 0, 1, ..., and the model is given what the codes stand for. So it only
    ever sees values and types that occur in `X`, or numbers between them.

    Attributes:
        names: the columns, as text.
        background: rows of `X` as numbers, shape (at most 5,000, d).
        row: the row as numbers, shape (d,).
        meanings: position of each coded column -> what its codes mean, as text.
        outcome: which number is explained, in words.
    """

    def __init__(self, model: Any, X: pd.DataFrame, row: int) -> None:
        if not isinstance(X, pd.DataFrame):
            raise Unexplained(f"X is a {type(X).__name__}; give a pandas DataFrame")
        where = np.append(positions(len(X), _ROWS), range(len(X))[row])
        self._frame = X.iloc[where]
        self._source: dict[int, Array] = {}  # code -> position in the frame of such a value
        self.names = [str(column) for column in X.columns]
        self.meanings: dict[int, list[str]] = {}
        numbers = np.column_stack([self._coded(at) for at in range(X.shape[1])])
        self.background, self.row = numbers[:-1], numbers[-1]
        self._score = scorer(model, self._frame.iloc[[-1]])
        answer = self._score(self._frame.iloc[[-1]])
        self._answer = answer[0]
        self._part: int | None = None
        self.outcome = self._score.name
        if answer.dtype.kind not in "fiub":
            self.outcome += ": the label of the row"
        elif answer.ndim == 2:
            self._part = 1 if answer.shape[1] == 2 else int(np.argmax(answer[0]))
            classes = getattr(model, "classes_", range(answer.shape[1]))
            if np.shape(classes) == (answer.shape[1],):
                self.outcome += f" of class {classes[self._part]}"
            else:
                self.outcome += f", column {self._part}"

    def score(self, numbers: Array) -> Array:
        """The outcome for rows as numbers: shape (n, d) gives floats of shape (n,)."""
        answers = self._score(self.frame(numbers))
        if answers.dtype.kind not in "fiub":
            same = (answers == self._answer).reshape(len(answers), -1)
            return np.asarray(same.all(axis=1), dtype=float)
        part = answers if self._part is None else answers[:, self._part]
        return np.asarray(part, dtype=float).reshape(len(answers))

    def frame(self, numbers: Array) -> pd.DataFrame:
        """Rows as numbers as a frame with the columns and types of `X`."""
        frame = self._frame.iloc[np.zeros(len(numbers), dtype=np.intp)].copy()
        frame.index = pd.RangeIndex(len(frame))
        for at, column in enumerate(np.asarray(numbers, dtype=float).T):
            original = self._frame.iloc[:, at]
            if at in self._source:
                frame.isetitem(at, original.array.take(self._source[at][column.astype(np.intp)]))
            else:
                whole = original.dtype.kind in "iu"
                inside = column.clip(original.min(), original.max())
                given = pd.Series(np.rint(inside) if whole else inside)
                frame.isetitem(at, given.astype(original.dtype).array)
        return frame

    def _coded(self, at: int) -> Array:
        column = self._frame.iloc[:, at]
        if column.dtype.kind in "iuf":
            known = column.to_numpy(dtype=float, na_value=np.nan)
            if np.isfinite(known).all() and len(np.unique(known)) > _FEW:
                return known
        written = np.array([repr(value) for value in column], dtype=str)
        _, first, codes = np.unique(written, return_index=True, return_inverse=True)
        self._source[at] = first
        self.meanings[at] = [str(value) for value in column.array.take(first)]
        return np.asarray(codes, dtype=float)
