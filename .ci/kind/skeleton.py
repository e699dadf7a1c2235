"""skeleton: TODO what it is about, in a few words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.measurement import Measurement
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.models.rows import Rows


class Skeleton(Requirement, frozen=True, kw_only=True):
    """TODO One sentence that is true of a system that satisfies it.

    Declare this if TODO (the decision that the reader has to take).

    Why
        TODO What goes wrong where nobody requires it, with a source.

    Declare
        [tool.mlreqs.skeleton]
        max_rows = 100_000

    Measures
        TODO What is measured, in the order of `check`.

    Verdict
        TODO "Exact.", or the error rate; and when it is undecided.

    Cannot see
        TODO What a reader may expect of it in vain.
    """

    rubric = ("TODO",)

    max_rows: Annotated[int, Meta(ge=1, description="most rows that X may have")]

    def check(self, X: Rows) -> Iterator[Measurement]:
        """Yield one measurement."""
        yield at_most(
            "number of rows", len(X), self.max_rows, "rows",
            id="rows", option="max_rows", hint="take fewer rows",
        )  # fmt: skip

    def plant(self, X: Rows) -> Iterator[Planted]:
        """One row more than there may be."""
        count = self.max_rows + 1
        yield Planted(f"X has {count} rows", {"X": X.take([0] * count)})
