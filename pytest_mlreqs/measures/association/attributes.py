"""attributes: groups of people, or a number that is known of each, as targets of a prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.core.measurement import number
from pytest_mlreqs.measures.tables.columns import numbers

Array = np.ndarray[Any, Any]

SMALLEST = 30  # rows of a group that is judged by itself
_MOST = 12  # groups that are judged by themselves; beyond, trees take minutes
_NUMBERS = 10  # distinct numbers up to which they are groups


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of n rows.

    Attributes:
        rows: shape (n,); positions in the data of the rows whose value is known and judged.
        codes: shape (n,); the group of each row, or 0 and 1 for the lower and the upper half.
        numbers: shape (n,), or None where the attribute is made of groups.
        labels: what the groups are called, largest first; empty for numbers.
        judged: codes of the groups that are judged: of two only the second one, as the first is
            its mirror image; for numbers the upper half.
        unknown: how many rows have no value.
        small: how many rows are of groups too small to judge, even together.
        pooled: how many groups are judged together as the last one.
        why: why nothing can be judged, or empty.
    """

    rows: Array
    codes: Array
    numbers: Array | None = None
    labels: tuple[str, ...] = ()
    judged: tuple[int, ...] = ()
    unknown: int = 0
    small: int = 0
    pooled: int = 0
    why: str = ""

    def members(self, code: int) -> Array:
        """Which rows belong to a group, shape (n,)."""
        inside: Array = self.codes == code
        return inside

    def called(self, code: int, *, by_name: bool) -> str:
        """A group for a message: by its name, or by its rank and size, which tells no value."""
        if not self.labels:
            return "the upper half"
        if self.pooled and code == len(self.labels) - 1:
            return f"its {self.pooled} smallest groups together"
        if by_name:
            return repr(self.labels[code])
        size = number(int(self.members(code).sum()))
        return f"group {code + 1} of {len(self.labels)} by size ({size} rows)"

    def left_out(self) -> tuple[str, ...]:
        """The rows that are not among those judged, in words."""
        counts = {"without a value": self.unknown, "of groups too small to judge": self.small}
        return tuple(f"{number(rows)} rows {what}" for what, rows in counts.items() if rows)

    def targets(self) -> Array:
        """What a score is correlated with, shape (n, number of judged groups, or 1)."""
        if self.numbers is not None:
            return self.numbers[:, None]
        return np.column_stack([self.members(code) for code in self.judged]).astype(float)


def attribute(values: pd.Series[Any]) -> Attribute:
    """Numbers and times of more than ten distinct values as numbers, everything else as groups.

    Groups of fewer than 30 rows, and those beyond the twelve largest, are one group together; if
    that has fewer than 30 rows, they are left out.
    """
    known = np.flatnonzero(values.notna().to_numpy())
    unknown = len(values) - len(known)
    present = values.iloc[known]
    numeric = values.dtype.kind in "mM" or (
        pd.api.types.is_numeric_dtype(values) and values.dtype.kind not in "bc"
    )
    if numeric and present.nunique() > _NUMBERS:
        return _numeric(numbers(present), known, unknown)
    text = present.map(str).astype(object)
    sizes = text.value_counts()
    order = sorted(sizes.index, key=lambda label: (-sizes[label], label))
    own = [label for label in order if sizes[label] >= SMALLEST][:_MOST]
    rest = order[len(own) :]
    pool = int(sizes[rest].sum())
    labels = (*own, *(["others"] if pool >= SMALLEST else []))
    place = {label: code for code, label in enumerate(own)} | dict.fromkeys(rest, len(own))
    codes = text.map(place).to_numpy(dtype=int, na_value=0)
    keep = codes < len(labels)
    codes = codes[keep]
    judged = tuple(range(len(labels))) if len(labels) > 2 else (1,)
    why = "" if len(labels) > 1 else "fewer than two of its groups have 30 rows"
    return Attribute(
        rows=known[keep], codes=codes, labels=labels, judged=judged, unknown=unknown,
        small=int((~keep).sum()), pooled=len(rest) if pool >= SMALLEST else 0, why=why,
    )  # fmt: skip


def _numeric(values: Array, known: Array, unknown: int) -> Attribute:
    finite = np.isfinite(values)
    values, known = values[finite], known[finite]
    upper = (values > np.median(values)).astype(int)
    if min(upper.sum(), len(upper) - upper.sum()) < SMALLEST:
        why = "fewer than 30 rows lie above its median, or not above it"
        return Attribute(known, upper, values, unknown=unknown, why=why)
    return Attribute(known, upper, values, judged=(1,), unknown=unknown + int((~finite).sum()))
