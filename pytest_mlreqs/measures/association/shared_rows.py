"""shared_rows: rows that a model is judged on, and was trained on."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_mlreqs.core.measurement import Undecided
from pytest_mlreqs.measures.influence.reading import same_columns
from pytest_mlreqs.measures.tables.twins import Twins, twins

if TYPE_CHECKING:
    from pytest_mlreqs.measures.influence.reading import Inputs
    from pytest_mlreqs.models.rows import Rows


@dataclass(frozen=True, slots=True)
class Shared:
    """Rows that two tables share.

    Attributes:
        twins: the rows.
        columns: positions of the columns in which they are equal.
        others: how many rows the other table has.
        read: whether the columns are those that the model reads, rather than all.
    """

    twins: Twins
    columns: list[int]
    others: int
    read: bool


def shared_rows(inputs: Inputs, X_train: Rows, limit: int) -> Shared:
    """Rows of the inputs that stand in `X_train` with all that the model reads, or with all.

    What the model does not read can tell a copy from a coincidence, so that all columns are looked
    at where those that are read do not tell that there are too many.

    Args:
        inputs: n rows, and which of their columns the model reads.
        X_train: m rows.
        limit: how many rows may be shared beyond chance.

    Raises:
        Undecided: `X_train` has no such columns.
    """
    every = list(range(len(inputs.names)))
    columns = [column for column in every if inputs.possibly(column)]
    if inputs.labels or not columns:  # labels do not show all that is read
        columns = every
    others = same_columns(X_train, inputs.frame, columns)
    found = twins(inputs.frame.iloc[:, columns], others)
    if found.within(limit) is not False and len(columns) < len(every):
        with contextlib.suppress(Undecided):  # what is not there cannot tell
            whole = twins(inputs.frame, same_columns(X_train, inputs.frame, every))
            if whole.within(limit) is False:
                return Shared(whole, every, len(others), read=False)
    return Shared(found, columns, len(others), read=True)
