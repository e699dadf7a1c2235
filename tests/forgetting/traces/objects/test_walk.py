"""Tests of pytest_mlreqs.forgetting.traces.objects.walk."""

import array
import collections
import functools
import threading

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from pytest_mlreqs.forgetting.traces.objects.walk import Unwalked, walk

KEY = "qwertyuiop"


class Slots:
    __slots__ = ("kept",)

    def __init__(self, kept):
        self.kept = kept


class Plain:
    def __init__(self, kept):
        self.kept = kept


class Stateful(Plain):
    def __getstate__(self):
        return {"hidden": self.kept}


class Reduced:
    def __reduce__(self):
        return (Reduced, (), KEY)


class Entries(dict):
    """A dictionary of its own kind."""


class Refusing:
    def __reduce_ex__(self, protocol):
        raise TypeError("not me")


def closure(kept):
    """A function that pickle does not find by its name."""
    return lambda: kept


def leaves(obj):
    """Paths and leaves, the texts of lists one by one."""
    for path, leaf in walk(obj, "m"):
        for one in leaf if isinstance(leaf, list) else [leaf]:
            yield path, one


def places(obj):
    """Where the key is."""
    return [path for path, leaf in leaves(obj) if isinstance(leaf, (str, bytes)) and leaf == KEY]


@pytest.mark.parametrize(
    ("obj", "place"),
    [
        (KEY, "m"),
        ([1, [KEY]], "m[1]"),
        (((1, Plain(KEY)),), "m[0][1].kept"),
        ({"a b": {"c": KEY}}, "m['a b']['c']"),
        ({KEY: object}, "m.keys()"),
        ({(1, KEY): 2}, "m.keys()[0]"),
        ({f"k{n}": KEY for n in range(200)}, "m.values()"),
        ({KEY}, "m"),
        (collections.deque([None, KEY]), "m"),
        (Slots(KEY), "m.kept"),
        (Stateful(KEY), "m.kept"),
        (Reduced(), "m.__getstate__()"),
        (Entries(a=[KEY]), "m['a']"),
        (functools.partial(print, KEY), "m.__getstate__()[1]"),
        (closure(KEY), "m.<kept>"),
        (Plain(KEY).__init__, "m.__self__.kept"),
        (np.array([[1, KEY]], dtype=object), "m"),
        (np.array([(1, KEY)], dtype=[("a", "i8"), ("b", object)]), "m['b']"),
        (pd.DataFrame({"a": [KEY], "b": [1]}), "m['a']"),
        (pd.DataFrame({"a": [1.0]}, index=[KEY]), "m.index"),
        (pd.Series(["x"], dtype=pd.CategoricalDtype(["x", KEY])), "m['None'].categories"),
        (collections.OrderedDict(x=Plain(KEY)), "m['x'].kept"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else type(value).__name__,
)
def test_places(obj, place):
    """Whatever pickle would write is reached, by a path that reads as Python."""
    assert place in places(obj)


def test_numbers_come_as_arrays():
    """Numbers in containers, sparse matrices and frames come all at once."""
    assert [leaf.tolist() for _, leaf in walk([1.5, 2.5])] == [[1.5, 2.5]]
    found = dict(walk(scipy.sparse.csr_matrix([[0, 2.5]]), "m"))
    assert found["m.data"].tolist() == [2.5]
    assert dict(walk(pd.DataFrame({"a": [1.0], "b": [2.0]}), "m"))["m.to_numpy()"].shape == (1, 2)
    assert dict(walk([2**70, 1], "m"))["m"].tolist() == [1]
    assert dict(walk(array.array("d", [1.0]), "m"))["m"] == np.float64(1).tobytes()


def test_cycles_and_depth_end():
    """What holds itself, and what is very deep, is walked through once."""
    loop = [KEY, object]
    loop.append(loop)
    assert places(loop) == ["m[0]"]
    deep = KEY
    for _ in range(5_000):
        deep = [deep]
    assert len(places(deep)) == 1


def test_what_cannot_be_walked_is_told():
    """A part that refuses, and all beyond the most, are told of, not passed over; a lock is not."""
    told = [
        (path, leaf.why)
        for path, leaf in walk({"a": Refusing()}, "m")
        if isinstance(leaf, Unwalked)
    ]
    assert told == [("m['a']", "Refusing cannot be looked into: not me")]
    assert any(isinstance(leaf, Unwalked) for _, leaf in walk([[[]], [[]]], most=2))
    assert any(isinstance(leaf, Unwalked) for _, leaf in walk([[1]], seconds=0))
    assert list(walk([threading.Lock()])) == []
