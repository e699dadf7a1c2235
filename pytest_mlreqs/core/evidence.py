"""evidence: where a measured value comes from, as data. `report` puts it into words and pictures.

The records hold numbers, and names of columns, steps, files and lines of code. They hold no value
of anybody's data: a row is known by its position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec.structs import force_setattr

from pytest_mlreqs.core.plain import legible, plain

Number: TypeAlias = float | None
Cell: TypeAlias = str | float | None
_AT_A_POSITION = ("row", "rows", "call")


class _Record(msgspec.Struct, frozen=True, kw_only=True, tag=str.lower, tag_field="type"):
    """Data that cross processes and end in files: plain types only, and text that can be shown."""

    def __post_init__(self) -> None:
        for field in self.__struct_fields__:
            force_setattr(self, field, _mapped(getattr(self, field)))


class Column(msgspec.Struct, frozen=True):
    """What a column of a table holds.

    Attributes:
        name: its heading.
        unit: of its numbers: `ms`.
        digits: behind the point; without it, three significant ones.
    """

    name: str = ""
    unit: str = ""
    digits: int | None = None


class Table(_Record, frozen=True, kw_only=True):
    """Rows of a name and numbers.

    Attributes:
        columns: k of them, the first of names.
        rows: k cells each; None where nothing is known.
        title: what it shows.
        header: whether columns have headings; else units stand beside the numbers.
        levels: how deep each row is below one before it; none is.
        bounds: positions of rows whose numbers are upper bounds.
        bars: the column whose numbers are worth a picture.
        total: rows that there are, where some are left out.
        rest: the words for those, after `and 5 more`.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    header: bool = True
    levels: tuple[int, ...] = ()
    bounds: tuple[int, ...] = ()
    bars: int | None = None
    total: int | None = None
    rest: str = ""


class Histogram(_Record, frozen=True, kw_only=True):
    """How values are spread.

    Attributes:
        edges: n + 1 borders of classes, ascending; a class holds its upper one.
        counts: n numbers of values.
        unit: of the edges.
        limit: no class lies on both sides of it; or None.
        axis: how the edges grow.
        of: what is counted.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    unit: str = ""
    limit: float | None = None
    axis: Literal["log", "linear"] = "log"
    of: str = "calls"


class Series(_Record, frozen=True, kw_only=True):
    """A value that depends on something, or changes in time.

    Attributes:
        x: n places, numbers or words.
        y: n values.
        title: what it shows.
        low: lower ends of the intervals of `y`, or nothing.
        high: upper ends.
        x_unit: of `x`.
        unit: of `y`.
        limit: for `y`, or None.
        marks: places of `x` that are worth a word, and the word.
    """

    x: tuple[float | str, ...]
    y: tuple[Number, ...]
    title: str = ""
    low: tuple[Number, ...] = ()
    high: tuple[Number, ...] = ()
    x_unit: str = ""
    unit: str = ""
    limit: float | None = None
    marks: tuple[tuple[float | str, str], ...] = ()


class Group(msgspec.Struct, frozen=True):
    """The value of one of several groups, with its number of rows and its interval."""

    name: str
    n: int
    value: Number
    low: Number = None
    high: Number = None


class Groups(_Record, frozen=True, kw_only=True):
    """The same value of several groups: slices, columns, stores.

    Attributes:
        rows: a group each.
        unit: of the values.
        limit: for each of them, or None.
    """

    rows: tuple[Group, ...]
    unit: str = ""
    limit: float | None = None


class Offender(msgspec.Struct, frozen=True):
    """What is worst, by its position or by the name of a column, step, line or key.

    Attributes:
        where: the position or the name; never what stands there.
        value: how bad it is, or None.
        moves: the share of the range of scores that it moves, or None.
    """

    where: int | str
    value: Number = None
    moves: Number = None


class Offenders(_Record, frozen=True, kw_only=True):
    """The worst offenders, worst first.

    Attributes:
        what: what they are; empty where they say it themselves.
        items: each of them.
        unit: of their values.
        digits: significant digits of their values.
        total: how many there are, where some are left out.
    """

    what: Literal["", "row", "rows", "call", "column", "step", "line", "key"]
    items: tuple[Offender, ...]
    unit: str = ""
    digits: int = 3
    total: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        wanted = int if self.what in _AT_A_POSITION else str
        for item in self.items:
            if type(item.where) is not wanted:
                raise TypeError(f"an offender ({self.what}) is where it is, not {item.where!r}")


class Note(_Record, frozen=True, kw_only=True):
    """What is to be said beside the numbers, in one line."""

    text: str
    level: Literal["plain", "warn"] = "plain"


Evidence: TypeAlias = Table | Histogram | Series | Groups | Offenders | Note


def in_words(
    evidence: tuple[Evidence, ...],
    worst: Iterable[object] | None,
    details: Iterable[object] | None,
) -> tuple[Evidence, ...]:
    """The evidence with words of a check in place of its offenders, and of all that is not one."""
    own = [one for one in evidence if isinstance(one, Offenders) and one.items]
    rest = [one for one in evidence if not isinstance(one, Offenders)]
    if worst is not None:
        items = tuple(Offender(str(one)) for one in worst)
        own = [Offenders(what="", items=items)] if items else []
    if details is not None:
        rest = [Note(text=str(one)) for one in details]
    return (*own, *rest)


def renamed(evidence: Evidence, named: Callable[[str], str]) -> Evidence:
    """The same with all text as `named` gives it."""
    found: Evidence = _mapped(evidence, named)
    return found


def _mapped(value: Any, text: Callable[[str], str] = legible) -> Any:
    """Python's own types, as deep as they stand; records and tuples stay what they are."""
    if isinstance(value, (tuple, list)):
        return tuple(_mapped(one, text) for one in value)
    if isinstance(value, msgspec.Struct):
        fields = {name: _mapped(getattr(value, name), text) for name in value.__struct_fields__}
        return type(value)(**fields)
    return text(str(value)) if isinstance(value, str) else plain(value)
