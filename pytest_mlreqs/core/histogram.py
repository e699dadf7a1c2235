"""histogram: how times are spread, as lines of text, with the limit between them."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

from pytest_mlreqs.core.measurement import number

_STEPS = 10  # classes, about, between the shortest and the longest time
_WIDTH = 40
_LEAST = 1.1  # times that are closer than this share a class


def histogram(ordered: Sequence[float], limit: float, unit: str = "ms") -> list[str]:
    """One line per class of values, `from - to unit  count bar`, and one for the limit.

    Classes grow by a constant factor, as times do, and the limit is the border of one.

    Args:
        ordered: positive values, ascending; at least one.
        limit: positive; may lie outside of the values.
        unit: of both.
    """
    low, high = max(ordered[0], 1e-9), max(ordered[-1], 1e-9)
    factor = max((max(high, limit) / min(low, limit)) ** (1 / _STEPS), _LEAST)
    # What is exactly at the limit keeps it, so a class holds its upper border.
    first = math.ceil(math.log(low / limit, factor)) - 1
    last = max(math.ceil(math.log(high / limit, factor)), first + 1, int(high > limit))
    edges = [limit * factor**step for step in range(first, last + 1)]
    ends = [bisect_left(ordered, math.nextafter(edge, math.inf)) for edge in edges]
    ends[0], ends[-1] = 0, len(ordered)
    rows = []
    for start, end, lower, upper in zip(ends, ends[1:], edges, edges[1:], strict=False):
        if end > start:
            rows.append((f"{number(lower)} - {number(upper)}", end - start, upper <= limit))
    most = max(count for _, count, _ in rows)
    wide = max(len(label) for label, _, _ in rows)
    digits = max(len(number(count)) for _, count, _ in rows)
    lines = []
    border = f"--- limit {number(limit)} {unit} ---"
    for label, count, within in rows:
        if not within and border not in lines:
            lines.append(border)
        bar = "#" * max(1, round(_WIDTH * count / most))
        lines.append(f"{label:>{wide}} {unit}  {number(count):>{digits}} {bar}")
    return lines if border in lines else [*lines, border]
