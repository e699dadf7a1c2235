"""reasons: watched columns are rarely what decides a single prediction."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, structs

from pytest_mlreqs.core.evidence import Offender, Offenders
from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.limits import at_most
from pytest_mlreqs.core.measurement import Fault, Measurement, number, undecided
from pytest_mlreqs.core.option_groups import Method, MostRows, Reason
from pytest_mlreqs.core.requirement import Planted, Requirement
from pytest_mlreqs.measures.tables.naming import matching, missing
from pytest_mlreqs.models.harm.altered import Altered
from pytest_mlreqs.models.harm.scores import halved
from pytest_mlreqs.models.model import Model
from pytest_mlreqs.models.rows import Rows
from pytest_mlreqs.models.scoring import Scorer, decisions

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from pytest_mlreqs.measures.influence.redraw import Reasons as Found
    from pytest_mlreqs.measures.influence.redraw import Standing
    from pytest_mlreqs.models.copies import Copies


class Reasons(Requirement, frozen=True, kw_only=True):
    """Watched columns are among the main reasons of a prediction in few rows only.

    Declare this if a column may help the model, but must seldom be what decides. If it must have
    no influence at all, declare `forbidden_features`.

    Why
        A postal code is nearly a race, and users can fake a field. Such columns may help a model,
        but must not carry its decisions. A policy on features is worth what enforces it (Breck et
        al. 2017, Data 4).

    Declare
        [tool.mlreqs.reasons]
        watch = ["zip"]
        reason = "the postal code stands in for origin"
        max_share = 0.05

    Measures
        The effect of a column on a row. The column is given up to `redraws` values, spread evenly
        over those in X, while all else stays. The effect is the mean absolute change of the score:
        over classes the largest; for labels, whether it changed.

        The reasons of a row are the `top` columns of the largest effect. A column without effect
        never is one, nor is a tie. In rows that do not repeat exactly, a change within three times
        what repeated calls move is no effect.

        Labels beside a score are judged as well where they do not follow from it, as with a
        threshold for each group. The worse of both counts. Each call is made on a fresh copy of
        the process, as in `influence`.

        It takes columns x rows x redraws predictions, unless no watched column has any effect.

    Verdict
        On the share of rows, by its exact interval (see `intervals`). Of models that keep within
        the limit, at most 2.5 % are accused, per watched column. If X has no more than `rows`
        rows, all are taken and the share is exact.

        Rows where the order of two columns is within the error of their effects count against both
        verdicts. If the noise of a model hides the reasons, it is undecided.

    Cannot see
        Other columns that tell the same. Reasons made of several columns that do nothing one at a
        time. Values that fewer than one in `redraws` rows have. Rows with changed values may be
        unlike all real ones.

        LIME and SHAP (`explain`) are shown beside the worst row and have no say, for these reasons
        (after Slack et al. 2020):

            model                                  LIME     SHAP       redraw
            does not read the column: it is        8 %      -          never
            among the top 3, logistic
            ... with an interaction                92 %     -          never
            decides by race on real rows, else     0 %      4 to 28 %  48 to 55 %
            on rows that look made up: race is
            the main reason

        `forbidden_features` saw the last one in all rows.
    """

    rubric = ("data 4",)

    watch: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...],
        Meta(
            min_length=1,
            description="columns of X that must seldom decide, by name or glob (`zip_*`)",
        ),
    ]
    reason: Reason
    top: Annotated[
        int, Meta(ge=1, description="how many columns count as the main reasons of a row")
    ] = 3
    max_share: Annotated[
        float,
        Meta(
            ge=0,
            lt=1,
            description="largest share of rows, 0 to 1, with a watched column as a main reason",
        ),
    ] = 0.05
    rows: MostRows = 200
    redraws: Annotated[
        int,
        Meta(
            ge=10,
            description="most values that a column is given in each row. Raise it if effects are "
            "too close to rank.",
        ),
    ] = 50
    method: Method | None = None
    explain: Annotated[
        Literal["none", "lime", "shap"],
        Meta(
            description="what explains the worst row of a violation beside the verdict. It needs "
            "the extra of its name and has no say."
        ),
    ] = "none"

    def check(self, model: Model, X: Rows) -> Iterator[Measurement]:
        """Yield one measurement per watched column."""
        from pytest_mlreqs.measures.influence import influence, redraw
        from pytest_mlreqs.models.copies import copies

        frame = X.frame
        watched = {wanted: matching(wanted, frame.columns) for wanted in self.watch}
        columns = list(dict.fromkeys(at for found in watched.values() for at in found))
        for wanted in (wanted for wanted, found in watched.items() if not found):
            why = missing(wanted, frame.columns)
            hint = f"X has {', '.join(map(str, frame.columns[:10]))}"
            yield undecided(_name(wanted), why, hint=hint, **_identity(wanted))
        if not columns:
            return
        where = influence.positions(len(X), self.rows)
        apart = copies(model.raw)
        offered = decisions(model.raw, frame.iloc[where], X.opened, self.method, run=apart.run)
        judged = _judged(offered, frame.iloc[where], apart)
        rows = f"{number(len(where))} of {number(len(X))}" if len(where) < len(X) else "all"
        told: dict[int, list[tuple[Measurement, Standing]]] = {at: [] for at in columns}
        for score, labels in judged:
            found = redraw.reasons(
                score, frame, where, columns, top=self.top, redraws=self.redraws, copies=apart
            )
            how = _how(f"{score.name} on {rows} rows", found, frame.shape[1], labels=labels)
            for one in found.standings:
                name = str(frame.columns[one.column])
                level = 1 / len(judged)
                told[one.column].append((self._told(name, one, where, len(X), how, level), one))
        for of_outputs in told.values():
            worst, standing = min(of_outputs, key=lambda one: (False, None, True).index(one[0].ok))
            broken = worst.ok is False
            yield self._explained(worst, model.raw, X.raw, where, standing) if broken else worst

    def plant(self, model: Model, X: Rows) -> Iterator[Planted]:
        """A score that follows one watched column alone."""
        from pytest_mlreqs.measures.influence import redraw

        frame = X.frame
        for column in dict.fromkeys(
            at for one in self.watch for at in matching(one, frame.columns)
        ):
            upper = redraw.upper_half(frame.iloc[:, column], self.redraws)
            if upper is not None:
                what = f"the score follows {frame.columns[column]!r} alone"
                harmed = Altered(model.raw, halved(column, upper, X.opened.back))
                yield Planted(what, {"model": harmed, "X": frame})

    def _told(
        self,
        column: str,
        standing: Standing,
        where: np.ndarray[Any, Any],
        total: int,
        how: str,
        part: float,
    ) -> Measurement:
        """How one column stands among the reasons, for one output with a part of the error."""
        from pytest_mlreqs.measures.statistics import proportion

        if standing.why:
            why = f"the model refuses other values of it: {standing.why}"
            return undecided(_name(column), why, how=how, **_identity(column))
        rows = len(where)
        certain, possible = int(standing.certain.sum()), int(standing.possible.sum())
        share = int(standing.ranked.sum()) / rows
        low, high = proportion.bounds(
            certain, possible, rows, sampled=rows < total, error=0.05 * part
        )
        order = (-standing.effect * standing.ranked).argsort(kind="stable")[:5]
        worst = tuple(
            Offender(where[at], standing.effect[at]) for at in order if standing.ranked[at]
        )
        close = possible - certain
        held = at_most(
            _name(column), 100 * share, 100 * self.max_share, "%",
            interval=None if low == high else (100 * low, 100 * high),
            how=how + (f"; {number(close)} rows too close to call" if close else ""),
            evidence=(Offenders(what="row", items=worst),),
            hint=f"see what the model makes of {column!r} in these rows, or leave it out",
            **_identity(column),
        )  # fmt: skip
        if held.ok is not None:
            return held
        settled = certain / rows > self.max_share or possible / rows <= self.max_share
        if rows < total and settled:
            needed = proportion.rows_needed(share, self.max_share, total)
            why = f"{number(rows)} rows are too few to settle it; about {number(needed)} would"
            why += ", if the share stays as it is" if needed < total else ""
            hint = f"rows = {needed}"
        else:
            why = f"in {number(close)} rows the effects are too close or too noisy to rank"
            hint = "raise redraws; if the model answers at random, seed it"
        text = f"{held.text}: undecided because {why}"
        return dataclasses.replace(held, text=text, hint=hint)

    def _explained(
        self, told: Measurement, model: Any, X: Any, where: Any, standing: Standing
    ) -> Measurement:
        """The violation with an explanation of its worst row, or with why there is none."""
        if self.explain == "none":
            return told
        import importlib

        from pytest_mlreqs.explain import Unexplained

        method = importlib.import_module(f"pytest_mlreqs.explain.{self.explain}")
        row = int(where[(standing.effect * standing.ranked).argmax()])
        try:
            shown = method.explain(model, X, row)
        except Unexplained as error:
            return dataclasses.replace(told, hint=f"{told.hint}; no explanation: {error}")
        four = [
            structs.replace(one, items=one.items[:4])  # five are shown
            for one in told.evidence
            if isinstance(one, Offenders)
        ]
        explained = Offenders(what="", items=(Offender(str(shown)),))
        return dataclasses.replace(told, evidence=(*four, explained))


def _judged(
    offered: Sequence[Scorer], rows: pd.DataFrame, apart: Copies
) -> list[tuple[Scorer, bool]]:
    """The outputs that are judged, and whether each gives labels only.

    The score, and beside it labels that do not follow from it.
    """
    from pytest_mlreqs.models.comparing import labels_only
    from pytest_mlreqs.models.outputs import follows

    first, *others = offered
    score = apart.run(lambda: first.probed(rows))
    found = [(first, labels_only(score))]
    for other in others:
        try:
            labels = apart.run(lambda: other.probed(rows))  # noqa: B023
        except Fault as fault:
            if fault.__cause__ is None:  # it answered, and wrongly
                raise
            continue
        if not follows(labels, score):
            found.append((other, True))
    return found


def _name(column: str) -> str:
    return f"share of rows with {column!r} as a top reason"


def _identity(column: str) -> Identity:
    return Identity(id="share_of_rows", of=column, option="max_share")


def _how(what: str, found: Found, columns: int, *, labels: bool) -> str:
    parts = [
        what,
        f"{number(columns)} columns x {number(found.draws)} values",
        f"{number(found.calls)} calls",
        f"effects up to {number(found.tolerance)} ignored",
        f"{number(found.refused)} columns refused by the model" if found.refused else "",
    ]
    said = "; labels only: an effect is the share of values that change the label"
    return ", ".join(filter(None, parts)) + (said if labels else "")
