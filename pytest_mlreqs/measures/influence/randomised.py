"""randomised: does a model that does not repeat itself answer other values otherwise?

Calls with a column as it is and calls with other values are made in random order. If the column has
no say, the answers of each call are what they would have been under any other order, whatever the
model does by itself: noise in one row or in all, answers drawn by chance, a first call that
differs, a score that drifts or counts. So the order can be shuffled (a randomisation test: Fisher
1935, section 21; Edgington and Onghena 2007). Two statistics share the error: the largest
standardised difference of means over the rows, as few rows may move much, and the sum of their
squares, as all may move a little.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_mlreqs.core.measurement import number
from pytest_mlreqs.models.comparing import finite, numeric, span

Array = np.ndarray[Any, Any]
Answers = tuple[Array, ...]

CALLS = 8  # of either sort in a round
_ROUNDING = 1e-9  # of the range of scores: what is less is no change
_SECOND = 0.05  # a first round above this is not followed by another
_CLEAR = 0.01  # a planted shift that the first round tells so clearly would be found
_CELLS = 8_000_000  # of the table of all orders and rows, of which no more is held at once
_ENOUGH = 3_000  # orders that are drawn where all would take long
_SHIFTS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_USUAL = (0.01, 0.99)  # quantiles of the answers, between which their range is
_MOST = 0.8  # of the largest standardised difference: a row that stands out as well
_BLIND = 0.1  # of the rows: where their own noise hides more, nothing can be said
_IN_ALL = 0.01  # a shift of all rows, as a share of the range, that must not have been hidden
_IN_ONE = 0.3  # a shift of a single row that must not have been hidden in it


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of the calls in random order.

    Attributes:
        p: the probability of so large a difference, or a larger one, if the column has no say.
        calls: how many calls were made.
        change: for each output and row the difference of the means (of labels, of how often it is
            one of them) where it stands out most from the noise, else 0; shape (k, n).
        unseen: shape (n,); rows whose own noise would hide a change of an output by 30 % of its
            range.
        shift: the smallest shift of all rows that would have been found, as a share of the range;
            infinite if none would.
    """

    p: float
    calls: int
    change: Array
    unseen: Array
    shift: float

    @property
    def blind(self) -> bool:
        """Whether a shift of 1 % of the range in all rows may have been hidden."""
        return self.shift > _IN_ALL


def compared(
    call: Callable[[Array], list[Answers]], level: float, generator: np.random.Generator
) -> Compared:
    """Compare calls with other values to calls without, in one round or two.

    Args:
        call: makes the calls of a round: shape (16,), True for other values; gives their answers,
            each a tuple of outputs of n rows.
        level: the probability of error that a verdict may have.
        generator: of the order of calls.
    """
    order = _order(generator)
    answers = call(order)
    cells = cells_of(answers)
    p, tops = _p_value(cells.numbers, order, generator)
    unseen = _hidden(cells, order, tops, level)
    shift = _smallest(cells, order, level, generator)
    if p <= _SECOND:
        again = _order(generator)
        later = call(again)
        p = combined(p, _p_value(cells_of(later).numbers, again, generator)[0])
        cells, order = cells_of([*answers, *later]), np.concatenate([order, again])
    far = np.abs(cells.numbers[order].mean(axis=0) - cells.numbers[~order].mean(axis=0))
    squares = cells.by_row(_sums(cells.numbers, order[None])[0])
    # Rows that are told by themselves; where none is, those that differ most together tell it.
    moved = squares >= max(_MOST * float(squares.max(initial=0)), _ROUNDING)
    change = np.where(moved, cells.by_row(far) * np.array(cells.scales)[:, None], 0.0)
    return Compared(p, len(order), change, unseen, shift)


def combined(first: float, second: float) -> float:
    """The p-value of two independent rounds, of which the second follows a first below 5 %.

    By their product (Bauer and Köhne 1994): P(p <= 0.05, p q <= c) = c (1 + ln(0.05 / c)).
    """
    product = first * second
    if first > _SECOND:
        return first
    return product * (1 + math.log(_SECOND / product)) if product < _SECOND else product


def _order(generator: np.random.Generator) -> Array:
    order = np.zeros(2 * CALLS, dtype=bool)
    order[generator.choice(2 * CALLS, CALLS, replace=False)] = True
    return order


@dataclass(frozen=True, slots=True)
class Cells:
    """The answers of k calls as numbers.

    Attributes:
        numbers: shape (k, c), in units of the range of their output; of labels, whether they are
            that of the first call.
        rows: shape (c,); the row that each is of.
        outputs: shape (c,); the output that each is of.
        scales: the range of each output, but for its outermost values: one wild row sets none.
    """

    numbers: Array
    rows: Array
    outputs: Array
    scales: tuple[float, ...]

    def by_row(self, values: Array) -> Array:
        """The largest of `values`, shape (c,), for each output and row."""
        most = np.zeros((len(self.scales), int(self.rows.max(initial=-1)) + 1))
        np.maximum.at(most, (self.outputs, self.rows), values)
        return most


def cells_of(answers: Sequence[Answers]) -> Cells:
    """The answers of some calls, each a tuple of outputs of n rows, as numbers."""
    parts, rows, scales = [], [], []
    for outputs in zip(*answers, strict=True):
        first, scale = outputs[0], 1.0
        if len({output.shape for output in outputs}) > 1:  # of another shape: another answer
            flat = np.array([[float(one.shape == first.shape)] * len(first) for one in outputs])
        elif all(map(numeric, outputs)):
            stacked = finite(np.stack(outputs))
            low, high = np.quantile(stacked, _USUAL)
            scale = float(high - low) or span(stacked)
            flat = stacked.reshape(len(stacked), -1) / scale
        else:
            same = np.stack([np.asarray(one == first, dtype=float) for one in outputs])
            flat = same.reshape(len(same), -1)
        parts.append(flat)
        rows.append(np.repeat(np.arange(len(first)), flat.shape[1] // max(len(first), 1)))
        scales.append(scale)
    outputs_ = np.repeat(np.arange(len(parts)), [part.shape[1] for part in parts])
    return Cells(np.hstack(parts), np.concatenate(rows), outputs_, tuple(scales))


def _scaled(cells: Array) -> Array:
    """Each cell less its mean, over its spread; nothing but rounding is no change at all."""
    centred = cells - cells.mean(axis=0)
    spread = centred.std(axis=0)
    floor = _ROUNDING
    scaled: Array = np.where(spread > floor, centred / np.maximum(spread, floor), 0.0)
    return scaled


def _sums(cells: Array, orders: Array) -> Array:
    """Squared sums over the calls with other values; those without have the opposite sum."""
    sums: Array = (orders.astype(np.float32) @ _scaled(cells).astype(np.float32)) ** 2
    return sums


def _orders(cells: int, generator: np.random.Generator) -> Array:
    """All orders of the calls, or many of them where there are many cells."""
    every = _every()
    if cells <= 4_000:
        return every
    return every[generator.choice(len(every), _ENOUGH, replace=False)]


@functools.cache
def _every() -> Array:
    """All orders that begin with other values: their opposites have the same statistics."""
    rest = np.array(list(itertools.combinations(range(1, 2 * CALLS), CALLS - 1)))
    every = np.zeros((len(rest), 2 * CALLS), dtype=bool)
    every[:, 0] = True
    np.put_along_axis(every, rest, values=True, axis=1)
    return every


def _p_value(cells: Array, order: Array, generator: np.random.Generator) -> tuple[float, Array]:
    """Of the order that was drawn, by both statistics, and the largest squares of all orders."""
    scaled = _scaled(cells)
    moving = cells[:, scaled.any(axis=0)]
    if not moving.shape[1]:
        return 1.0, np.zeros(1)
    orders = _orders(moving.shape[1], generator)
    own = _sums(moving, order[None])
    block = max(1, _CELLS // moving.shape[1])
    top = np.concatenate(
        [
            _sums(moving, orders[start : start + block]).max(axis=1)
            for start in range(0, len(orders), block)
        ]
    )
    total = _totals(moving, orders)
    shares = [
        _share(top, float(own.max())),
        _share(total, float(_totals(moving, order[None])[0])),
    ]
    return min(1.0, 2 * min(shares)), top


def _totals(cells: Array, orders: Array) -> Array:
    """The sum of the squares over all cells, by the products of the calls with each other."""
    scaled = _scaled(cells)
    signs = orders.astype(float)
    totals: Array = ((signs @ (scaled @ scaled.T)) * signs).sum(axis=1)
    return totals


def _share(each: Array, own: float) -> float:
    """The share of orders with as large a statistic, of all or of some that were drawn.

    The own order, or its opposite, is among all of them. It counts as one more of those drawn, so
    that no share is zero.
    """
    beyond = int((each >= own * (1 - 1e-5)).sum())
    return beyond / len(each) if len(each) == len(_every()) else (beyond + 1) / (len(each) + 1)


def _found(p: float, level: float) -> bool:
    """Whether rounds of such a p-value are a finding."""
    return p <= _CLEAR and combined(p, p) <= level


def _smallest(cells: Cells, order: Array, level: float, generator: np.random.Generator) -> float:
    """The smallest shift of any one output in all rows that would have been found."""
    orders = _orders(cells.numbers.shape[1], generator)

    def found(output: int, shift: float) -> bool:
        planted = cells.numbers + shift * np.outer(order, cells.outputs == output)
        totals = _totals(planted, orders)
        own = float(_totals(planted, order[None])[0])
        return _found(2 * _share(totals, own), level)

    most = 0.0
    for output in range(len(cells.scales)):
        # In either direction: it may have to show against an influence that is there already.
        each = (one for one in _SHIFTS if found(output, one) and found(output, -one))
        most = max(most, next(each, math.inf))
    return most


def _hidden(cells: Cells, order: Array, tops: Array, level: float) -> Array:
    """Rows in which a shift of an output, made in them alone, may have been hidden."""
    shift = _IN_ONE * order[:, None]
    squares = np.minimum(*[_sums(cells.numbers + sign * shift, order[None])[0] for sign in (1, -1)])
    tops = np.sort(tops)
    beyond = len(tops) - np.searchsorted(tops, squares * (1 - 1e-5))
    shares, which = np.unique((beyond + 1) / (len(tops) + 1), return_inverse=True)
    if len(tops) == 1:  # nothing moved in any call
        shares = np.zeros(len(shares)) + 1e-4
    found = np.array([_found(2 * float(share), level) for share in shares], dtype=bool)
    seen: Array = cells.by_row(found[which].astype(float)).min(axis=0) == 0
    return seen


def hidden(seen: Compared) -> str:
    """Why noise leaves it open, or nothing."""
    calls = f"in {seen.calls} calls"
    if seen.blind:
        least = f"less than {number(100 * seen.shift)} %" if seen.shift <= 1 else "any part"
        return (
            f"the model does not repeat itself, and its own noise {calls} would hide an influence "
            f"of {least} of its range in all rows; fix its seed"
        )
    if seen.unseen.mean() > _BLIND:
        rows = f"{number(int(seen.unseen.sum()))} of {number(len(seen.unseen))} rows"
        return (
            f"the model does not repeat itself, and its own noise {calls} would hide an influence "
            f"in {rows}; fix its seed"
        )
    return ""
