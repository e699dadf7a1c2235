"""forbidden_features: the model's score does not depend on what it must not depend on."""

from __future__ import annotations

import dataclasses
import difflib
import fnmatch
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from pytest_mlreqs.measurement import Measurement, number, undecided
from pytest_mlreqs.models.altered import Alter, Altered
from pytest_mlreqs.models.frames import opened
from pytest_mlreqs.models.scoring import Scorer, scorer
from pytest_mlreqs.requirement import Planted, Requirement

if TYPE_CHECKING:
    import pandas as pd

    from pytest_mlreqs.measures.influence import Influence


_NAMES = "give a frame, fit the model on one, or forbid columns by position: '0', '1', ..."


class ForbiddenFeatures(Requirement, frozen=True, kw_only=True):
    """No forbidden column has any influence on the model's score.

    Why
        A model must not rely on protected attributes, and a policy that nobody enforces is broken
        by the next feature (Breck et al. 2017, Data 4). Column names prove nothing: a column may
        be dropped by the pipeline, or come back inside another one.

    Declare
        [tool.mlreqs.forbidden_features]
        columns = ["Age", "Sex"]
        reason = "protected attributes"

    Measures
        Each forbidden column is given other values that occur in the data, while all other columns
        stay: every value where there are few, else the smallest, the largest and seven shifts by
        rank (numbers), or permutations (categories). The most continuous output of the model is
        compared before and after. A change counts beyond three times what repeated calls move, and
        only if it shows again when tried twice more.

    Verdict
        Violated when the score of any row moves. Satisfied otherwise, with the bound for what was
        not seen: if no row of n moved, at most 3/n of such rows would, with 95 % confidence
        (Hanley and Lippman-Hand 1983). Undecided where the column has no other value to try, or
        the model refuses all of them. A model that does not read the column is never accused: its
        output is the same, or noisy and then not the same twice in the same rows.

    Cannot see
        Use of the column in training only (weights, encodings), other columns that tell the same,
        and a rule that fires for fewer rows than the bound says. With a model that gives labels
        only, an influence that crosses no threshold.
    """

    rubric = "data 4"

    columns: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...],
        Meta(min_length=1, description="forbidden columns of X, by name or glob (`race_*`)"),
    ]
    reason: Annotated[str, Meta(min_length=1, description="why they are forbidden")]
    rows: Annotated[
        int,
        Meta(ge=1, description="how many rows of X are tried, drawn at random with a fixed seed"),
    ] = 10_000

    def check(self, model: Any, X: Any) -> Iterator[Measurement]:
        """Yield one measurement per forbidden column."""
        from pytest_mlreqs.measures import influence

        seen_as = opened(X, model)
        if seen_as is None:
            why = f"X is a {type(X).__name__}, which has no columns; give a frame or an array"
            yield from (undecided(_name(column), why) for column in self.columns)
            return
        X = seen_as.frame
        if X.empty:
            yield from (undecided(_name(column), "X has no rows") for column in self.columns)
            return
        where = influence.positions(len(X), self.rows)
        rows = X.iloc[where]
        score = scorer(model).on(seen_as)
        baseline = score.probed(rows)
        for wanted in self.columns:
            found = _matching(wanted, X.columns)
            if not found and not seen_as.named:
                yield undecided(_name(wanted), "the columns of X have no names", hint=_NAMES)
            elif not found:
                yield _absent(wanted, X.columns)
            for column in found:
                seen = influence.influence(score, rows, column, baseline, where)
                told = _told(
                    str(X.columns[column]), seen, score, labels=baseline.dtype.kind not in "fc"
                )
                if told.ok is False:
                    inner = influence.derived(model, rows, column)
                    hint = f"it enters through {', '.join(inner[:5])}; " if inner else ""
                    hint += "take it out of what the model is fitted on"
                    told = dataclasses.replace(told, hint=hint)
                yield told

    def plant(self, model: Any, X: Any) -> Iterator[Planted]:
        """A score nudged by 1 % of its range, one forbidden column at a time."""
        seen_as = opened(X, model)
        if seen_as is None:
            return
        X = seen_as.frame
        for wanted in self.columns:
            found = _matching(wanted, X.columns)
            for column in found:
                name = X.columns[column]
                what = f"the score moves by 1 % of its range with {name!r}"
                yield Planted(
                    what,
                    {
                        "model": Altered(model, _nudge(column, X.iloc[:, column], seen_as.back)),
                        "X": X,
                    },
                )
            if not found:
                added = X.assign(**{wanted: [row % 2 for row in range(len(X))]})
                what = (
                    f"a column {wanted!r} is there, and the score moves by 1 % of its range with it"
                )
                alter = _nudge(len(X.columns), added[wanted], seen_as.back, hidden=True)
                yield Planted(what, {"model": Altered(model, alter), "X": added})


def _name(column: str) -> str:
    return f"rows moved by {column}"


def _matching(wanted: str, columns: Any) -> list[int]:
    """Positions of the columns that a name or glob means."""
    names = [str(column) for column in columns]
    if wanted in names:  # a name with brackets in it is a name first
        return [position for position, name in enumerate(names) if name == wanted]
    return [p for p, name in enumerate(names) if fnmatch.fnmatchcase(name, wanted)]


def _absent(wanted: str, columns: Any) -> Measurement:
    names = [str(column) for column in columns]
    same = [name for name in names if _letters(name) == _letters(wanted)]
    if same:
        why = f"no column of X is called {wanted!r}; did you mean {same[0]!r}?"
        return undecided(_name(wanted), why, hint="write the name as the data has it")
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.8)
    text = f"{wanted!r} is not among the {len(names)} columns of X, so it has no influence"
    text += f" (the nearest is {near[0]!r})" if near else ""
    return Measurement(name=_name(wanted), text=text, ok=True, value=0, limit=0, unit="rows")


def _letters(name: str) -> str:
    return re.sub(r"[\s_\-]", "", name).casefold()


def _told(column: str, seen: Influence, score: Scorer, *, labels: bool) -> Measurement:
    how = (
        f"{score.name} on {number(seen.rows)} rows, {seen.tried} sets of other values, "
        f"{seen.calls} calls, changes up to {number(seen.tolerance)} ignored"
    )
    how += f", {seen.refused} sets refused by the model" if seen.refused else ""
    how += "; labels only: an influence that crosses no threshold is not seen" if labels else ""
    if seen.moved:
        size = "" if labels else f" by up to {number(seen.largest)}"
        return Measurement(
            name=_name(column),
            text=f"the model reads {column!r}: changing nothing else moves {score.name} of "
            f"{number(seen.moved)} of {number(seen.rows)} rows{size}, limit 0 rows",
            ok=False,
            value=seen.moved,
            limit=0,
            unit="rows",
            how=how,
            worst=tuple(
                f"row {row}" + ("" if labels else f" ({number(change)})")
                for row, change in seen.worst
            ),
        )
    if seen.why:
        return undecided(_name(column), seen.why, how=how)
    bound = f"; at most {number(300 / seen.rows)} % of such rows could (95 %)"
    return Measurement(
        name=_name(column),
        text=f"{column!r} moves {score.name} of 0 of {number(seen.rows)} rows"
        + (bound if seen.rows >= 30 else ""),
        ok=True,
        value=0,
        limit=0,
        unit="rows",
        how=how,
    )


def _nudge(
    column: int,
    values: pd.Series[Any],
    back: Callable[[pd.DataFrame], Any],
    *,
    hidden: bool = False,
) -> Alter:
    """Scores moved by 1 % of their range in rows whose value is one of every other observed."""
    import numpy as np

    chosen = set(values.dropna().map(repr).unique()[::2])

    def alter(call: Callable[[Any], Any], X: pd.DataFrame) -> Any:
        mask = X.iloc[:, column].map(repr).isin(chosen).to_numpy()
        output = np.asarray(call(back(X.drop(columns=X.columns[column]) if hidden else X)))
        mask = mask.reshape(-1, *[1] * (output.ndim - 1))
        if output.dtype.kind not in "fiub":
            return np.where(mask, "planted", output.astype(object))
        span = float(output.max() - output.min()) if output.size else 0.0
        return output + mask * 0.01 * (span or 1.0)

    return alter
