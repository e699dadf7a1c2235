"""budgets: what columns may cost, of which some may cost more than the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pytest_mlreqs.measures.tables.naming import matching

Value = TypeVar("Value")


def meant(table: Mapping[str, Value] | None, column: str) -> Value | None:
    """What stands in a table for a column: under its name, else under the first glob that fits."""
    found = (value for wanted, value in (table or {}).items() if matching(wanted, [column]))
    return (table or {}).get(column, next(found, None))


def limits(ms: float | None, share: float | None, mib: float | None) -> dict[str, float]:
    """Limits by unit, of those that are declared."""
    declared = {"ms": ms, "share": share, "MiB": mib}
    return {unit: limit for unit, limit in declared.items() if limit is not None}


@dataclass(frozen=True, slots=True)
class Budgets:
    """What a column may cost a call.

    Attributes:
        limits: by unit (`ms`, `share`, `MiB`), those of any column.
        ms_of: milliseconds in place of those, by column or glob.
        only: the columns that have a budget, by name or glob; all, if there are none.
    """

    limits: Mapping[str, float]
    ms_of: Mapping[str, float] = field(default_factory=dict)
    only: Sequence[str] = ()

    def units(self) -> list[str]:
        """The units in which there are budgets."""
        return [*(["ms"] if self.ms_of and "ms" not in self.limits else []), *self.limits]

    def of(self, column: str) -> dict[str, float]:
        """What a column may cost, by unit: its own milliseconds, if it has some."""
        own = meant(self.ms_of, column)
        ms = self.limits.get("ms") if own is None else own
        rest = {unit: limit for unit, limit in self.limits.items() if unit != "ms"}
        return rest if ms is None else {"ms": ms, **rest}

    def judged(self, names: Sequence[str]) -> list[int]:
        """Positions of the columns that have a budget."""
        wanted = {at for one in self.only for at in matching(one, names)}
        having = [at for at, name in enumerate(names) if self.of(name)]
        return [at for at in having if at in wanted or not self.only]

    def first_judged(self, names: Sequence[str]) -> Iterator[tuple[int, str]]:
        """For each unit with budgets, a column that has one."""
        for unit in self.units():
            having = [at for at in self.judged(names) if unit in self.of(names[at])]
            yield from [(at, unit) for at in having[:1]]
