"""forbidden_features: what is said of columns that a model reads, or of which nobody knows."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_mlreqs.core.evidence import Offender, Offenders
from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.measurement import Measurement, counted, number, undecided

if TYPE_CHECKING:
    from pytest_mlreqs.measures.influence.influence import Influence
    from pytest_mlreqs.measures.influence.ordering import Ordering
    from pytest_mlreqs.measures.influence.refit import Refit
    from pytest_mlreqs.models.batching import Sample


def moved_by(column: str) -> str:
    """What is measured of a column."""
    return f"rows moved by {column}"


def identity(column: str, where: str = "") -> Identity:
    """What programs know it by."""
    return Identity(id=f"rows_moved{where}", of=column, option="columns")


def argument(name: str, method: str) -> Measurement:
    """A method takes the attribute beside the rows."""
    return Measurement(
        name=f"{name} as an argument",
        text=f"{method} takes {name!r} as an argument beside the rows",
        ok=False,
        how="the signature of the model, and its metadata requests",
        hint="take a model that decides without it",
        id="argument",
        of=name,
        option="columns",
    )


def sounds(name: str, like: str) -> Measurement:
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


def no_input(measured: Measurement, column: object) -> Measurement:
    """The same where the model provably never gets the column."""
    text = f"{column!r} is not an input of the model, so the model never gets it"
    return dataclasses.replace(measured, text=text)


def position(found: Ordering, method: str) -> Measurement:
    """Tell of a model that knows the names of its inputs, and yet goes by their position."""
    text = (
        f"the model goes by the position of columns: in another order {method} of "
        f"{number(found.moved)} of {number(found.rows)} rows moves by up to "
        f"{number(found.largest)} without an error"
    )
    return Measurement(name="order of columns", text=text, ok=True, id="order", of="columns")


def read_if_there(wanted: str, text: str, rows: int) -> Measurement:
    """No column has the name, and the model reads one that has."""
    return Measurement(
        name=moved_by(wanted),
        text=f"the model reads {wanted!r} if it is given: {text}, and adding it moves scores, "
        "limit 0 rows",
        ok=False,
        how=f"a few values in {counted(rows, 'row')}, beside the same values under a name that "
        "means nothing",
        hint="take the field out of what the model looks for",
        **identity(wanted),
    )


def not_there(wanted: str, text: str, near: str | None) -> Measurement:
    """No column has the name, and so it has no influence; one may be meant."""
    text += ", so it has no influence"
    return Measurement(
        name=moved_by(wanted),
        text=text,
        ok=True,
        value=0,
        limit=0,
        unit="rows",
        warning=f"{text}; did you mean {near!r}?" if near else "",
        **identity(wanted),
    )


def in_fit(column: str, seen: Refit) -> Measurement:
    """How many held-out rows a column moves by what it did to training."""
    name, own = f"held-out rows moved by {column} in fit", identity(column, "_in_fit")
    noise = f", p = {number(seen.p)} by the noise of its scores" if seen.p < 1 else ""
    how = (
        f"{seen.fits} fits, {', '.join(seen.scorers)} on {number(seen.rows)} held-out rows, the "
        "column shuffled among the training rows, changes up to "
        f"{number(seen.tolerance)} ignored{noise}"
    )
    if seen.why:
        return undecided(name, seen.why, how=how, **own)
    moved = f"{number(seen.moved)} of {number(seen.rows)} held-out rows"
    text = f"shuffling {column!r} before training moves {moved}"
    if seen.moved:
        text += f" by {number(seen.mean)} on average, limit 0 rows"
    return Measurement(
        name=name,
        text=text,
        ok=not seen.moved,
        value=seen.moved,
        limit=0,
        unit="rows",
        how=how,
        hint="look for weights, grouping or encoding by it in training",
        **own,
    )


def _counts(seen: Influence) -> Iterator[str]:
    """Which outputs moved, and where it is not in the same number of rows, in how many."""
    if len(set(seen.counts)) == 1:
        yield f"{', '.join(seen.outputs)} moved"
        return
    for name, count in zip(seen.outputs, seen.counts, strict=True):
        yield f"{name} moved in {counted(count, 'row')}"


class Words:
    """Puts what came of columns of one sample into words."""

    def __init__(self, sample: Sample, *, show_values: bool) -> None:
        from pytest_mlreqs.models.comparing import labels_only

        self._sample = sample
        self._show_values = show_values
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
            return undecided(moved_by(name), seen.why, how=how, **identity(name))
        rows = number(seen.rows)
        if seen.moved:
            text = f"the model reads {name!r}: changing nothing else moves {self._moved(seen)}"
        else:
            text = f"{name!r} moves {self._sample.names[0]} of 0 of {rows} rows"
            if seen.unseen:
                text += f"; in {number(seen.unseen)} of them the model's own noise would hide it"
            text += f"; at most {number(100 * seen.bound)} % of such rows could (95 %)"
        return Measurement(
            name=moved_by(name),
            text=text,
            ok=not seen.moved,
            value=seen.moved,
            limit=0,
            unit="rows",
            how=self._how(seen),
            evidence=[self._rows(column, seen)] if seen.worst else [],
            **identity(name),
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

    def _rows(self, column: int, seen: Influence) -> Offenders:
        labels = seen.outputs[0] in self._labels
        items = [
            (row, None if labels or not math.isfinite(change) else change)
            for row, change in seen.worst
        ]
        if not self._show_values:
            rows = tuple(Offender(row, change) for row, change in items)
            return Offenders(what="row", items=rows, total=seen.moved)
        name, where = self._sample.rows.columns[column], list(self._sample.where)
        cells = self._sample.rows.iloc[:, column]
        named = tuple(  # people's values, which are asked for
            Offender(f"row {row}, {name}={cells.iloc[where.index(row)]!s}", change)
            for row, change in items
        )
        return Offenders(what="", items=named, total=seen.moved)
