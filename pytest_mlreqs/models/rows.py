"""rows: the inputs that a kind examines a model with, and what keeps them from being examined."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_mlreqs.core.measurement import DeclarationError, Undecided, counted
from pytest_mlreqs.core.subject import Subject
from pytest_mlreqs.models import family, frames
from pytest_mlreqs.models.frames import Opened

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import Self

_FRAME = "give a frame or an array"


class Rows(Subject):
    """n rows of inputs, at least one; a frame of any sort, an array or a list.

    Args:
        value: the rows as the fixture supplies them, and as the model takes them.
        name: what they are called: `X`.
        model: names the columns of an array, if it knows as many.

    Attributes:
        raw: the rows as the fixture supplies them.
        name: what they are called.

    Raises:
        Undecided: there is no row.
        DeclarationError: it has no length, so it is no rows at all.
    """

    def __init__(self, value: Any, name: str = "X", model: Any = None) -> None:
        self.raw, self.name, self._model = value, name, model
        if not len(self):
            raise Undecided(f"{name} has no rows; give it some")

    @classmethod
    def of(cls, value: Any, name: str, requirement: object, subjects: Mapping[str, Any]) -> Self:  # noqa: ARG003
        """The rows, whose columns the subject `model` may name."""
        return cls(value, name, subjects.get("model"))

    def __len__(self) -> int:
        try:
            return len(self.raw)
        except TypeError:  # a sparse matrix has a shape
            rows = getattr(self.raw, "shape", (None,))[0]
        if not isinstance(rows, int):
            kind = type(self.raw).__name__
            raise DeclarationError(f"{self.name} is a {kind}, which has no rows; {_FRAME}")
        return rows

    @cached_property
    def opened(self) -> Opened:
        """The rows as a pandas frame, and the way back.

        Raises:
            Undecided: they have no columns.
        """
        found = family.opened_for(self._model, self.raw)
        if found is None:
            kind = type(self.raw).__name__
            raise Undecided(f"{self.name} is a {kind}, which has no columns; {_FRAME}")
        if not found.frame.shape[1]:
            raise Undecided(f"{self.name} has no columns; give it some")
        return found

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a pandas frame; raises as `opened` does."""
        return self.opened.frame

    @property
    def labels(self) -> list[Hashable]:
        """What the columns are called, of whatever type that is.

        Raises:
            Undecided: they have no names, or there are none.
        """
        if not self.opened.named:
            hint = "give a frame, fit the model on one, or name columns by position: '0', '1', ..."
            raise Undecided(f"the columns of {self.name} have no names", hint=hint)
        return list(self.frame.columns)

    @property
    def names(self) -> list[str]:
        """What the columns are called in messages; raises as `labels` does."""
        return list(map(str, self.labels))

    @property
    def engine(self) -> str:
        """The library that the rows are of: `pandas`, `numpy`, `polars`, ..., or `builtins`."""
        return type(self.raw).__module__.partition(".")[0]

    def take(self, positions: Sequence[int]) -> Any:
        """Some rows, as the model takes them."""
        return frames.take(self.raw, positions)

    def suffice(self, count: int) -> None:
        """Refuse to examine calls with more rows than there are.

        Raises:
            Undecided: there are; a smaller call would tell of another requirement.
        """
        if len(self) < count:
            raise Undecided(
                f"{self.name} has {counted(len(self), 'row')}, and a call takes {count}; "
                f"give it more, or set fewer `rows`"
            )

    def first(self, count: int) -> Any:
        """The first rows, as the model takes them; raises as `suffice` does."""
        self.suffice(count)
        return self.take(list(range(count)))

    def batches(self, rows: int) -> Iterator[tuple[int, Any]]:
        """Batches of a number of rows, without end; see `frames.batches`.

        Raises as `suffice` does.
        """
        self.suffice(rows)
        return frames.batches(self.raw, rows)
