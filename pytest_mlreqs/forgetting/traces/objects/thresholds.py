"""thresholds: whether trees split between a planted number and its neighbour, more than by chance.

A split halfway between two numbers tells little of either, so such a trace is weak. That others'
splits fall on a halfway by chance is allowed for: the same search is done for halfways moved by a
few bits, which nobody's numbers make.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pytest_mlreqs.forgetting.traces.objects.needles import Found
from pytest_mlreqs.forgetting.traces.objects.spaces import Space, column

Array = np.ndarray[Any, Any]

THRESHOLD = "threshold"

_NAMES = re.compile(r"threshold|split_conditions|border")
_SHIFTS = tuple(shift for shift in range(-32, 33) if shift)
_ALPHA = 0.01
_NEAR = 1e-12


def holds_thresholds(path: str) -> bool:
    """Whether what is at a path are numbers that trees split by."""
    return _NAMES.search(path) is not None


def halfways(spaces: Iterable[Space], owners: Sequence[int]) -> tuple[Array, Array]:
    """The numbers that splits beside a planted number would be, and whose number it is."""
    numbers: list[Array] = []
    persons: list[Array] = []
    whose = np.asarray(owners, dtype=int)
    for space in spaces:
        if space.others is None or space.others.shape[1] != space.rows.shape[1]:
            continue
        for at in np.flatnonzero(space.owned.any(axis=0)).tolist():
            own = np.flatnonzero(space.owned[:, at])
            everyone = np.r_[column(space.others, at), space.rows[:, at]]
            for kind in ("f8", "f4"):
                near = np.unique(everyone[np.isfinite(everyone)].astype(kind))
                value = space.rows[own, at].astype(kind)
                place = np.searchsorted(near, value)
                for side in (place - 1, place + 1):
                    inside = (side >= 0) & (side < len(near))
                    a, b = value[inside].astype(float), near[side[inside]].astype(float)
                    half = (a + b) / 2
                    numbers += [half, half.astype("f4").astype(float)] if kind == "f4" else [half]
                    persons += [whose[own[inside]]] * (2 if kind == "f4" else 1)
            numbers.append(space.rows[own, at].astype("f4").astype(float))
            persons.append(whose[own])
    if not numbers:
        return np.empty(0), np.empty(0, int)
    order = np.argsort(np.concatenate(numbers), kind="stable")
    return np.concatenate(numbers)[order], np.concatenate(persons)[order]


def split_between(splits: Array, half: Array, persons: Array) -> Found | None:
    """Who is split from a neighbour by more of the splits than chance would have.

    Args:
        splits: all that the model splits by.
        half: as `halfways` makes them.
        persons: likewise.
    """
    from scipy.stats import poisson

    splits = np.unique(splits[np.isfinite(splits)].astype(float))
    if not len(splits) or not len(half):
        return None
    hit = _near(half, splits)
    seen = len(np.unique(half[hit]))
    if not seen:
        return None
    distinct = np.unique(half)
    step = 4 * np.spacing(np.abs(distinct).astype("f4")).astype(float)
    by_chance = sum(int(_near(distinct + shift * step, splits).sum()) for shift in _SHIFTS)
    expected = (by_chance + 0.5) / len(_SHIFTS)
    if poisson.sf(seen - 1, expected) > _ALPHA:
        return None
    return Found(THRESHOLD, frozenset(persons[hit].tolist()), seen)


def _near(values: Array, known: Array) -> Array:
    """Which of the values are among those known, up to rounding."""
    low = np.searchsorted(known, values - _NEAR * np.abs(values), side="left")
    high = np.searchsorted(known, values + _NEAR * np.abs(values), side="right")
    near: Array = high > low
    return near
