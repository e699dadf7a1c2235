"""presence: how well do columns tell an attribute, and which of them does a model read?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from pytest_mlreqs.core.measurement import number
from pytest_mlreqs.measures.association.association import Predicted, predictability
from pytest_mlreqs.measures.association.carriers import alone
from pytest_mlreqs.measures.statistics.area import extreme
from pytest_mlreqs.measures.tables.columns import coded

if TYPE_CHECKING:
    from pytest_mlreqs.measures.association.attributes import Attribute
    from pytest_mlreqs.measures.influence.reading import Inputs

_NAMED = 3  # columns in a message
_TELLS = 0.53  # an AUC that a useless column hardly reaches on 2,000 rows


@dataclass(frozen=True, slots=True)
class Presence:
    """How well some columns tell an attribute.

    Attributes:
        group: the group that is told best, and how well.
        interval: of the best AUC of all groups, all of them at once.
        columns: positions of the columns.
        strongest: the columns that tell that group best, each alone: name and AUC, the best first.
        doubt: why it is not known whether the model reads a column that matters, or empty.
    """

    group: Predicted
    interval: tuple[float, float]
    columns: tuple[int, ...]
    strongest: tuple[tuple[str, float], ...]
    doubt: str = ""

    def named(self) -> str:
        """The strongest columns for a message, or empty."""
        return ", ".join(f"{name} (AUC {number(area, 2)})" for name, area in self.strongest)


def presence(X: pd.DataFrame, of: Attribute, columns: Sequence[int]) -> Presence:
    """How well columns of n rows tell an attribute of these, by the better of two probes.

    Args:
        X: the rows of the attribute.
        of: the attribute.
        columns: positions in `X`.
    """
    told = predictability(coded(X.iloc[:, list(columns)]), of)
    best = max(told, key=lambda one: one.area.value)
    member = of.members(best.group)
    each = [(str(X.columns[at]), alone(X.iloc[:, [at]], member)) for at in columns]
    strongest = sorted((one for one in each if one[1] >= _TELLS), key=lambda one: -one[1])
    interval = extreme([one.area for one in told])
    return Presence(best, interval, tuple(columns), tuple(strongest[:_NAMED]))


def presence_read(
    X: pd.DataFrame, of: Attribute, columns: Sequence[int], read: Inputs, limit: float
) -> Presence:
    """The same of the columns that a model reads.

    It is tried out for each column only where all of them together may be above `limit`: some of
    them tell no more.

    Args:
        X: as above.
        of: as above.
        columns: positions in `X` and among the inputs.
        read: the inputs of the model.
        limit: the AUC that is allowed.
    """
    found = presence(X, of, columns)
    if found.interval[1] <= limit:
        return found
    possible = [at for at in columns if read.possibly(at)]
    if len(possible) < len(columns):
        found = presence(X, of, possible)
    doubtful = [at for at in possible if not read.read(at)]
    if found.interval[0] <= limit or not doubtful:
        return found
    sure = presence(X, of, [at for at in possible if at not in doubtful])
    if sure.interval[0] > limit:
        return sure
    return Presence(
        found.group, found.interval, found.columns, found.strongest, read.doubt(doubtful[0])
    )
