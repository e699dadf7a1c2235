"""histogram: how times are spread, in classes of which one ends at the limit."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from collections.abc import Sequence

from pytest_mlreqs.core.evidence import Histogram

_STEPS = 10  # classes, about, between the shortest and the longest time
_LEAST = 1.1  # times that are closer than this share a class


def histogram(
    ordered: Sequence[float], limit: float, unit: str = "ms", of: str = "calls"
) -> Histogram:
    """Classes grow by a constant factor, as times do, and the limit is the border of one.

    Args:
        ordered: positive values, ascending; at least one.
        limit: positive; may lie outside of the values.
        unit: of both.
        of: what each value is.
    """
    low, high = max(ordered[0], 1e-9), max(ordered[-1], 1e-9)
    factor = max((max(high, limit) / min(low, limit)) ** (1 / _STEPS), _LEAST)
    # What is exactly at the limit keeps it, so a class holds its upper border.
    first = math.ceil(math.log(low / limit, factor)) - 1
    last = max(math.ceil(math.log(high / limit, factor)), first + 1, int(high > limit))
    edges = [limit * factor**step for step in range(first, last + 1)]
    ends = [bisect_left(ordered, math.nextafter(edge, math.inf)) for edge in edges]
    ends[0], ends[-1] = 0, len(ordered)
    counts = tuple(end - start for start, end in itertools.pairwise(ends))
    return Histogram(edges=tuple(edges), counts=counts, unit=unit, limit=limit, of=of)
