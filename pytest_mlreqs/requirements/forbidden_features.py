"""forbidden_features: the model's score does not depend on what it must not depend on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from pytest_mlreqs.core.measurement import Fault, Measurement, Undecided, or_undecided
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
from pytest_mlreqs.models.frames import Opened, columns, with_levels
from pytest_mlreqs.models.harm.altered import Altered
from pytest_mlreqs.models.harm.scores import nudge
from pytest_mlreqs.models.harm.training import biased
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows
from pytest_mlreqs.models.scoring import Scorer
from pytest_mlreqs.requirements.words import forbidden_features as words

if TYPE_CHECKING:
    import pandas as pd

    from pytest_mlreqs.measures.influence.influence import Asked
    from pytest_mlreqs.models.batching import Sample

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
        self, model: Model | None = None, X: Rows | None = None, y: Any = None, train: Any = None
    ) -> Iterator[Measurement]:
        """Yield one measurement per forbidden column, and per way in which it could enter."""
        assert X is not None  # see `needs`
        rows = with_levels(
            X.opened, lambda name: any(matching(one, [name]) for one in self.columns)
        )
        judged = model if self.during != "fit" else None
        if judged is not None:
            yield from self._in_predict(judged, X, rows)
        if self.during != "predict":
            yield from self._in_fit(rows, y, train)
        for wanted in self.columns:
            if not matching(wanted, rows.frame.columns):
                absent = partial(self._absent, wanted, rows, X, judged)
                yield or_undecided(words.moved_by(wanted), absent, **words.identity(wanted))

    def _in_predict(self, model: Model, X: Rows, given: Opened) -> Iterator[Measurement]:
        from pytest_mlreqs.measures.influence.derived import derived
        from pytest_mlreqs.measures.influence.other_paths import everywhere
        from pytest_mlreqs.models.arguments import PROTECTED, beside

        taken = beside(model.raw, self.columns)
        yield from (words.argument(name, method) for name, method in taken.items())
        if PROTECTED in taken:  # it cannot be called without
            return
        frame, offered = given.frame, [one.on(given) for one in model.offered]
        forbidden, sounding = self._forbidden(frame), self._sounding(frame)
        asked = self._asked(model, offered, frame, forbidden, sounding)
        seen, told = asked.sample, words.Words(asked.sample, show_values=self.show_values)
        for column, found in everywhere(asked, forbidden):
            measured = told.measured(column, found)
            if measured.ok and family.drops(model.raw, str(frame.columns[column])):
                measured = words.no_input(measured, frame.columns[column])
            if measured.ok is False:
                inner = derived(model.raw, seen.rows, column)
                hint = f"it enters through {', '.join(inner[:5])}; " if inner else ""
                hint += "take it out of what the model is fitted on"
                measured = dataclasses.replace(measured, hint=hint)
            yield measured
        for column, like in sounding.items():
            if asked.influence(column).moved:
                yield words.sounds(str(frame.columns[column]), like)
        if columns(X.raw) is not None:
            yield from _order(model, offered, seen)

    def _asked(
        self,
        model: Model,
        offered: Sequence[Scorer],
        frame: pd.DataFrame,
        forbidden: Sequence[int],
        sounding: Iterable[int],
    ) -> Asked:
        """What tells the influence of the columns, on rows that there is time for."""
        from pytest_mlreqs.measures.influence import influence
        from pytest_mlreqs.models.batching import sample
        from pytest_mlreqs.models.copies import copies

        scorings = _PLAIN + influence.SCORINGS * max(1, len(forbidden))
        least = influence.LEAST_ROWS if self.rows == _ROWS else None  # no declared number is cut
        wanted = influence.positions(len(frame), self.rows)
        kept = copies(model.raw)
        seen = sample(offered, frame, wanted, kept, scorings=scorings, least=least)
        return influence.Asked(seen, [*forbidden, *sounding])

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

    def _absent(self, wanted: str, rows: Opened, X: Rows, model: Model | None) -> Measurement:
        """What to say of a name that no column has."""
        from pytest_mlreqs.measures.influence import absent

        names = [one for one in X.labels if str(one) not in self.allowed]
        there = [*names, *(one for one in rows.frame.index.names if one is not None)]
        near = alike(wanted, there)
        if near is not None:
            hint = f"write the name as the data has it, or list {near!r} under `allowed`"
            raise Undecided(missing(wanted, there), hint=hint)
        text = f"{wanted!r} is not among the {len(rows.frame.columns)} columns of X"
        if is_glob(wanted):
            text = f"{wanted!r} fits none of the {len(rows.frame.columns)} columns of X"
        elif model is not None:
            few = rows.frame.iloc[: absent.ROWS]
            if any(absent.reads(one.on(rows), few, wanted) for one in model.offered):
                return words.read_if_there(wanted, text, len(few))
        return words.not_there(wanted, text, nearest(wanted, names))

    def _in_fit(self, given: Opened, y: Any, train: Any) -> Iterator[Measurement]:
        from pytest_mlreqs.measures.influence.influence import ERROR
        from pytest_mlreqs.measures.influence.refit import refit

        forbidden = self._forbidden(given.frame)
        for column in forbidden:
            seen = refit(train, given, y, column, level=ERROR / len(forbidden), named=self.method)
            yield words.in_fit(str(given.frame.columns[column]), seen)

    def plant(
        self, model: Any = None, X: Rows | None = None, y: Any = None, train: Any = None
    ) -> Iterator[Planted]:
        """A score nudged by 1 % of its range, one forbidden column at a time."""
        assert X is not None  # see `needs`
        frame = X.frame
        for wanted in self.columns:
            found = matching(wanted, frame.columns)
            for column in found:
                name, values = frame.columns[column], frame.iloc[:, column]
                what = f"the score moves by 1 % of its range with {name!r}"
                if self.during != "fit":
                    yield Planted(what, {"model": Altered(model, nudge(column, values))})
                if self.during != "predict":
                    yield Planted(f"{what} in training", {"train": biased(train, column)})
            if not found and self.during == "predict":
                added = frame.assign(**{wanted: [row % 2 for row in range(len(X))]})
                what = f"a column {wanted!r} is there, and the score moves by 1 % of its range"
                alter = nudge(len(frame.columns), added[wanted], hidden=X.opened.back)
                yield Planted(what, {"model": Altered(model, alter), "X": added})


def _order(model: Model, offered: Sequence[Scorer], seen: Sample) -> Iterator[Measurement]:
    """Whether a model that knows the names of its inputs goes by their position.

    It is called as its library calls it: the adapter refuses what LightGBM scores silently wrong.
    """
    from pytest_mlreqs.measures.influence.ordering import order

    if len(family.inputs(model.raw) or ()) != seen.rows.shape[1]:
        return
    score = next(one for one in offered if one.name == seen.names[0])
    bare = getattr(model.raw, score.name, None)
    try:
        found = order(dataclasses.replace(score, call=bare) if bare else score, seen.rows[:_FEW])
    except Fault:  # it takes no batch of that size
        return
    if found is not None and found.positional:
        yield words.position(found, score.name)
