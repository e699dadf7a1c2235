"""bill: what columns or steps cost, held to their budgets and listed, dearest first."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pytest_mlreqs.core.evidence import Cell, Column, Evidence, Table
from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.measurement import MIB, Measurement, undecided
from pytest_mlreqs.measures.costs.rounds import Rounds
from pytest_mlreqs.measures.timing.trial import Answer

_NAMES = {"ms": "cost of {}", "share": "share of {}", "MiB": "memory of {}"}
_SHOWN = 20  # lines
_MORE = "raise max_seconds, or run it alone: pytest -m mlreqs without -n"


@dataclass(slots=True)
class Entry:
    """A column or a step.

    Attributes:
        name: what it is called.
        how: how its cost was told apart.
        bound: why what was measured is only what it costs at most, or empty.
        hint: what to try first if it costs too much.
        source: where it comes from, or empty.
        kind: the word before its name in sentences, or nothing.
        held: what was measured of it.
    """

    name: str
    how: str = ""
    bound: str = ""
    hint: str = ""
    source: str = ""
    kind: str = ""
    held: list[Measurement] = field(default_factory=list)
    _ms: float | None = None
    _share: float | None = None
    _mib: float | None = None

    @property
    def broken(self) -> bool:
        """Whether it costs more than it may."""
        return any(one.ok is False for one in self.held)

    def unknown(self, unit: str, why: str, hint: str = "") -> None:
        """Nothing can be said of what it costs."""
        self.held.append(undecided(self._title(unit), why, hint=hint, **self._identity(unit)))

    def nothing(self, unit: str, limit: float) -> None:
        """It costs nothing."""
        self._ms, self._share, self._mib = 0.0, 0.0, 0.0
        self.held.append(self._sentence(unit, 0.0, limit, self.how))

    def time(self, unit: str, limit: float, cost: Answer[Rounds]) -> None:
        """It takes so much of a call, in `ms` or as a `share`."""
        rounds = cost.samples
        self._ms, self._share = rounds.cost_ms, rounds.cost_ms / max(rounds.whole_ms, 1e-6)
        how = ", ".join(filter(None, [self.how, rounds.how()]))
        held = self._sentence(unit, cost.value, limit, how, cost.interval)
        ok, why = cost.ok, cost.why
        if ok is False and self.bound:
            ok, why = None, self.bound
        judged = held.judged(ok, why)
        hint = f"set {cost.option}" if ok is None and cost.option else judged.hint
        hint = "give X more different rows" if cost.few else hint
        self.held.append(dataclasses.replace(judged, hint=hint))

    def memory(self, limit: float, size: int, how: str) -> None:
        """It takes this number of bytes of a call; the limit is in MiB."""
        self._mib = size / MIB
        held = self._sentence("MiB", self._mib, limit, ", ".join(filter(None, [self.how, how])))
        bounded = held.ok is False and self.bound
        self.held.append(held.judged(None, self.bound) if bounded else held)

    def _title(self, unit: str) -> str:
        return _NAMES[unit].format(" ".join(filter(None, [self.kind, repr(self.name)])))

    def _identity(self, unit: str) -> Identity:
        what = _NAMES[unit].split()[0]
        id = f"{self.kind}_{what}" if self.kind else what
        option = f"max_{unit.lower()}_per_{self.kind or 'column'}"
        return Identity(id=id, of=self.name, option=option)

    def _sentence(
        self, unit: str, value: float, limit: float, how: str,
        interval: tuple[float, float] | None = None,
    ) -> Measurement:  # fmt: skip
        return at_most(
            self._title(unit), value, limit, "" if unit == "share" else unit,
            interval=interval, how=how, **self._identity(unit),
        )  # fmt: skip

    def order(self) -> tuple[float, float]:
        """The dearest first."""
        return -(self._ms or 0.0), -(self._mib or 0.0)

    def cells(self) -> tuple[Cell, ...]:
        """A line of the table."""
        share = None if self._share is None else 100 * self._share
        return self.name, self._ms, share, self._mib, self.source or None


def bill(entries: Sequence[Entry], heading: str) -> Iterator[Measurement]:
    """All that was measured, dearest first; the first that is not satisfied has the list.

    Args:
        entries: columns or steps.
        heading: what they are.
    """
    entries = sorted(entries, key=Entry.order)
    evidence: tuple[Evidence, ...] = (_table(entries, heading),)
    for entry in entries:
        for measured in entry.held:
            if measured.ok is True:
                yield measured
                continue
            hint = measured.hint or entry.hint or _MORE
            yield dataclasses.replace(measured, hint=hint, evidence=evidence)
            evidence = ()


def _table(entries: Sequence[Entry], heading: str) -> Table:
    """The first of them, with the columns of which something is known."""
    rows = [one.cells() for one in entries[:_SHOWN]]
    columns = [
        Column(heading), Column("", "ms"), Column("", "% of a call", digits=0),
        Column("", "MiB"), Column("source"),
    ]  # fmt: skip
    filled = [at for at in range(len(columns)) if any(row[at] is not None for row in rows)]
    return Table(
        title=f"cost of {heading}s",
        columns=tuple(columns[at] for at in filled),
        rows=tuple(tuple(row[at] for at in filled) for row in rows),
        bounds=tuple(place for place, one in enumerate(entries[:_SHOWN]) if one.bound),
        bars=1 if len(filled) > 1 else None,
        total=len(entries),
        rest=", which cost less",
    )
