"""forbidden_features: the model's score does not depend on what it must not depend on."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.measurement import Fault, Measurement, counted, number, undecided
from pytest_mlreqs.core.option_groups import Method, MostRows, Reason, ShowValues
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.measures.tables.naming import (
    alike,
    is_glob,
    matching,
    missing,
    nearest,
    sounds_like,
)
from pytest_mlreqs.models import family
from pytest_mlreqs.models.family import opened_for
from pytest_mlreqs.models.frames import Opened, columns, with_levels
from pytest_mlreqs.models.harm.altered import Altered
from pytest_mlreqs.models.harm.scores import nudge
from pytest_mlreqs.models.harm.training import biased
from pytest_mlreqs.models.scoring import Scorer, scorers

if TYPE_CHECKING:
    import pandas as pd

    from pytest_mlreqs.measures.influence.influence import Influence
    from pytest_mlreqs.models.batching import Sample

_NAMES = "give a frame, fit the model on one, or forbid columns by position: '0', '1', ..."
_ROWS = 10_000
_PLAIN = 5  # scorings of the rows as they are, beside those for each column
_FEW = 1_000  # rows that show whether columns may change places


class ForbiddenFeatures(Requirement, frozen=True, kw_only=True):
    """No forbidden column has any influence on the model's score.

    Declare this if a column must not be used at all, such as a protected attribute. If it may help
    but must seldom decide, declare `reasons`. If other columns may tell it, declare `proxies` too.

        during      forbids                                            needs
        "predict"   that the score moves with the column               model, X
        "fit"       that training uses it, as a weight or a group      X, y, train
        "both"      either                                             model, X, y, train

    Why
        A model must not rely on protected attributes, and a policy that nobody enforces is broken
        by the next feature (Breck et al. 2017, Data 4). Column names prove nothing: a column may
        be dropped by the pipeline, or come back inside another one.

    Declare
        [tool.mlreqs.forbidden_features]
        columns = ["Age", "Sex"]
        reason = "protected attributes"
        during = "both"                 # "predict" is the default; "fit" needs y and train

    Measures
        Predict: each forbidden column is given other values while all other columns stay, and
        every output is compared before and after. The note `influence` tells how, also for models
        that do not repeat themselves. If `rows` are few, more values are tried.

        Fit: `train`, an estimator or a function (X, y) that returns a fitted model, is fitted
        twice as it is and twice with the column shuffled. Every open seed is set. The outputs for
        held-out rows are compared, in random order where these have noise of their own.

        Levels of the index of X are columns.

    Verdict
        what was seen                                                     verdict
        an output of a row moves                                          violated
        predictions take the attribute as an argument beside the rows     violated
        no output moves                                                   satisfied, with a bound
        no column has the name, nor one like it                           satisfied (*)
        the name is a little other than a column's: case, blanks,         undecided
        look-alike letters, one letter off
        the column has no other value to try                              undecided
        the model refuses all other values                                undecided
        its noise hides too much (see `influence`)                        undecided
        two trainings alike do not give the same model                    undecided

        (*) unless scores move where a field of that name is added, of a model that repeats itself.

        The bound: if no row of n moved, at most 1 - 0.05^(1/n) of such rows would, with 95 %
        confidence. Rows in which noise would hide an influence are not among the n.

        Of models that read no forbidden column at most 1 % are accused, over all columns together.
        Only models that do not repeat themselves can be.

        A column that is read and whose name sounds forbidden (`age_group`) gives a warning;
        `allowed` says that it may.

    Cannot see
        Other columns that tell the same (see `proxies`). A rule that fires for fewer rows than the
        bound says, or after more calls than are made. With a model that gives labels only, an
        influence that crosses no threshold.

        What a model remembers from before the check or outside of the process. What it does only
        where nobody tests it: it may look for pytest, or patch its judge. Where no copy of the
        process can be forked, answers that are remembered by an identifier (see `influence`).
    """

    rubric = ("data 4",)

    columns: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...],
        Meta(
            min_length=1,
            description="columns of X that must have no influence, by name or glob (`race_*`)",
        ),
    ]
    reason: Reason
    during: Annotated[
        Literal["predict", "fit", "both"],
        Meta(
            description="where they must have no influence: on predictions, on training (`fit`), "
            "or on both. Training needs the subjects y and train."
        ),
    ] = "predict"
    rows: MostRows = _ROWS
    method: Method | None = None
    allowed: Annotated[
        tuple[str, ...],
        Meta(description="columns that may be read although their names are like a forbidden one"),
    ] = ()
    show_values: ShowValues = False

    def needs(self) -> tuple[str, ...]:
        """`model` to predict; `y` and `train` to fit."""
        return {
            "predict": ("model", "X"),
            "fit": ("X", "y", "train"),
            "both": ("model", "X", "y", "train"),
        }[self.during]

    def check(
        self, model: Any = None, X: Any = None, y: Any = None, train: Any = None
    ) -> Iterator[Measurement]:
        """Yield one measurement per forbidden column, and per way in which it could enter."""
        rows = opened_for(model, X)
        if rows is None:
            why = f"X is a {type(X).__name__}, which has no columns; give a frame or an array"
            yield from (undecided(_name(one), why, **_identity(one)) for one in self.columns)
            return
        if rows.frame.empty:
            why = "X has no rows"
            yield from (undecided(_name(one), why, **_identity(one)) for one in self.columns)
            return
        rows = with_levels(rows, lambda name: any(matching(one, [name]) for one in self.columns))
        if self.during != "fit":
            yield from self._in_predict(model, X, rows)
        if self.during != "predict":
            yield from self._in_fit(rows, y, train)
        for wanted in self.columns:
            if not matching(wanted, rows.frame.columns):
                yield self._absent(wanted, rows, None if self.during == "fit" else model)

    def _in_predict(self, model: Any, original: Any, given: Opened) -> Iterator[Measurement]:
        from pytest_mlreqs.measures.influence.derived import derived
        from pytest_mlreqs.measures.influence.influence import (
            LEAST_ROWS,
            SCORINGS,
            Asked,
            positions,
        )
        from pytest_mlreqs.measures.influence.other_paths import everywhere
        from pytest_mlreqs.models.arguments import PROTECTED, beside
        from pytest_mlreqs.models.batching import sample
        from pytest_mlreqs.models.copies import copies

        taken = beside(model, self.columns)
        for argument, method in taken.items():
            yield Measurement(
                name=f"{argument} as an argument",
                text=f"{method} takes {argument!r} as an argument beside the rows",
                ok=False,
                how="the signature of the model, and its metadata requests",
                hint="take a model that decides without it",
                id="argument",
                of=argument,
                option="columns",
            )
        if PROTECTED in taken:  # it cannot be called without
            return
        X = given.frame
        offered = [one.on(given) for one in scorers(model, self.method)]
        forbidden, sounding = self._forbidden(X), self._sounding(X)
        scorings = _PLAIN + SCORINGS * max(1, len(forbidden))
        least = LEAST_ROWS if self.rows == _ROWS else None  # what is declared is not cut down
        wanted = positions(len(X), self.rows)
        seen = sample(offered, X, wanted, copies(model), scorings=scorings, least=least)
        asked = Asked(seen, [*forbidden, *sounding])
        told = _Teller(seen, show_values=self.show_values)
        for column, found in everywhere(asked, forbidden):
            measured = told.measured(column, found)
            if measured.ok and family.drops(model, str(X.columns[column])):
                proof = (
                    f"{X.columns[column]!r} is not an input of the model, so the model never "
                    "gets it"
                )
                measured = dataclasses.replace(measured, text=proof)
            if measured.ok is False:
                inner = derived(model, seen.rows, column)
                hint = f"it enters through {', '.join(inner[:5])}; " if inner else ""
                hint += "take it out of what the model is fitted on"
                measured = dataclasses.replace(measured, hint=hint)
            yield measured
        for column, like in sounding.items():
            if asked.influence(column).moved:
                yield _sounds(str(X.columns[column]), like)
        if columns(original) is not None:
            yield from _order(model, offered, seen)

    def _forbidden(self, X: pd.DataFrame) -> list[int]:
        """Positions of the forbidden columns, each once."""
        found = (position for wanted in self.columns for position in matching(wanted, X.columns))
        return list(dict.fromkeys(found))

    def _sounding(self, X: pd.DataFrame) -> dict[int, str]:
        """Positions of columns that sound forbidden, and like which they do."""
        found = {}
        forbidden = self._forbidden(X)
        for column, name in enumerate(map(str, X.columns)):
            like = [wanted for wanted in self.columns if sounds_like(wanted.strip("*"), name)]
            if like and column not in forbidden and name not in self.allowed:
                found[column] = like[0]
        return found

    def _absent(self, wanted: str, rows: Opened, model: Any) -> Measurement:
        """What to say of a name that no column has."""
        from pytest_mlreqs.measures.influence import absent

        if not rows.named:
            why = "the columns of X have no names"
            return undecided(_name(wanted), why, hint=_NAMES, **_identity(wanted))
        names = [one for one in rows.frame.columns if str(one) not in self.allowed]
        there = [*names, *(one for one in rows.frame.index.names if one is not None)]
        near = alike(wanted, there)
        if near is not None:
            hint = f"write the name as the data has it, or list {near!r} under `allowed`"
            why = missing(wanted, there)
            return undecided(_name(wanted), why, hint=hint, **_identity(wanted))
        text = f"{wanted!r} is not among the {len(rows.frame.columns)} columns of X"
        if is_glob(wanted):
            text = f"{wanted!r} fits none of the {len(rows.frame.columns)} columns of X"
        elif model is not None:
            few = rows.frame.iloc[: absent.ROWS]
            offered = [one.on(rows) for one in scorers(model, self.method)]
            if any(absent.reads(one, few, wanted) for one in offered):
                return Measurement(
                    name=_name(wanted),
                    text=f"the model reads {wanted!r} if it is given: {text}, and adding it "
                    "moves scores, limit 0 rows",
                    ok=False,
                    how=f"a few values in {counted(len(few), 'row')}, beside the same values "
                    "under a name that means nothing",
                    hint="take the field out of what the model looks for",
                    **_identity(wanted),
                )
        text += ", so it has no influence"
        close = nearest(wanted, names)
        return Measurement(
            name=_name(wanted),
            text=text,
            ok=True,
            value=0,
            limit=0,
            unit="rows",
            warning=f"{text}; did you mean {close!r}?" if close else "",
            **_identity(wanted),
        )

    def _in_fit(self, given: Opened, y: Any, train: Any) -> Iterator[Measurement]:
        from pytest_mlreqs.measures.influence.influence import ERROR
        from pytest_mlreqs.measures.influence.refit import refit

        forbidden = self._forbidden(given.frame)
        for column in forbidden:
            shown = str(given.frame.columns[column])
            name = f"held-out rows moved by {shown} in fit"
            seen = refit(train, given, y, column, level=ERROR / len(forbidden), named=self.method)
            noise = f", p = {number(seen.p)} by the noise of its scores" if seen.p < 1 else ""
            how = (
                f"{seen.fits} fits, {', '.join(seen.scorers)} on {number(seen.rows)} held-out "
                "rows, the column shuffled among the training rows, changes up to "
                f"{number(seen.tolerance)} ignored{noise}"
            )
            if seen.why:
                yield undecided(name, seen.why, how=how, **_identity(shown, "_in_fit"))
                continue
            moved = f"{number(seen.moved)} of {number(seen.rows)} held-out rows"
            text = f"shuffling {shown!r} before training moves {moved}"
            if seen.moved:
                text += f" by {number(seen.mean)} on average, limit 0 rows"
            yield Measurement(
                name=name,
                text=text,
                ok=not seen.moved,
                value=seen.moved,
                limit=0,
                unit="rows",
                how=how,
                hint="look for weights, grouping or encoding by it in training",
                **_identity(shown, "_in_fit"),
            )

    def plant(
        self, model: Any = None, X: Any = None, y: Any = None, train: Any = None
    ) -> Iterator[Planted]:
        """A score nudged by 1 % of its range, one forbidden column at a time."""
        rows = opened_for(model, X)
        if rows is None:
            return
        X = rows.frame
        for wanted in self.columns:
            found = matching(wanted, X.columns)
            for column in found:
                name, values = X.columns[column], X.iloc[:, column]
                what = f"the score moves by 1 % of its range with {name!r}"
                if self.during != "fit":
                    yield Planted(what, {"model": Altered(model, nudge(column, values))})
                if self.during != "predict":
                    yield Planted(f"{what} in training", {"train": biased(train, column)})
            if not found and self.during == "predict":
                added = X.assign(**{wanted: [row % 2 for row in range(len(X))]})
                what = f"a column {wanted!r} is there, and the score moves by 1 % of its range"
                alter = nudge(len(X.columns), added[wanted], hidden=rows.back)
                yield Planted(what, {"model": Altered(model, alter), "X": added})


def _sounds(name: str, like: str) -> Measurement:
    """Warn of a column that the model reads; never a verdict."""
    text = f"the model reads {name!r}, which sounds like {like!r}"
    return Measurement(
        name=f"name of {name}",
        text=text + "; a name proves nothing, so this is no violation",
        ok=True,
        warning=f"{text}: forbid it too, or list it under `allowed`",
        id="name",
        of=name,
    )


def _order(model: Any, offered: Sequence[Scorer], seen: Sample) -> Iterator[Measurement]:
    """Tell of a model that knows the names of its inputs, and yet goes by their position.

    It is called as its library calls it: the adapter refuses what LightGBM scores silently wrong.
    """
    from pytest_mlreqs.measures.influence.ordering import order

    if len(family.inputs(model) or ()) != seen.rows.shape[1]:
        return
    score = next(one for one in offered if one.name == seen.names[0])
    bare = getattr(model, score.name, None)
    try:
        found = order(dataclasses.replace(score, call=bare) if bare else score, seen.rows[:_FEW])
    except Fault:  # it takes no batch of that size
        return
    if found is not None and found.positional:
        text = (
            f"the model goes by the position of columns: in another order {score.name} of "
            f"{number(found.moved)} of {number(found.rows)} rows moves by up to "
            f"{number(found.largest)} without an error"
        )
        yield Measurement(name="order of columns", text=text, ok=True, id="order", of="columns")


def _name(column: str) -> str:
    return f"rows moved by {column}"


def _identity(column: str, where: str = "") -> Identity:
    return Identity(id=f"rows_moved{where}", of=column, option="columns")


def _counts(seen: Influence) -> Iterator[str]:
    """Which outputs moved, and where it is not in the same number of rows, in how many."""
    if len(set(seen.counts)) == 1:
        yield f"{', '.join(seen.outputs)} moved"
        return
    for name, count in zip(seen.outputs, seen.counts, strict=True):
        yield f"{name} moved in {counted(count, 'row')}"


class _Teller:
    """Puts what came of columns of one sample into words."""

    def __init__(self, sample: Sample, *, show_values: bool) -> None:
        self._sample = sample
        self._show_values = show_values
        from pytest_mlreqs.models.comparing import labels_only

        kinds = zip(sample.names, sample.baseline, strict=True)
        self._labels = {name for name, output in kinds if labels_only(output)}

    def measured(self, column: int, seen: Influence) -> Measurement:
        """How many rows one column moves."""
        names = list(map(str, self._sample.rows.columns))
        name = names[column]
        if names.count(name) > 1:  # 1 and "1", or the same twice
            name += f" (column {column})"
        if not seen.moved and seen.why:
            how = self._how(seen)
            return undecided(_name(name), seen.why, how=how, **_identity(name))
        rows = number(seen.rows)
        if seen.moved:
            text = f"the model reads {name!r}: changing nothing else moves {self._moved(seen)}"
        else:
            text = f"{name!r} moves {self._sample.names[0]} of 0 of {rows} rows"
            if seen.unseen:
                text += f"; in {number(seen.unseen)} of them the model's own noise would hide it"
            text += f"; at most {number(100 * seen.bound)} % of such rows could (95 %)"
        return Measurement(
            name=_name(name),
            text=text,
            ok=not seen.moved,
            value=seen.moved,
            limit=0,
            unit="rows",
            how=self._how(seen),
            worst=tuple(self._row(column, seen, *row) for row in seen.worst),
            **_identity(name),
        )

    def _moved(self, seen: Influence) -> str:
        size = ""
        if seen.outputs[0] not in self._labels:
            far = math.isfinite(seen.largest)
            size = f" by up to {number(seen.largest)}" if far else " by an infinite amount"
        least = "" if seen.exact else "at least "
        of = "" if seen.where else f" of {number(seen.rows)}"
        moved = seen.outputs if seen.counts[0] < seen.moved else seen.outputs[:1]  # in all of them
        text = f"{' or '.join(moved)} of {least}{number(seen.moved)}{of} rows{size}"
        return f"{text}{seen.where and ', ' + seen.where}, limit 0 rows"

    def _how(self, seen: Influence) -> str:
        noise = "it does not repeat itself: calls in random order"
        noise += f" differ by chance with p = {number(seen.p)}" if seen.p < 1 else ""
        parts = [
            f"{', '.join(self._sample.names)} on {counted(seen.rows, 'row')}",
            self._sample.note,
            f"{counted(seen.tried, 'set')} of other values",
            f"{counted(seen.calls, 'call')}, {self._sample.copies.how}",
            "" if seen.exact else noise,
            ", ".join(_counts(seen)),
            f"{counted(seen.refused, 'set')} refused by the model" if seen.refused else "",
            "the same without the column" if seen.dispensable else "",
        ]
        only = self._labels.issuperset(self._sample.names)
        unseen = "; labels only: an influence that crosses no threshold is not seen"
        return ", ".join(filter(None, parts)) + (unseen if only else "")

    def _row(self, column: int, seen: Influence, row: int, change: float) -> str:
        value = ""
        if self._show_values:
            at = list(self._sample.where).index(row)
            value = f", {self._sample.rows.columns[column]}={self._sample.rows.iloc[at, column]!s}"
        label = seen.outputs[0] in self._labels or not math.isfinite(change)
        return f"row {row}{value}" + ("" if label else f" ({number(change)})")
