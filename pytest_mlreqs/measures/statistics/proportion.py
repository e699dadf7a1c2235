"""proportion: what a share of sampled rows says about the share of all rows."""

from __future__ import annotations

_ERROR = 0.05
_FIRST = 30
_STEP = 1.2


def bounds(
    certain: int, possible: int, rows: int, *, sampled: bool, error: float = _ERROR
) -> tuple[float, float]:
    """Ends of the share of rows: of what is certain below, of what is possible above.

    For rows that are a sample these are the ends of the exact intervals of Clopper and Pearson
    (1934), so that each end is wrong with a probability of at most half of `error`, 2.5 %.
    """
    if not sampled:
        return certain / rows, possible / rows
    from scipy.stats import binomtest

    low = binomtest(certain, rows).proportion_ci(1 - error).low
    high = binomtest(possible, rows).proportion_ci(1 - error).high
    return float(low), float(high)


def rows_needed(share: float, limit: float, most: int) -> int:
    """How many sampled rows would decide, if their share stays as it is; `most` are all rows."""
    rows = _FIRST
    while rows < most:
        hits = round(share * rows)
        low, high = bounds(hits, hits, rows, sampled=True)
        if low > limit or high <= limit:
            return rows
        rows = int(rows * _STEP)
    return most
