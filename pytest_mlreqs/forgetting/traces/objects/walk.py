"""walk: everything that an object holds, seen the way pickle sees it, each with the path to it.

A path reads as Python: `model.steps[1][1]._fit_X`. Nothing of the object's own is called but what
pickle calls: `__reduce_ex__` and what that calls in turn.
"""

from __future__ import annotations

import array
import collections
import copyreg
import datetime
import decimal
import re
import time
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_mlreqs.forgetting.traces.objects import cells, native, rows

Parts = Iterator[tuple[str, Any]]

_INERT = (
    type, types.ModuleType, types.BuiltinFunctionType, type(None), type(Ellipsis), bool, range,
    re.Pattern, np.dtype, np.ufunc, np.bool_, np.random.RandomState, np.random.Generator,
    np.random.BitGenerator, datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo,
)  # fmt: skip
_INERT_MODULES = ("_thread", "threading")
_NUMBERS = (int, float, decimal.Decimal, np.integer, np.floating)
_PLAIN = (int, float, np.int32, np.int64, np.float32, np.float64)  # as arrays: they are many
_CONTAINERS = (list, tuple, set, frozenset, collections.deque)
_FEW = 100  # entries of a dictionary that are each shown by key
_LONGEST = 40  # characters of a key in a path
_REDUCERS = ("__reduce_ex__", "__reduce__", "__getstate__")


@dataclass(frozen=True, slots=True)
class Unwalked:
    """A part that could not be looked into."""

    why: str


def walk(
    obj: Any, name: str = "model", *, most: int = 10_000_000, seconds: float = 120.0
) -> Iterator[tuple[str, Any]]:
    """Every leaf of an object with the path to it, once.

    A leaf is a text, bytes, a number, an array of NumPy that holds no objects, a list of texts
    (as a list of millions is no place to stop at each), or `Unwalked`. A sparse matrix is one too,
    beside the arrays that it is made of.

    Args:
        obj: anything.
        name: what the object is called in the paths.
        most: how many objects are looked into; the rest is `Unwalked`.
        seconds: how long at most, likewise.
    """
    seen: dict[int, Any] = {}  # keeps what it names, so that no address is used again
    stack: list[Iterator[tuple[str, Any]]] = [iter([(name, obj)])]
    end = time.monotonic() + seconds
    while stack:
        path, one = next(stack[-1], ("", stack))
        if one is stack:
            stack.pop()
        elif isinstance(one, (str, bytes, bytearray, Unwalked)):
            yield path, one
        elif isinstance(one, _INERT) or type(one).__module__ in _INERT_MODULES:
            continue
        elif isinstance(one, _NUMBERS):
            yield path, one
        elif id(one) in seen:
            continue
        elif len(seen) >= most or time.monotonic() > end:
            yield path, Unwalked(f"given up after {len(seen):,} objects")
            return
        elif isinstance(one, _Texts):
            yield path, one.texts
        else:
            seen[id(one)] = one
            if isinstance(one, np.ndarray) and one.dtype.kind != "O" and one.dtype.names is None:
                yield path, one
                continue
            if rows.sparse(one):
                yield path, one
            stack.append(_guarded(path, one))


@dataclass(frozen=True, slots=True)
class _Texts:
    texts: list[str]


class _Plain:
    """As large as an object is that has attributes and nothing else."""


def _guarded(path: str, one: Any) -> Parts:
    """The parts; a failure to tell them is one."""
    try:
        yield from _parts(path, one)
    except Exception as error:
        yield path, Unwalked(f"{type(one).__name__} cannot be looked into: {error}")


def _parts(path: str, one: Any) -> Parts:
    if isinstance(one, np.ndarray):
        yield from _array(path, one)
    elif cells.library(one):
        yield from _frame(path, one)
    elif isinstance(one, (memoryview, array.array)):
        yield path, bytes(one)
    elif type(one) in _CONTAINERS:
        yield from _items(path, list(one))
    elif type(one) in (dict, collections.OrderedDict, collections.defaultdict):
        yield from _entries(path, one)
    elif isinstance(one, types.FunctionType):
        yield from _function(path, one)
    elif isinstance(one, types.MethodType):
        yield f"{path}.__self__", one.__self__
    elif (parts := native.parts(one)) is not None:
        yield from ((path + tail, part) for tail, part in parts)
    else:
        yield from _instance(path, one)


def _array(path: str, one: Any) -> Parts:
    if one.dtype.names is not None:
        yield from ((f"{path}[{name!r}]", one[name]) for name in one.dtype.names)
    else:
        yield from _items(path, list(one.ravel()))


def _frame(path: str, frame: Any) -> Parts:
    yield from ((f"{path}[{name!r}].categories", one) for name, one in cells.categories(frame))
    columns = list(cells.columns(frame, index=False))
    if len(columns) > 1:
        yield f"{path}.to_numpy()", rows.matrix(frame)  # all in one, so that rows are seen
    yield from ((f"{path}[{name!r}]", one) for name, one in columns)
    if cells.library(frame) == "pandas" and hasattr(frame, "index"):
        yield from ((f"{path}.{name}", one) for name, one in cells.index(frame))
    yield f"{path}.columns", [str(name) for name in rows.names(frame)]


def _items(path: str, items: list[Any]) -> Parts:
    """What stands in a row; texts and numbers all at once."""
    if _many(items):
        yield from _batches(path, items)
    else:
        yield from ((f"{path}[{at}]", item) for at, item in enumerate(items))


def _entries(path: str, entries: dict[Any, Any]) -> Parts:
    yield from _items(f"{path}.keys()", list(entries))
    if len(entries) > _FEW and _many(entries.values()):
        yield from _batches(f"{path}.values()", list(entries.values()))
    else:
        yield from ((f"{path}[{_key(key)}]", value) for key, value in entries.items())


def _many(items: Any) -> bool:
    return set(map(type, items)) <= {str, bool, type(None), *_PLAIN}


def _batches(path: str, items: list[Any]) -> Parts:
    kinds = set(map(type, items))
    if str in kinds:
        texts = items if kinds == {str} else [item for item in items if type(item) is str]
        yield path, _Texts(texts)
    for group, dtype in ((_PLAIN[:1] + _PLAIN[2:4], "i8"), (_PLAIN[1:2] + _PLAIN[4:], "f8")):
        if kinds.intersection(group):
            numbers = items if kinds <= set(group) else [one for one in items if type(one) in group]
            try:
                yield path, np.fromiter(numbers, dtype, len(numbers))
            except OverflowError:  # beyond 64 bits
                small = [number for number in numbers if abs(number) < 2**63]
                yield path, np.array(small, dtype=dtype)


def _function(path: str, one: types.FunctionType) -> Parts:
    """What a function holds that is not found again by its name: its values from outside."""
    if "<" in one.__qualname__:
        for name, cell in zip(one.__code__.co_freevars, one.__closure__ or (), strict=True):
            try:
                yield f"{path}.<{name}>", cell.cell_contents
            except ValueError:  # not bound yet
                continue
        yield f"{path}.__defaults__", one.__defaults__
        yield f"{path}.__kwdefaults__", one.__kwdefaults__


def _instance(path: str, one: Any) -> Parts:
    """Attributes, and what pickle would write beside them."""
    attributes = getattr(one, "__dict__", None)
    own = attributes if isinstance(attributes, dict) else {}
    yield from ((f"{path}.{name}", value) for name, value in own.items())
    cls = type(one)
    reducer = copyreg.dispatch_table.get(cls)
    if reducer is None and own and _ordinary(cls):
        return
    reduced = reducer(one) if reducer is not None else one.__reduce_ex__(4)
    if isinstance(reduced, str):  # a name by which it is found again
        return
    yield f"{path}.__reduce__()[1]", reduced[1]
    state, items, entries = (*reduced[2:5], None, None, None)[:3]
    if isinstance(state, tuple) and len(state) == 2 and isinstance(state[1], dict):
        yield from ((f"{path}.{name}", value) for name, value in state[1].items())  # of slots
        state = state[0]
    if isinstance(state, dict):
        named = (own.get(name, state) is value for name, value in state.items())
        left = [item for item, same in zip(state.items(), named, strict=True) if not same]
        yield from ((f"{path}.__getstate__()[{_key(name)}]", value) for name, value in left)
    else:
        yield f"{path}.__getstate__()", state
    yield from _items(path, list(items or ()))
    yield from _entries(path, dict(entries or ()))


def _ordinary(cls: type) -> bool:
    """Whether its attributes are all there is to an object of a class."""
    return (
        all(getattr(cls, name, None) is getattr(object, name, None) for name in _REDUCERS)
        and cls.__basicsize__ <= _Plain.__basicsize__
        and not any(getattr(base, "__slots__", ()) for base in cls.__mro__)
    )


def _key(key: Any) -> str:
    text = repr(key) if isinstance(key, (str, int, float, tuple)) else f"<{type(key).__name__}>"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
