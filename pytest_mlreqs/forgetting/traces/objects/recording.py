"""recording: what the parts of a model are given while it is asked for rows.

A model may scale, encode and choose columns in steps of its own, within models within models, and
keep what comes of it. So it is asked, and every call of a part is seen: nothing has to be known of
how it is built, as long as its parts are called by the names that scikit-learn gave them.
"""

from __future__ import annotations

import contextlib
import copy
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import numpy as np

from pytest_mlreqs.forgetting.traces.objects import rows

Array = np.ndarray[Any, Any]
Key = tuple[int, str, int]

_PREDICTS = (
    "predict_proba", "predict_log_proba", "decision_function", "predict", "score_samples",
    "kneighbors", "radius_neighbors",
)  # fmt: skip
_MAKES = ("transform", "encode")
_MOST = 200  # different forms of the rows
_LARGEST = 2**26  # cells that are kept of each


class Parts:
    """A copy of a fitted model that can be asked for rows without a trace of them in the model.

    Args:
        model: anything; what cannot be copied is not asked.
    """

    def __init__(self, model: Any) -> None:
        try:
            self._model = copy.deepcopy(model)
        except Exception:
            self._model = None
        self._name = ""

    def asked(self, X: Any, wanted: set[Key] | None = None) -> dict[Key, Any]:
        """The forms that rows take on their way through the model, none of them twice.

        Args:
            X: n rows, as the model takes them.
            wanted: those forms only, as they were called for other rows.

        Returns:
            Frames, arrays and sparse matrices of n rows, by the part that was given them.
        """
        if self._model is None:
            return {}
        recorder = _Recorder(rows.count(X), wanted)
        with warnings.catch_warnings(), _watched(recorder):
            warnings.simplefilter("ignore")  # of names that an array has not
            name, answer = self._ask(X.copy() if hasattr(X, "copy") else X)  # some work in place
        if name in _MAKES:  # what comes out at the end is kept by nothing in it
            recorder.said(self._model, name, answer)
        return recorder.forms()

    def _ask(self, X: Any) -> tuple[str, Any]:
        calls = {name: getattr(self._model, name, None) for name in (*_PREDICTS, *_MAKES)}
        with contextlib.suppress(Exception):  # a pipeline whose last step does not predict
            calls["steps"] = self._model[:-1].transform
        if callable(self._model) and not isinstance(self._model, type):
            calls["call"] = self._model
        for name, call in calls.items():
            if callable(call) and self._name in ("", name):
                with contextlib.suppress(Exception):
                    answer = call(X)
                    self._name = name  # others are asked in the same way
                    return name, answer
        return "", None


class _Recorder:
    """Sees calls and returns of functions, as `sys.setprofile` tells of them."""

    def __init__(self, count: int, wanted: set[Key] | None) -> None:
        self._count = count
        self._wanted = wanted
        self._kept = None if wanted is None else {(part, name) for part, name, _ in wanted}
        self._given: dict[tuple[int, str], list[Any]] = {}
        self._said: dict[tuple[int, str], list[Any]] = {}
        self._parts: list[Any] = []  # kept, so that no address is used again

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        """One event in a thread."""
        name = frame.f_code.co_name
        if event == "call" and name in _PREDICTS + _MAKES:
            names = frame.f_code.co_varnames[: frame.f_code.co_argcount]
            if len(names) > 1:
                part, X = frame.f_locals.get(names[0]), frame.f_locals.get(names[1])
                self._keep(self._given, part, name, X)
        elif event == "return" and name in _PREDICTS + _MAKES and frame.f_code.co_argcount:
            part = frame.f_locals.get(frame.f_code.co_varnames[0])
            if name in _MAKES:
                self._keep(self._given, part, f"{name} made", argument)
            else:
                self.said(part, name, argument)

    def said(self, part: Any, name: str, answer: Any) -> None:
        """Take note of what is an answer, and no form of the rows."""
        for one in answer if isinstance(answer, tuple) else (answer,):
            self._keep(self._said, part, name, one)

    def forms(self) -> dict[Key, Any]:
        """What was given, but for what parts predicted: trees say what they hold of anybody."""
        answers = (one for chunks in self._said.values() for one in self._whole(chunks))
        said = {digest for one in answers for digest in _digests(one)}
        found: dict[Key, Any] = {}
        known: set[tuple[bytes, ...]] = set()
        for (part, name), chunks in self._given.items():
            for at, one in enumerate(self._whole(chunks)):
                key = (part, name, at)
                if self._wanted is not None:
                    if key in self._wanted:
                        found[key] = one
                    continue
                digests = tuple(_digests(one))
                if digests and digests not in known and said.isdisjoint(digests):
                    known.add(digests)
                    found[key] = one
                if len(found) >= _MOST:
                    return found
        return found

    def _keep(self, kept: dict[tuple[int, str], list[Any]], part: Any, name: str, X: Any) -> None:
        if self._kept is not None and (id(part), name) not in self._kept:
            return
        shape = getattr(X, "shape", None)
        if not shape or len(shape) > 2 or not shape[0] or shape[0] > self._count:
            return
        if not rows.sparse(X) and int(np.prod(shape)) > _LARGEST:
            return
        self._parts.append(part)
        kept.setdefault((id(part), name), []).append(X.copy() if hasattr(X, "copy") else X)

    def _whole(self, chunks: list[Any]) -> Iterator[Any]:
        """All that are of all rows; or the rows that came one after the other, put together."""
        full = [one for one in chunks if one.shape[0] == self._count]
        if full:
            yield from full
        elif sum(one.shape[0] for one in chunks) == self._count:
            with contextlib.suppress(Exception):
                yield np.concatenate([rows.matrix(one) for one in chunks])


def _digests(X: Any) -> Iterator[bytes]:
    """Bytes that are equal where columns are; none for what holds no numbers."""
    with contextlib.suppress(Exception):
        if rows.sparse(X):  # no answer is
            yield X.tocsr().data.tobytes() + X.tocsr().indices.tobytes()
            return
        numbers = rows.matrix(X)
        if np.isfinite(numbers).any():
            yield from (np.ascontiguousarray(column).tobytes() for column in numbers.T)


@contextlib.contextmanager
def _watched(recorder: Callable[[FrameType, str, Any], None]) -> Iterator[None]:
    """Within it all Python calls are told, also those of threads; no work is given to processes."""
    before = sys.getprofile()
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(ImportError):
            from joblib import parallel_config

            stack.enter_context(parallel_config(backend="threading"))
        threading.setprofile(recorder)
        sys.setprofile(recorder)
        try:
            yield
        finally:
            sys.setprofile(before)
            threading.setprofile(before)
