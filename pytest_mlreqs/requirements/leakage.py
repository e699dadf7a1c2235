"""leakage: nothing that the model reads gives the answer away."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from pytest_mlreqs.core.measurement import (
    DeclarationError,
    Measurement,
    number,
    or_undecided,
    undecided,
)
from pytest_mlreqs.core.option_groups import Method, MostRows
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.measures.tables.naming import alike, missing
from pytest_mlreqs.models.harm.scores import reading_more
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows
from pytest_mlreqs.requirements.words import leakage as words

if TYPE_CHECKING:
    from pytest_mlreqs.measures.influence.reading import Inputs

_USUAL = 0.95  # limit of AUC or R2


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
        from pytest_mlreqs.measures.tables.identifiers import identifier

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
            name, own = words.of_strongest(kind)
            yield or_undecided(name, partial(self._strongest, inputs, judged, y, kind), **own)
        if self.no_identifiers:
            alike_ones = {at: identifier(inputs.frame.iloc[:, at]) for at in judged}
            found = {at: one for at, one in alike_ones.items() if one is not None}
            yield words.identifiers(inputs, found)
        if self.max_shared_rows is not None:
            shared = partial(self._shared, inputs, X_train, self.max_shared_rows)
            yield or_undecided(words.SHARED, shared, id="shared_rows", option="max_shared_rows")

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
        from pytest_mlreqs.measures.association.strongest import strongest
        from pytest_mlreqs.measures.influence import influence

        where = influence.positions(len(inputs.frame), self.rows)
        goal = single_input.target(pd.DataFrame(y).iloc[where], classes=kind == "classes")
        limit = self._limit(kind)
        seen = strongest(inputs, inputs.frame.iloc[where[goal.rows]], goal, judged, limit)
        return words.strongest(kind, inputs, goal, len(judged), limit, self.rows, seen)

    def _shared(self, inputs: Inputs, X_train: Any, limit: int) -> Measurement:
        """The rows of X that stand in the training data."""
        from pytest_mlreqs.measures.association.shared_rows import shared_rows

        seen = shared_rows(inputs, Rows(X_train, "X_train"), limit)
        return words.shared(inputs, limit, seen)


def _classifies(model: Any) -> bool:
    return hasattr(model, "classes_") or callable(getattr(model, "predict_proba", None))
