"""area: the area under the ROC curve (AUC) and its interval, the same wherever one is judged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Area:
    """An AUC: the probability that a member scores higher than another row, ties half.

    Attributes:
        value: the area, or the mean of several.
        error: its standard error.
        fewer: how many rows the smaller side had; one entry for each area of the mean.
    """

    value: float
    error: float
    fewer: tuple[int, ...]

    def interval(self, alpha: float = 0.05) -> tuple[float, float]:
        """The interval that misses the true area in a share `alpha` of samples.

        DeLong's standard error on the logit scale, with the quantile of a t distribution, but never
        narrower than the exact interval of scores that are above all others in a share s of members
        and like any other in the rest: their area is (1 + s) / 2, and s has the interval of Clopper
        and Pearson. Of all rankings by likelihood with that area these look perfect most often, in
        a share s**m of samples of m members; a perfect sample can err to one side only.
        """
        from scipy.special import betaincinv, expit, logit, stdtrit

        rows = _independent(self.fewer, alpha)
        if rows <= 1 or math.isnan(self.value):
            return 0.0, 1.0
        if self.value < 0.5:
            low, high = Area(1 - self.value, self.error, self.fewer).interval(alpha)
            return 1 - high, 1 - low
        perfect = (1 + alpha ** (1 / rows)) / 2
        if self.value >= 1:
            return perfect, 1.0
        hits = (2 * self.value - 1) * rows
        least = betaincinv(hits, rows - hits + 1, alpha / 2) if hits > 0 else 0.0
        most = betaincinv(hits + 1, rows - hits, 1 - alpha / 2)
        middle = logit(self.value)
        far = stdtrit(rows - 1, 1 - alpha / 2) * self.error / (self.value * (1 - self.value))
        low = min(expit(middle - far), (1 + least) / 2, perfect)
        return float(low), float(max(expit(middle + far), (1 + most) / 2))


def area(member: Array, score: Array, part: Array | None = None) -> Area:
    """The AUC of one score for one group.

    The standard error is that of DeLong et al. (1988), by ranks (Sun and Xu 2014).

    Args:
        member: shape (n,), bool.
        score: shape (n,).
        part: shape (n,), which rows are compared with each other, as scores of two fits are not on
            one scale; all of them where it is not given. Parts without a row of either kind do not
            count. Without any pair of rows the area is one half, of no row.
    """
    part = np.zeros(len(member), dtype=int) if part is None else part
    above, below = [], []
    for one in np.unique(part):
        inside, outside = score[(part == one) & member], score[(part == one) & ~member]
        if len(inside) and len(outside):
            among = ranks(np.concatenate([inside, outside]))
            above.append((among[: len(inside)] - ranks(inside)) / len(outside))
            below.append(1 - (among[len(inside) :] - ranks(outside)) / len(inside))
    if not above:
        return Area(0.5, 0.5, (0,))
    up, down = np.concatenate(above), np.concatenate(below)
    error = math.sqrt(_variance(up) / len(up) + _variance(down) / len(down))
    return Area(float(up.mean()), error, (min(len(up), len(down)),))


def mean_area(areas: Sequence[Area]) -> Area:
    """The mean of several areas; its error is too large rather, as if they erred together."""
    return Area(
        float(np.mean([one.value for one in areas])),
        float(np.mean([one.error for one in areas])),
        tuple(rows for one in areas for rows in one.fewer),
    )


def extreme(areas: Sequence[Area], alpha: float = 0.05) -> tuple[float, float]:
    """The interval of the largest of several areas, all of them at once (Bonferroni)."""
    ends = [one.interval(alpha / len(areas)) for one in areas]
    return max(low for low, _ in ends), max(high for _, high in ends)


def _independent(fewer: Sequence[int], alpha: float) -> float:
    """Of how many rows a single area tells as much as the mean of several with these.

    A sample in which each looks perfect has a share s**m each; with these shares making `alpha`,
    the mean of the s is smallest where they are proportional to m. That mean gives the rows, less
    one in k of them for k classes: a row that is out of place costs its own class and another one.
    """
    if len(fewer) == 1 or min(fewer) < 1:
        return float(min(fewer))
    sizes = np.asarray(fewer, dtype=float)
    low, high = 0.0, 1 / sizes.min()
    for _ in range(60):
        middle = (low + high) / 2
        unlikely = (sizes * np.log(np.clip(middle * sizes, 1e-300, 1))).sum() < math.log(alpha)
        low, high = (middle, high) if unlikely else (low, middle)
    rows = math.log(alpha) / math.log(np.minimum(high * sizes, 1).mean())
    return float(rows * (1 - 1 / len(sizes)))


def _variance(values: Array) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.25


def ranks(values: Array) -> Array:
    """Ranks from 1, the mean of them for ties."""
    return pd.Series(values).rank().to_numpy()
