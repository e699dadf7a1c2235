"""cost: what scoring many rows will take, by what scoring a few of them took.

Two sizes lie on a line whatever the cost of a call is like: a step in it, a wait for a core or a
single row that is dear look like a cost of rows there. Only a third size on the same line shows
that it is the rows that cost.
"""

from __future__ import annotations

import itertools
import math

_MORE = 4  # times as many rows the next time
_MOSTLY = 0.7  # of the time of a call: then it seems to be the rows that cost it
_STALL_S = 0.1  # that a call may have to wait for a core: what is shorter tells no cost of rows
_BRIEF_S = 1.0  # that the next size may take where the cost grows with the square of the rows
_ALIKE = 1.5  # slopes that differ by less are those of one line
_STEEPEST = 3.0  # power of the number of rows that a cost grows with


class Cost:
    """What scoring takes, by the number of rows tried, each more than the one before."""

    def __init__(self) -> None:
        self._tried = [(0, 0.0)]

    @property
    def count(self) -> int:
        """The most rows tried; 0 where none were."""
        return self._tried[-1][0]

    @property
    def took(self) -> float:
        """Seconds that these took."""
        return self._tried[-1][1]

    def add(self, count: int, seconds: float) -> None:
        """Enter what some rows took; the shorter time where as many have been tried before.

        The longer one has loaded something, or waited.
        """
        if count == self.count:
            seconds = min(seconds, self._tried.pop()[1])
        self._tried.append((count, seconds))

    def line(self, count: int) -> float:
        """Seconds for so many rows, each costing what it did between the last two sizes."""
        return self.took + max(0.0, self._slopes()[-1]) * (count - self.count)

    def worst(self, count: int) -> float:
        """Seconds where what has grown between the last two sizes grows with their square."""
        (few, before), (most, took) = self._tried[-2:]
        return took + max(0.0, took - before) * (count**2 - most**2) / (most**2 - few**2)

    def seconds(self, count: int, every: int) -> float:
        """Seconds for `count` of `every` row: the same share of the time, and less of a curve."""
        slopes = self._slopes()[1:]
        pairs = list(itertools.pairwise(slopes))[-2:]
        if len(pairs) == 2 and all(later > _ALIKE * earlier > 0 for earlier, later in pairs):
            (few, before), (most, took) = self._tried[-2:]
            power = min(_STEEPEST, math.log(took / before) / math.log(most / few))
            return took * math.pow(count / most, power)
        return self.line(every) * count / every

    @property
    def straight(self) -> bool:
        """Whether it is the rows that cost, as three sizes on one line show."""
        slopes = self._slopes()[1:]
        if len(slopes) < 2 or not self._of_rows():
            return False
        earlier, later = slopes[-2:]
        return earlier / 2 < later < _ALIKE * earlier

    def next(self) -> int:
        """How many rows show more: few more where they may only have to show the same again."""
        return self.count * (2 if self._of_rows() else _MORE)

    def farther(self) -> int:
        """How many rows show whether a cost that seems small stays so; these are tried soon."""
        return int(self.count * max(_MORE, math.sqrt(_BRIEF_S / max(self.took, 1e-6))))

    def next_s(self) -> float:
        """Seconds that the next size may take; of one size it is known what a call takes."""
        return self.took if len(self._tried) == 2 else self.took * self.next() / self.count

    def _of_rows(self) -> bool:
        """Whether it seems to be the rows that cost."""
        if len(self._tried) == 2:  # it may be the call as well
            return False
        return self.took > _STALL_S and self._slopes()[-1] * self.count > _MOSTLY * self.took

    def _slopes(self) -> list[float]:
        """Seconds of a row, between one size and the next."""
        sizes = itertools.pairwise(self._tried)
        return [(took - before) / (most - few) for (few, before), (most, took) in sizes]
