"""cost: what scoring many rows will take, by what scoring a few of them took.

Two sizes lie on a line whatever the cost of a call is like: a step in it, a wait for a core or a
single row that is dear look like a cost of rows there. Only a third size on the same line shows
that it is the rows that cost.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

_MORE = 4  # times as many rows the next time
_MOSTLY = 0.7  # of the time of a call: then it seems to be the rows that cost it
_STALL_S = 0.1  # that a call may have to wait for a core: what is shorter tells no cost of rows
_BRIEF_S = 1.0  # that the next size may take where the cost grows with the square of the rows
_ALIKE = 1.4  # slopes that differ by less are those of one line
_FARTHEST = 64  # times as many rows at the most, as it may grow faster than that
_SHARE = 1 / 8  # of all rows, that are to be tried before it is known what all of them cost


class Cost:
    """What scoring takes, by the number of rows tried, each more than the one before."""

    def __init__(self) -> None:
        self._tried = [(0, 0.0)]

    @property
    def count(self) -> int:
        """The most rows tried; 0 where none were."""
        return self._tried[-1][0]

    @property
    def sizes(self) -> int:
        """How many numbers of rows were tried."""
        return len(self._tried) - 1

    @property
    def took(self) -> float:
        """Seconds that these took."""
        return self._tried[-1][1]

    def add(self, count: int, seconds: float) -> None:
        """Enter what some rows took; it is the most that as many or fewer of them take.

        What took longer has loaded something, waited, or met a row that is dear.
        """
        if count == self.count:
            seconds = min(seconds, self._tried.pop()[1])
        self._tried = [(fewer, min(took, seconds)) for fewer, took in self._tried]
        self._tried.append((count, seconds))

    def line(self, count: int) -> float:
        """Seconds for a number of rows, each costing what it did between the last two sizes."""
        return self.took + self._slopes()[-1] * (count - self.count)

    def worst(self, count: int) -> float:
        """Seconds where what has grown between the last two sizes grows with their square.

        Infinite where too few of them have been tried: a step may follow.
        """
        if self.count < _SHARE * count:
            return math.inf
        (few, before), (most, took) = self._tried[-2:]
        return took + (took - before) * (count**2 - most**2) / (most**2 - few**2)

    def seconds(self, count: int) -> float:
        """Seconds for a number of rows, by the sizes tried next to them."""
        if count > self.count:
            return self.line(count)
        counts, times = zip(*self._tried, strict=True)
        return float(np.interp(count, counts, times))

    def share(self, count: int, every: int) -> float:
        """Seconds for a number of rows, if no more than their share of what all of them take."""
        return min(self.seconds(count), self.line(every) * count / every)

    def grows(self, every: int) -> bool:
        """Whether all rows seem to cost more by what has grown, which no third size has shown."""
        return not self.straight and self.line(every) > _ALIKE * self.took

    @property
    def of_rows(self) -> bool:
        """Whether it seems to be the rows that cost."""
        if self.sizes == 1:  # it may be the call as well
            return False
        return self.took > _STALL_S and self._slopes()[-1] * self.count > _MOSTLY * self.took

    @property
    def straight(self) -> bool:
        """Whether it is the rows that cost, as three sizes on one line show."""
        slopes = self._slopes()[1:]
        if len(slopes) < 2 or not self.of_rows:
            return False
        earlier, later = slopes[-2:]
        return earlier < _ALIKE * later < _ALIKE**2 * earlier

    def next(self) -> int:
        """How many rows show more: few more where they may only have to show the same again."""
        return self.count * (2 if self.of_rows else _MORE)

    def farther(self) -> int:
        """How many rows show whether a cost that seems small stays so; these are tried soon."""
        times = math.sqrt(_BRIEF_S / max(self.took, 1e-6))
        return int(self.count * min(_FARTHEST, max(_MORE, times)))

    def next_s(self) -> float:
        """Seconds that the next size may take; of one size it is known what a call takes."""
        return self.took if self.sizes == 1 else self.took * self.next() / self.count

    def _slopes(self) -> list[float]:
        """Seconds of a row, between one size and the next."""
        sizes = itertools.pairwise(self._tried)
        return [(took - before) / (most - few) for (few, before), (most, took) in sizes]
