"""proxies: the score carries no protected attribute beyond what declared columns explain."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from pytest_mlreqs.core.measurement import Measurement, at_most, counted, number, undecided
from pytest_mlreqs.core.option_groups import Method, MostRows, Reason, ShowValues
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.measures.tables.naming import missing
from pytest_mlreqs.models.frames import opened
from pytest_mlreqs.models.harm.altered import Altered
from pytest_mlreqs.models.harm.scores import following
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.outputs import outputs
from pytest_mlreqs.models.rows import Rows
from pytest_mlreqs.models.scoring import decisions

if TYPE_CHECKING:
    import pandas as pd

    from pytest_mlreqs.measures.association.attributes import Attribute
    from pytest_mlreqs.measures.association.partial import Partial
    from pytest_mlreqs.measures.association.presence import Presence
    from pytest_mlreqs.measures.influence.reading import Inputs
    from pytest_mlreqs.measures.tables.protected import Protected

_ENOUGH = 1_000  # rows from which the regressions are good enough to clear a model
_BAR = 0.438  # 1/2 - beta/8 with beta = 1/2
_PLANTED = "planted proxy"
_CORRELATION = ("partial_correlation", "max_partial_correlation")  # id and option
_Name = Annotated[str, Meta(min_length=1)]
_Legitimate = Annotated[
    tuple[_Name, ...],
    Meta(
        description="columns of X, by name or glob, that may explain a difference between groups; "
        "`[]` if nothing may. Without it, the score is not judged, and `max_auc` is needed."
    ),
]
_Auc = Annotated[
    float,
    Meta(
        ge=0.5,
        lt=1,
        description="largest AUC, from 0.5 to 1, with which the columns that the model reads tell "
        "the attribute. Set it if inputs must not tell it at all.",
    ),
]
_Key = Annotated[
    str,
    Meta(
        min_length=1,
        description="a column of both X and `protected` that rows are matched by. Without it, "
        "they are matched by index or position.",
    ),
]


class Proxies(Requirement, frozen=True, kw_only=True):
    """The score carries no protected attribute beyond what legitimate columns explain.

    Declare this if a protected attribute must not decide, and other columns may tell it. You have
    to say which columns may explain a difference:

        you want                                              options
        no influence on the score but by legitimate columns   legitimate = ["education", ...]
        no influence on the score at all                      legitimate = []
        no inputs that tell the attribute                     max_auc

    If the model gets the attribute itself, declare `forbidden_features` as well.

    Why
        A model that never sees a protected attribute may carry it through other columns: a
        postcode for a descent, a role in the household for a sex (Breck et al. 2017, Data 4). Such
        columns are nearly always there. What counts is whether the score follows them for no good
        reason.

    Declare
        [tool.mlreqs.subjects]
        protected = "data/protected.csv"      # never given to the model

        [tool.mlreqs.proxies]
        attributes = ["race", "gender"]
        legitimate = ["education*", "hours"]  # may explain a difference; [] for nothing may
        reason = "equal treatment"

    Measures
        legitimate, max_partial_correlation: the partial correlation of score and attribute, given
        the legitimate columns. It is the generalised covariance measure (Shah and Peters 2020).
        What these columns predict is taken off both, and the rest is correlated. The prediction is
        by the better of a linear and a boosted probe, in 5-fold cross-fitting. Without
        `legitimate` it is not measured.

        Each group is set against all others, for each output of the score. Labels beside the score
        are measured too, as they may follow another threshold in each group. Numbers of more than
        ten values stay numbers.

        max_auc: the AUC with which columns tell a group (or the upper half of numbers) to the
        better of the same probes. The base rate, the columns that tell most, and the bar of
        Feldman et al. (2015) stand beside it.

            max_auc       AUC of
            declared      the columns that the model reads (see `influence`)
            not declared  all columns of X but the attribute itself, for information

        If the model reads the attribute itself, that is said first.

    Verdict
        By the 95 % interval of the largest value over all groups and outputs (see `intervals`).
        Fewer than 1,000 rows can accuse a model but not clear it.

        In simulations less than 1 % of models were accused that used legitimate columns only. With
        2,000 rows, two groups and a limit of 0.10, 1 to 6 % were undecided. No model was accused
        by `max_auc` of a column that it did not read.

    Cannot see
        A difference that only pairs of attributes have, or that cancels out in the mean. What the
        legitimate columns themselves tell; where they tell all, the message says so. Texts and
        categories beyond their 200 most frequent values. Groups of fewer than 30 rows. Columns
        that move no score of 1,000 rows. Several rows of one person count as if they were
        independent.
    """

    rubric = ("data 4",)

    attributes: Annotated[
        tuple[_Name, ...],
        Meta(
            min_length=1,
            description="protected attributes: columns of the subject `protected`, by name or glob",
        ),
    ]
    reason: Reason
    legitimate: _Legitimate | None = None
    max_partial_correlation: Annotated[
        float,
        Meta(
            gt=0,
            lt=1,
            description="largest correlation of score and attribute, from 0 to 1, beyond what the "
            "legitimate columns explain",
        ),
    ] = 0.10
    max_auc: _Auc | None = None
    key: _Key | None = None
    method: Method | None = None
    rows: MostRows = 20_000
    show_values: ShowValues = False

    def __post_init__(self) -> None:
        """Refuse what would judge nothing."""
        if self.legitimate is None and self.max_auc is None:
            raise ValueError(
                "nothing would be judged: declare `legitimate`, the columns that may explain a "
                "difference ([] for none), or `max_auc`"
            )
        both = sorted(set(self.attributes) & set(self.legitimate or ()))
        if both:
            raise ValueError(f"{both[0]!r} is both a protected attribute and legitimate")

    def check(self, model: Model, X: Rows, protected: Any) -> Iterator[Measurement]:
        """Yield how much of each attribute the score carries, and how well columns tell it."""
        from pytest_mlreqs.measures.association.attributes import attribute
        from pytest_mlreqs.measures.association.partial import partial, unexplained
        from pytest_mlreqs.measures.influence.influence import positions
        from pytest_mlreqs.measures.influence.reading import inputs
        from pytest_mlreqs.measures.tables.columns import coded

        found = self._found(X.frame, protected)
        where = positions(len(found.pairs.left), self.rows)
        frame = X.frame.iloc[found.pairs.left[where]]
        read = inputs(model, Rows(X.opened.back(frame), X.name, model.raw))
        offered = decisions(model.raw, frame, X.opened, self.method)
        scores, score, names = outputs(offered, frame)
        given = coded(frame.iloc[:, found.given])
        rest = scores if self.legitimate is None else unexplained(scores, given)
        for wanted, columns in found.columns.items():
            if not columns:
                why = missing(wanted, found.table.columns, "protected")
                yield self._undecided(wanted, why)
            for column in columns:
                name = str(found.table.columns[column])
                of = attribute(found.values(where, column))
                itself, own = _itself(name, found.own[column], read)
                how = "; ".join((*found.pairs.left_out(), *of.left_out(), *own))
                if of.why:
                    yield _first(itself, self._undecided(name, of.why, how))
                    continue
                if self.legitimate is not None:
                    at = of.rows
                    seen = partial(scores[at], rest[at], of, given.take(at))
                    legitimate = [str(frame.columns[column]) for column in found.given]
                    told = self._use(name, of, seen, legitimate, names, how)
                    if told.ok is False:
                        most = max(seen, key=lambda one: abs(one.r))
                        group = of.members(of.judged[most.group])
                        told = _carried(
                            told, score, frame.iloc[at], most.output, group, found.given
                        )
                    yield _first(itself, told)
                there = self._presence(of, frame.iloc[of.rows], found.own[column], found, read)
                told = self._present(name, of, there, read.how, how)
                yield told if self.legitimate is not None else _first(itself, told)

    def plant(self, model: Model, X: Rows, protected: Any) -> Iterator[Planted]:
        """A column that tells an attribute, and a score that moves with it."""
        import numpy as np

        from pytest_mlreqs.measures.association.attributes import attribute

        frame = X.frame
        found = self._found(frame, protected)
        for column in (column for columns in found.columns.values() for column in columns):
            of = attribute(found.values(slice(None), column))
            if of.why:
                continue
            target = of.targets()[:, 0]
            proxy = np.zeros(len(frame))
            proxy[found.pairs.left[of.rows]] = (target - target.mean()) / target.std()
            strength = 1 + 2 / (1 - self.max_partial_correlation)
            what = f"a column tells {found.table.columns[column]!r}, and the score moves with it"
            harmed = Altered(model.raw, following(_PLANTED, strength, X.opened.back))
            yield Planted(what, {"X": frame.assign(**{_PLANTED: proxy}), "model": harmed})

    def _found(self, frame: pd.DataFrame, table: Any) -> Protected:
        from pytest_mlreqs.measures.tables.protected import protected

        handed = opened(table)
        table = table if handed is None else handed.frame
        return protected(frame, table, self.attributes, self.legitimate or (), self.key)

    def _name(self, attribute: str) -> str:
        words = f"{self._columns()} for" if self.legitimate is None else "partial correlation with"
        return f"{words} {attribute}"

    def _undecided(self, attribute: str, why: str, how: str = "") -> Measurement:
        id, option = ("auc", "max_auc") if self.legitimate is None else _CORRELATION
        return undecided(self._name(attribute), why, how=how, id=id, of=attribute, option=option)

    def _columns(self) -> str:
        return "AUC of X" if self.max_auc is None else "AUC of the columns that the model reads"

    def _use(
        self,
        name: str,
        of: Attribute,
        seen: list[Partial],
        legitimate: list[str],
        names: Sequence[str],
        how: str,
    ) -> Measurement:
        from pytest_mlreqs.measures.association.association import simultaneous

        given = _listed(legitimate)
        if all(one.blind for one in seen):
            return self._undecided(
                name, f"the legitimate columns ({given}) tell the attribute", how
            )
        most = max(seen, key=lambda one: abs(one.r))
        group = of.called(of.judged[most.group], by_name=self.show_values)
        where = f" in {names[most.output]}" if len(set(names)) > 1 else ""
        told = at_most(
            self._name(name), abs(most.r), self.max_partial_correlation,
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

    def _presence(
        self, of: Attribute, X: Any, own: list[int], found: Protected, read: Inputs
    ) -> Presence:
        """How well the columns that the model reads tell the attribute, where that is limited."""
        from pytest_mlreqs.measures.association.presence import presence, presence_read

        if self.max_auc is None:
            return presence(X, of, [at for at in found.inputs if at not in own])
        columns = [at for at in found.inputs if at not in own or read.possibly(at)]
        return presence_read(X, of, columns, read, self.max_auc)

    def _present(
        self, name: str, of: Attribute, seen: Presence, read: str, how: str
    ) -> Measurement:
        best, group = seen.group, of.called(seen.group.group, by_name=self.show_values)
        limit, read = (1.0, "") if self.max_auc is None else (self.max_auc, read)
        held = at_most(
            f"{self._columns()} for {name}", best.area.value, limit, interval=seen.interval,
            how=f"{best.probe} probe of {group} on {number(len(of.rows))} rows, "
            f"{counted(len(seen.columns), 'column')}{read}; 5-fold, balanced "
            f"error rate {number(best.error)} (below {_BAR} the 80 % rule may be broken, if half "
            f"of the group get the good outcome); {how}",
            worst=[f"{column} (AUC {number(area, 2)})" for column, area in seen.strongest],
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


def _itself(name: str, own: list[int], read: Inputs) -> tuple[str, tuple[str, ...]]:
    """What is to be said first of the attribute's own column, and what is to be said of it else."""
    if any(read.read(at) for at in own):
        return f"the model reads {name!r} itself", ()
    said = [read.doubt(at) for at in own if read.possibly(at)]
    said += [f"the column {name!r} of X is not read by the model, and is left out"]
    return "", tuple(said[:1] if own else ())


def _first(itself: str, told: Measurement) -> Measurement:
    """The measurement with what is to be said before it."""
    hint = "take it out of what the model is fitted on, and declare `forbidden_features`"
    text = f"{itself}; {told.text}"
    return dataclasses.replace(told, text=text, hint=hint) if itself else told


def _carried(
    told: Measurement, score: Any, X: Any, output: int, group: Any, skip: list[int]
) -> Measurement:
    """The measurement with the columns that may have caused it, and what to try."""
    from pytest_mlreqs.measures.association.carriers import carriers

    found = carriers(lambda X: score(X)[:, output], X, group, skip)
    what = f"leave out or coarsen {found[0].name}" if found else "no column does it alone"
    hint = f"{what}, or declare with a reason what else may explain the difference"
    return dataclasses.replace(told, worst=tuple(map(str, found)), hint=hint)


def _open(told: Measurement, why: str) -> Measurement:
    text = f"{told.text}: undecided because {why}"
    return dataclasses.replace(told, ok=None, text=text, hint="judge it on more rows")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more or "nothing"
