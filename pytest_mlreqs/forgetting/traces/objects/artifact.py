"""artifact: what a model, or any other object in memory, still holds of planted people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from pytest_mlreqs.core.measurement import number
from pytest_mlreqs.forgetting.traces.narrow import in_narrow
from pytest_mlreqs.forgetting.traces.objects import rows as rows_of
from pytest_mlreqs.forgetting.traces.objects import thresholds
from pytest_mlreqs.forgetting.traces.objects.needles import ROW, VALUE, Found, Numbers
from pytest_mlreqs.forgetting.traces.objects.spaces import spaces
from pytest_mlreqs.forgetting.traces.objects.walk import Unwalked, walk
from pytest_mlreqs.forgetting.traces.objects.whole import Whole
from pytest_mlreqs.forgetting.traces.objects.words import Words, own_words
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.scan import Hit, Scanner
from pytest_mlreqs.forgetting.traces.search import Search, Trace

Array = np.ndarray[Any, Any]

_MANY = 16  # bytes from which on numbers are searched for in them


def search(
    model: Any,
    people: People,
    rows: Any = None,
    others: Any = None,
    *,
    owners: Sequence[int] | None = None,
    planted: Any = None,
    name: str = "model",
) -> Search:
    """Look for people in everything that a model holds.

    Args:
        model: a fitted model, or any object.
        people: who was planted.
        rows: what they look like to the model, in any form that has rows; without it their keys,
            ids and own numbers are searched for only.
        others: the training rows of everybody else, to tell what nobody else has. Without them
            numbers are searched for in the rows as given, and whole rows as steps make them.
        owners: the person of each row; without it there is one row for each of them, in order.
        planted: the model that was trained with them, whose steps make other numbers of the rows.
        name: what the model is called in the places where something is found.

    Raises:
        ValueError: there is not one owner for each row.
    """
    return Searcher(people, rows, others, owners=owners, models=(model, planted)).search(
        model, name
    )


def weak(trace: Trace) -> bool:
    """Whether a trace is a hint only: trees split beside a number of theirs."""
    return trace.how == thresholds.THRESHOLD


class Searcher:
    """Planted people, and what they look like to models, made ready once to search many objects.

    Args:
        people, rows, others, owners: as for `search`.
        models: whose steps make other numbers of the rows.
        narrow: whether to look for their own numbers where these have 32 bits or fewer.
    """

    def __init__(
        self,
        people: People,
        rows: Any = None,
        others: Any = None,
        *,
        owners: Sequence[int] | None = None,
        models: Sequence[Any] = (),
        narrow: bool = False,
    ) -> None:
        known = [one for one in models if one is not None]
        length = 0 if rows is None else rows_of.count(rows)
        whose = range(len(people)) if owners is None else owners
        if rows is not None and len(whose) != length:
            raise ValueError(f"{length} rows of planted people have {len(whose)} owners")
        self._scanner = Scanner(people) if narrow and people.values else None
        self._spaces = [] if rows is None else spaces(known, rows, others, whose)
        self._numbers = Numbers(people, self._spaces, whose)
        self._whole = Whole(self._spaces, whose)
        columns = [str(name) for name in rows_of.names(rows)]
        told = rows is not None and others is not None
        self._words = Words(people, own_words(rows, others, whose, columns) if told else None)
        self._halfways = thresholds.halfways(self._spaces, whose)

    def search(self, obj: Any, name: str = "model") -> Search:
        """Look for them in everything that an object holds."""
        found: list[tuple[str, Found]] = []
        unsearched = []
        splits: dict[str, list[Array]] = {}
        parts = size = 0
        for path, leaf in walk(obj, name):
            if isinstance(leaf, Unwalked):
                unsearched.append(f"{path}: {leaf.why}")
                continue
            parts += 1
            size += _size(leaf)
            if isinstance(leaf, np.ndarray) and leaf.dtype == np.float16 and leaf.size:
                unsearched.append(f"{path}: numbers of 16 bits are too short to identify anybody")
            found += [(path, one) for one in self._look(leaf)]
            doubts: list[str] = []
            found += [(path, one) for one in self._narrow(leaf, doubts)]
            unsearched += [f"{path}: {why}" for why in doubts]
            if self._halfways[0].size and _is_float(leaf) and thresholds.holds_thresholds(path):
                splits.setdefault(alike(path), []).append(np.ravel(leaf))
        for path, arrays in splits.items():
            one = thresholds.split_between(np.concatenate(arrays), *self._halfways)
            found += [(path, one)] if one is not None else []
        told = f"{number(parts)} parts, {number(size / 2**20)} MiB"
        return Search(tuple(_traces(found)), tuple(dict.fromkeys(unsearched)), told)

    def _narrow(self, leaf: Any, doubts: list[str]) -> Iterator[Found]:
        """In numbers of 32 bits and fewer."""
        hits: Iterable[Hit] = ()
        if self._scanner is not None and isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f":
            hits = in_narrow(np.ravel(leaf), self._scanner, doubts)
        elif self._scanner is not None and isinstance(leaf, (bytes, bytearray)):
            hits = self._scanner.hits(leaf)
        people: dict[str, list[int]] = {}
        for hit in hits:
            if hit.how.startswith(("numbers", "recorded value, rounded")):
                people.setdefault(hit.how, []).append(hit.person)
        for how, who in people.items():
            yield Found(how, frozenset(who), len(who))

    def _look(self, leaf: Any) -> Iterator[Found]:
        if isinstance(leaf, str):
            yield from self._words.text(leaf)
        elif isinstance(leaf, list):
            yield from self._words.texts(leaf)
        elif isinstance(leaf, (bytes, bytearray)):
            data = bytes(leaf)
            yield from self._words.raw(data)
            if len(data) >= _MANY:
                yield from self._numbers.raw(data)
        elif rows_of.sparse(leaf):  # its numbers come as arrays of their own
            whole = self._whole.found(leaf)
            yield from () if whole is None else (whole,)
        elif not isinstance(leaf, np.ndarray):
            yield from self._numbers.scalar(leaf)
        elif leaf.dtype.kind == "U":
            yield from self._words.texts(leaf.ravel().tolist())
        elif leaf.dtype.kind in "SV":
            yield from self._words.raw(leaf.tobytes())
        else:
            yield from self._numbers.array(leaf)
            if leaf.dtype.itemsize == 1 and leaf.ndim == 1 and leaf.size >= _MANY:
                yield from self._look(leaf.tobytes())  # such as an index that is written out
            whole = self._whole.found(leaf)
            yield from () if whole is None else (whole,)


def _traces(found: list[tuple[str, Found]]) -> Iterator[Trace]:
    """One trace per place and spelling; places that differ by position only are one."""
    merged: dict[tuple[str, str], tuple[str, set[int], int]] = {}
    for path, one in found:
        key = (alike(path), one.how)
        first, people, count = merged.get(key, (path, set(), 0))
        merged[key] = (path if first == path else key[0], people | one.people, count + one.count)
    rows = {place: people for (place, how), (_, people, _) in merged.items() if how == ROW}
    for (place, how), (path, people, count) in merged.items():
        if how != VALUE or people - rows.get(place, set()):
            yield Trace(path, how, frozenset(people), count)


def alike(path: str) -> str:
    """The path of all places that differ by their position only."""
    return re.sub(r"\[\d+\]", "[*]", path)


def _is_float(leaf: Any) -> bool:
    return isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f" and leaf.dtype.itemsize >= 4


def _size(leaf: Any) -> int:
    if rows_of.sparse(leaf):
        return 0  # counted with its arrays
    if isinstance(leaf, np.ndarray):
        return leaf.nbytes
    if isinstance(leaf, list):
        return sum(map(len, leaf))
    return len(leaf) if isinstance(leaf, (str, bytes, bytearray)) else 8
