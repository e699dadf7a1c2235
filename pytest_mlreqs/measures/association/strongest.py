"""strongest: which of the inputs that a model reads tells most of the target by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_mlreqs.measures.association.single_input import Strength, Target, strength

if TYPE_CHECKING:
    import pandas as pd

    from pytest_mlreqs.measures.influence.reading import Inputs


@dataclass(frozen=True, slots=True)
class Strongest:
    """Inputs by how well each tells the target.

    Attributes:
        read: positions and strengths of those that the model reads, or that it may read. The most
            promising first, up to the first that is certainly within the limit.
        unread: names of stronger ones that it does not read.
        top: the strongest of them; of what is certainly beyond the limit, where there is such.
        proven: whether the model certainly reads the strongest, or that is within the limit.
        wide: the name of an input that may be within the limit or beyond it, or empty.
    """

    read: list[tuple[int, Strength]]
    unread: list[str]
    top: tuple[int, Strength] | None
    proven: bool
    wide: str


def strongest(
    inputs: Inputs, rows: pd.DataFrame, goal: Target, judged: Sequence[int], limit: float
) -> Strongest:
    """The strongest input of those that the model reads.

    Args:
        inputs: the inputs of the model.
        rows: the n rows of the target.
        goal: the target.
        judged: positions of the inputs that count.
        limit: how well an input may tell the target.
    """
    strengths = [(at, strength(rows.iloc[:, at], goal)) for at in judged]
    strengths.sort(key=lambda one: -one[1].high)
    read: list[tuple[int, Strength]] = []
    unread: list[str] = []
    for column, found in strengths:
        if inputs.read(column) is False:
            unread += [inputs.names[column]] if found.high > limit else []
            continue
        read.append((column, found))
        if found.high <= limit:  # and all that follow, too
            break
    beyond = [one for one in read if one[1].low > limit]
    proven = [one for one in beyond if inputs.read(one[0])]
    # The strongest input is not always the one with the widest interval.
    wide = next((inputs.names[at] for at, one in read if one.low <= limit < one.high), "")
    top = max(proven or beyond or read, key=lambda one: one[1].value, default=None)
    return Strongest(read, unread, top, bool(proven) or not beyond, wide)
