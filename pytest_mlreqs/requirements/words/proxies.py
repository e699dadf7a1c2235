"""proxies: what is said of attributes that a score carries, or that columns tell."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pytest_mlreqs.core import measurement
from pytest_mlreqs.core.evidence import Offender, Offenders
from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.measurement import Measurement, counted, number

if TYPE_CHECKING:
    from pytest_mlreqs.measures.association.attributes import Attribute
    from pytest_mlreqs.measures.association.carriers import Carrier
    from pytest_mlreqs.measures.association.partial import Partial
    from pytest_mlreqs.measures.association.presence import Presence
    from pytest_mlreqs.measures.influence.reading import Inputs

_ENOUGH = 1_000  # rows from which the regressions are good enough to clear a model
_BAR = 0.438  # 1/2 - beta/8 with beta = 1/2
_CORRELATION = ("partial_correlation", "max_partial_correlation")  # id and option


@dataclasses.dataclass(frozen=True, slots=True)
class Words:
    """What one requirement says.

    Attributes:
        use_is_judged: whether it limits what the score carries.
        max_correlation: by this.
        max_auc: how well columns that the model reads may tell an attribute, if that is limited.
        show_values: whether groups are called by their names.
    """

    use_is_judged: bool
    max_correlation: float
    max_auc: float | None
    show_values: bool

    def name(self, attribute: str) -> str:
        """What is measured of an attribute first."""
        words = f"{self._columns()} for" if not self.use_is_judged else "partial correlation with"
        return f"{words} {attribute}"

    def undecided(self, attribute: str, why: str, how: str = "") -> Measurement:
        """The attribute cannot be judged."""
        id, option = ("auc", "max_auc") if not self.use_is_judged else _CORRELATION
        return measurement.undecided(
            self.name(attribute), why, how=how, id=id, of=attribute, option=option
        )

    def _columns(self) -> str:
        return "AUC of X" if self.max_auc is None else "AUC of the columns that the model reads"

    def use(
        self,
        name: str,
        of: Attribute,
        seen: list[Partial],
        legitimate: list[str],
        names: Sequence[str],
        how: str,
    ) -> Measurement:
        """How much of an attribute the score carries beyond what is legitimate."""
        from pytest_mlreqs.measures.association.association import simultaneous

        given = _listed(legitimate)
        if all(one.blind for one in seen):
            return self.undecided(name, f"the legitimate columns ({given}) tell the attribute", how)
        most = max(seen, key=lambda one: abs(one.r))
        group = of.called(of.judged[most.group], by_name=self.show_values)
        where = f" in {names[most.output]}" if len(set(names)) > 1 else ""
        told = at_most(
            self.name(name), abs(most.r), self.max_correlation,
            interval=simultaneous([abs(one.r) for one in seen], [one.se for one in seen]),
            how=f"generalised covariance measure on {number(len(of.rows))} rows given {given}, "
            f"without which it is {number(abs(most.plain))}; {group} has "
            f"{'lower' if most.r < 0 else 'higher'} scores{where}; {how}",
            id=_CORRELATION[0], of=name, option=_CORRELATION[1],
        )  # fmt: skip
        few = given if len(legitimate) <= 3 else f"{len(legitimate)} legitimate columns"
        if told.ok is False:
            beyond = (
                f"beyond what {few} may explain" if legitimate else "with nothing to explain it"
            )
            text = f"the score carries {name!r} {beyond}: {told.text}"
            return dataclasses.replace(told, text=text)
        if told.ok and len(of.rows) < _ENOUGH:
            return _open(told, f"fewer than {number(_ENOUGH)} rows cannot clear a model")
        if told.ok and any(one.blind for one in seen):
            return _open(told, f"{few} tell some of its groups themselves")
        return told if told.ok else _open(told, "the interval spans the limit")

    def presence(
        self, name: str, of: Attribute, seen: Presence, read: str, how: str
    ) -> Measurement:
        """How well columns tell an attribute."""
        best, group = seen.group, of.called(seen.group.group, by_name=self.show_values)
        limit, read = (1.0, "") if self.max_auc is None else (self.max_auc, read)
        held = at_most(
            f"{self._columns()} for {name}", best.area.value, limit, interval=seen.interval,
            how=f"{best.probe} probe of {group} on {number(len(of.rows))} rows, "
            f"{counted(len(seen.columns), 'column')}{read}; 5-fold, balanced "
            f"error rate {number(best.error)} (below {_BAR} the 80 % rule may be broken, if half "
            f"of the group get the good outcome); {how}",
            evidence=[_told_by(Offender(*one) for one in seen.strongest)],
            hint=f"leave out or coarsen {seen.strongest[0][0]}" if seen.strongest else "",
            id="auc", of=name, option="max_auc",
        )  # fmt: skip
        facts = f", base rate {number(100 * best.base)} %"
        facts += f", told most by {seen.named()}" if seen.strongest else ""
        if self.max_auc is None:
            text = held.text.replace(", limit 1", f"{facts}: for information")
            return dataclasses.replace(held, limit=None, text=text, hint="")
        held = dataclasses.replace(held, text=held.text + facts)
        if seen.doubt:
            return held.judged(None, seen.doubt)
        if held.ok and len(of.rows) < _ENOUGH:
            return _open(held, f"fewer than {number(_ENOUGH)} rows cannot clear a model")
        return _open(held, "the interval spans the limit") if held.ok is None else held


def itself(name: str, own: list[int], read: Inputs) -> tuple[str, tuple[str, ...]]:
    """What is to be said first of the attribute's own column, and what is to be said of it else."""
    if any(read.read(at) for at in own):
        return f"the model reads {name!r} itself", ()
    said = [read.doubt(at) for at in own if read.possibly(at)]
    said += [f"the column {name!r} of X is not read by the model, and is left out"]
    return "", tuple(said[:1] if own else ())


def first(before: str, told: Measurement) -> Measurement:
    """The measurement with what is to be said before it, if anything is."""
    hint = "take it out of what the model is fitted on, and declare `forbidden_features`"
    text = f"{before}; {told.text}"
    return dataclasses.replace(told, text=text, hint=hint) if before else told


def carried(told: Measurement, found: Sequence[Carrier]) -> Measurement:
    """The measurement with the columns that may have caused it, and what to try."""
    what = f"leave out or coarsen {found[0].name}" if found else "no column does it alone"
    hint = f"{what}, or declare with a reason what else may explain the difference"
    columns = _told_by(Offender(one.name, one.auc, one.share) for one in found)
    return dataclasses.replace(told, evidence=(columns,), hint=hint)


def _told_by(columns: Iterable[Offender]) -> Offenders:
    return Offenders(what="column", items=tuple(columns), unit="AUC", digits=2)


def _open(told: Measurement, why: str) -> Measurement:
    text = f"{told.text}: undecided because {why}"
    return dataclasses.replace(told, ok=None, text=text, hint="judge it on more rows")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more or "nothing"
