"""leakage: nothing that the model reads gives the answer away."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.measurement import (
    DeclarationError,
    Measurement,
    at_most,
    attempt,
    counted,
    none_of,
    number,
    undecided,
)
from pytest_mlreqs.core.option_groups import Method, MostRows
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.measures.tables.naming import alike, missing
from pytest_mlreqs.models.harm.scores import reading_more
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows

if TYPE_CHECKING:
    from pytest_mlreqs.measures.association.single_input import Strength
    from pytest_mlreqs.measures.influence.reading import Inputs

_USUAL = 0.95  # limit of AUC or R2
_IDENTIFIERS = "identifiers that the model reads"
_SHARED = "rows shared with the training data"


class Leakage(Requirement, frozen=True, kw_only=True):
    """No input that the model reads gives the target away, and no row is a training row.

    Declare this for every model that is trained on a table. It asks three questions: does one
    input tell the answer by itself? Does the model read row numbers or other identifiers? Are test
    rows among the training rows (`max_shared_rows`)?

    Why
        What is only known afterwards, or only in this table, makes a model look good that is not:
        a lifeboat number, a row number, a row it was trained on. Kaufman et al. (2012) name the
        sorts; Kapoor and Narayanan (2023) count 17 fields with such errors. Inputs must be known
        when the model has to predict (Breck et al. 2017, Data 4).

    Declare
        [tool.mlreqs.leakage]
        max_auc = 0.95
        allowed = ["worst perimeter"]   # strong, and known in time
        max_shared_rows = 0             # needs X_train as well

    Measures
        An input counts only if the model's score moves when nothing but that input changes (see
        `influence`).

        max_auc, max_r2: how well each input alone tells the target. It is ranked by its value, and
        by what other folds say of a like value (a tree or a look-up); the better of both counts. A
        gap is a value.

            y holds                            strength of an input
            classes                            AUC, the mean over classes of one against the rest
            numbers                            R2 of values or ranks
            up to ten different numbers        what a limit is declared for. If none is: numbers,
                                               if there are three or more and the model gives one
                                               number for each row; else classes

        A limit that does not apply to y is refused.

        no_identifiers: inputs whose values nearly all differ, and which are codes, or whole
        numbers too dense for that to be chance.

        max_shared_rows: rows of X that stand in X_train with all that the model reads, or with all
        columns, however they are written (numbers in single precision). Chance puts some there.
        How many is estimated from pairs that differ in one column. With a single column, it is
        estimated from how often the training rows repeat each other.

    Verdict
        max_auc, max_r2: by the 95 % interval (see `intervals`). For an input exactly at the limit,
        3 and 5 % of verdicts in each direction were wrong at worst, and 1 % in the mean. A perfect
        copy of the target is found with 29 rows of the rarer class (three classes: 15 of each), as
        0.9 ** 29 is 5 %.

        no_identifiers: numbers drawn from any population are taken for identifiers in less than 1
        of 10,000 columns. Time steps and ranks are the exception: name these in `allowed`. What
        may be years or times is undecided. Row numbers are found from 20 rows on, and serial
        numbers with gaps from 100. So are those of a sample of n rows from a table of up to n * n
        / 30.

        max_shared_rows:

            rows that are shared beyond the limit            verdict
            no more than chance explains                     satisfied
            more than twice that and three standard          violated
            deviations (up to four times, where training
            rows are as alike among each other)
            between                                          undecided

    Cannot see
        Leaks that are spread over inputs, in free text or in a few rows. Whether a strong input is
        known in time: people must say.

        Sparse or repeated identifiers, and codes that postal codes look like. One row for each
        postal code or year is like an identifier.

        Shared rows as common as chance, or changed a little. Rows that differ in one input are
        counted, not judged. Coincidences count as shared, where each input follows from the
        others. So do repeated records; in a single column only if its other values are not
        frequent.
    """

    rubric = ("data 4",)

    max_auc: Annotated[
        Annotated[float, Meta(gt=0.5, le=1)] | None,
        Meta(
            description="largest AUC of a single input, if y holds classes. Without it 0.95. "
            "With 1 no input is judged."
        ),
    ] = None
    max_r2: Annotated[
        Annotated[float, Meta(gt=0, le=1)] | None,
        Meta(
            description="largest R2 of a single input, if y holds numbers. Without it 0.95. "
            "With 1 no input is judged."
        ),
    ] = None
    no_identifiers: Annotated[
        bool,
        Meta(description="whether reading an identifier, such as a row number, is a violation"),
    ] = True
    allowed: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...],
        Meta(
            description="inputs, by name or glob, that are known in time although they tell much. "
            "They are not judged."
        ),
    ] = ()
    max_shared_rows: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(
            description="how many rows of X may be among the training rows, beyond chance. "
            "Needs the subject X_train. Without it, shared rows are not looked for."
        ),
    ] = None
    method: Method | None = None
    rows: MostRows = 10_000

    def __post_init__(self) -> None:
        limits = {self.max_auc, self.max_r2} - {None}
        if limits == {1} and not self.no_identifiers and self.max_shared_rows is None:
            raise ValueError("requires nothing; set max_auc, no_identifiers or max_shared_rows")

    def needs(self) -> tuple[str, ...]:
        """The training rows only where shared rows are limited."""
        return (*super().needs(), *(() if self.max_shared_rows is None else ("X_train",)))

    def check(self, model: Model, X: Rows, y: Any, X_train: Any = None) -> Iterator[Measurement]:
        """Yield the strongest input, the identifiers, and the shared rows."""
        from pytest_mlreqs.measures.association import single_input
        from pytest_mlreqs.measures.influence import reading

        if len(y) != len(X):
            raise DeclarationError(
                f"y has {number(len(y))} entries for {number(len(X))} rows of X; declare the "
                "target of these rows as `y`"
            )
        inputs = reading.inputs(model, X)
        for one in self.allowed:
            if not inputs.meant(one) and alike(one, inputs.frame.columns):
                why = missing(one, inputs.frame.columns)
                yield undecided(
                    f"{one!r} in allowed", why, hint="write the name as the data has it",
                    id="name_in_allowed", of=one, option="allowed",
                )  # fmt: skip
        excused = {column for one in self.allowed for column in inputs.meant(one)}
        judged = [column for column in range(len(inputs.names)) if column not in excused]
        may_be = single_input.kinds(y, classifies=_classifies(model.raw), one_number=inputs.numbers)
        for kind in self._judged(may_be):
            yield self._strongest(inputs, judged, y, kind)
        if self.no_identifiers:
            yield _identifiers(inputs, judged)
        if self.max_shared_rows is not None:
            shared = partial(_shared, inputs, X_train, self.max_shared_rows)
            yield attempt(_SHARED, shared, id="shared_rows", option="max_shared_rows")

    def plant(self, model: Model, X: Rows, y: Any, X_train: Any = None) -> Iterator[Planted]:
        """A copy of the target and a row number that move the score; training rows from X."""
        import numpy as np
        import pandas as pd

        from pytest_mlreqs.measures.association import single_input

        given = X.opened

        more: dict[str, Any] = {}
        may_be = single_input.kinds(y, classifies=_classifies(model.raw), one_number=False)
        if any(self._limit(kind) < 1 for kind in self._judged(may_be)):
            more["a copy of the target"] = y
        if self.no_identifiers:
            more["the number of the row"] = np.arange(len(given.frame))
        for what, values in more.items():
            harmed, added = reading_more(model.raw, given, values, what)
            yield Planted(f"the model reads {what}", {"model": harmed, "X": added})
        if self.max_shared_rows is not None and X_train is not None:
            both = pd.concat([Rows(X_train, "X_train", model.raw).frame, given.frame])
            yield Planted("the model was trained on X, too", {"X_train": both})

    def _limit(self, kind: str) -> float:
        declared = self.max_auc if kind == "classes" else self.max_r2
        return _USUAL if declared is None else declared

    def _judged(self, kinds: tuple[str, ...]) -> tuple[str, ...]:
        """As what the target is judged, of what it may be: as what is declared, else the first."""
        limits = {"classes": self.max_auc, "numbers": self.max_r2}
        declared = tuple(kind for kind in kinds if limits[kind] is not None)
        if not declared and any(limit is not None for limit in limits.values()):
            unused, meant = (
                ("max_r2", "max_auc") if limits["classes"] is None else ("max_auc", "max_r2")
            )
            raise DeclarationError(
                f"`{unused}` is declared, but y holds {kinds[0]}, to which it does not apply; "
                f"declare `{meant}` instead, or both"
            )
        return declared or kinds[:1]

    def _strongest(self, inputs: Inputs, judged: list[int], y: Any, kind: str) -> Measurement:
        """The input that tells most by itself, of those that the model reads."""
        import pandas as pd

        from pytest_mlreqs.measures.association import single_input
        from pytest_mlreqs.measures.influence import influence

        where = influence.positions(len(inputs.frame), self.rows)
        goal = single_input.target(pd.DataFrame(y).iloc[where], classes=kind == "classes")
        unit, limit = "AUC" if kind == "classes" else "R2", self._limit(kind)
        name = f"{unit} of the strongest single input"
        identity = Identity(id=unit.lower(), option=f"max_{unit.lower()}")
        if goal.why:
            return undecided(name, goal.why, **identity)
        rows = inputs.frame.iloc[where[goal.rows]]
        strengths = [(at, single_input.strength(rows.iloc[:, at], goal)) for at in judged]
        strengths.sort(key=lambda one: -one[1].high)
        known: list[tuple[int, Strength]] = []
        unread: list[str] = []
        for column, strength in strengths:
            if inputs.read(column) is False:
                unread += [inputs.names[column]] if strength.high > limit else []
                continue
            known.append((column, strength))
            if strength.high <= limit:  # and all that follow, too
                break
        how = f"{len(judged)} inputs, {number(len(rows))} rows"
        how += f", {number(goal.missing)} without a target" if goal.missing else ""
        how += inputs.how + (f"; not read by the model: {', '.join(unread)}" if unread else "")
        if not known:
            text = f"{name}: the model reads none of them"
            return Measurement(name=name, text=text, ok=True, limit=limit, how=how, **identity)
        beyond = [one for one in known if one[1].low > limit]
        proven = [one for one in beyond if inputs.read(one[0])]
        column, top = max(proven or beyond or known, key=lambda one: one[1].value)
        told = at_most(
            f"{name}, {inputs.names[column]!r},", top.value, limit, interval=(top.low, top.high),
            how=how, worst=[f"{inputs.names[c]} ({number(s.value)})"
                            for c, s in sorted(known, key=lambda one: -one[1].value)[:5]],
            hint="if it is known when the model has to predict, name it in `allowed`; "
            "else take it out of what the model is fitted on", **identity,
        )  # fmt: skip
        if beyond and not proven:
            text = f"{told.text}; {inputs.doubt(column)}"
            return dataclasses.replace(told, name=name, ok=None, text=text)
        told = dataclasses.replace(told, name=name)
        # The strongest input is not always the one with the widest interval.
        wide = next((inputs.names[at] for at, one in known if one.low <= limit < one.high), "")
        if told.ok is False or not wide:
            return told
        why = f"the value of {wide!r} may be above the limit"
        if goal.classes:
            why += f" with {counted(int(goal.wanted.sum(axis=0).min()), 'row')} of the rarest class"
        more = "raise `rows`" if len(inputs.frame) > self.rows else "give more rows of X"
        return told.judged(None, f"{why}; {more}")


def _classifies(model: Any) -> bool:
    return hasattr(model, "classes_") or callable(getattr(model, "predict_proba", None))


def _identifiers(inputs: Inputs, judged: list[int]) -> Measurement:
    from pytest_mlreqs.measures.tables.identifiers import identifier

    alike = {column: identifier(inputs.frame.iloc[:, column]) for column in judged}
    seen = {column: one for column, one in alike.items() if one is not None}
    read = {column: inputs.read(column) for column in seen}
    how = "; ".join(
        f"{inputs.names[column]}: {one.why}"
        + (", not read by the model" if read[column] is False else "")
        for column, one in seen.items()
    )
    hint = "take it out of what the model is fitted on, or name it in `allowed`"
    identity = Identity(id="identifiers", option="no_identifiers")
    found = [column for column, one in seen.items() if read[column] and not one.or_else]
    if found:
        names = [inputs.names[at] for at in found]
        return none_of(_IDENTIFIERS, names, how=how, hint=hint, **identity)
    for column, one in seen.items():
        if read[column] is None:
            return undecided(_IDENTIFIERS, inputs.doubt(column), how=how, **identity)
        if read[column]:
            why = f"{inputs.names[column]!r} holds identifiers or {one.or_else}, which look alike"
            hint = "name it in `allowed` if it holds times; else take it out of the model"
            return undecided(_IDENTIFIERS, why, how=how, hint=hint, **identity)
    return none_of(_IDENTIFIERS, [], how=how, **identity)


def _shared(inputs: Inputs, X_train: Any, limit: int) -> Measurement:
    from pytest_mlreqs.measures.association.shared_rows import shared_rows

    seen = shared_rows(inputs, Rows(X_train, "X_train"), limit)
    twins = seen.twins
    count, chance = len(twins.rows), number(round(twins.chance, 1))
    which = "all that the model reads" if seen.read else "all columns"
    told = Measurement(
        name=_SHARED,
        text=f"{number(count)} of {number(len(inputs.frame))} rows of X stand in the training data "
        f"with {which}, {chance} expected by chance, limit {number(limit)}",
        ok=twins.within(limit),
        value=count,
        limit=limit,
        unit="rows",
        how=f"{counted(len(seen.columns), 'input')}, {number(seen.others)} training rows"
        f"{inputs.how}; {counted(len(twins.near), 'more row')} with one input unlike in training",
        worst=tuple(f"row {row}" for row in twins.rows[:5]),
        id="shared_rows",
        option="max_shared_rows",
        hint="drop repeated rows before the data is split, and split before anything is fitted",
    )
    if told.ok is None:
        why = "chance or copies may have made them; give columns that tell rows apart"
        return told.judged(None, why)
    return told
