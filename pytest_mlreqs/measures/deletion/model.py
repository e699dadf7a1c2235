"""model: what a model that was trained again still holds and shows of people who were deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pytest_mlreqs.measurement import Fault, Measurement, number, undecided
from pytest_mlreqs.measures.deletion.rehearsal import Rehearsal, Seen
from pytest_mlreqs.measures.table import table
from pytest_mlreqs.measures.traces import unlearning
from pytest_mlreqs.measures.traces.objects import artifact, memory
from pytest_mlreqs.measures.traces.search import Search, Trace, everybody
from pytest_mlreqs.measures.traces.state import added
from pytest_mlreqs.models.frames import take
from pytest_mlreqs.models.scoring import scorer

_SHOWN = 8
_PROBED = 1_000  # rows of others that the models are asked for
_ARTIFACT = "people held by the model"
_RETRAIN = "people shown by the retrained model"


def more_clean(one: Any, other: Any, X: Any) -> int:
    """How many more trainings without the people it takes, if two of them are given."""
    rows = _sample(X)
    first, second = (scorer(model)(rows) for model in (one, other))
    return 0 if unlearning.same(first, second) else unlearning.FITS - 2


def holds(seen: Rehearsal) -> Measurement:
    """Whether the model holds nobody, whatever it held before."""
    rows, owners = _planted(seen)
    others = _data(seen.clean[0])[0]
    given = {"rows": rows, "others": others, "owners": owners} if len(owners) else {}

    def search(model: Any) -> Search:
        return artifact.search(model, seen.people, planted=seen.planted.model, **given)

    before, after = search(seen.planted.model), search(seen.deleted.model)
    left = _once(trace for trace in after.traces if not artifact.weak(trace))
    weak = [trace for trace in after.traces if artifact.weak(trace)]
    count = len(seen.people)
    held = len(everybody(before.traces))
    how = f"{after.searched} of it; with them in, it held {held} of {count} people"
    if left:
        return Measurement(
            name=_ARTIFACT,
            text=f"the model still holds {len(everybody(left))} of {count} deleted people: "
            f"{left[0].where}",
            ok=False,
            value=len(everybody(left)),
            limit=0,
            unit="people",
            how=how,
            details=tuple(_table(left)),
            hint="train it anew, without them, after a deletion",
        )
    if after.unsearched:
        return undecided(_ARTIFACT, f"not all could be looked into: {after.unsearched[0]}", how=how)
    return Measurement(
        name=_ARTIFACT,
        text=f"the model holds none of {count} deleted people",
        ok=True,
        value=0,
        limit=0,
        unit="people",
        how=how,
        warning=f"the model splits beside their values: {weak[0].where}" if weak else "",
    )


def shows(seen: Rehearsal) -> Measurement:
    """Whether the model answers as one that never saw them."""
    rows, owners = _planted(seen)
    if not owners:
        why = "planting added no row to what the model is trained on: it could not have failed"
        return undecided(_RETRAIN, why, hint="let `data` return what is trained on")
    X = _data(seen.clean[0])[0]
    clean = [_score(state) for state in seen.clean]
    planted, after = _score(seen.planted), _score(seen.deleted)
    asked, why_not = None, ""
    moved = max(
        (unlearning.moved(clean, planted, after, probe) for probe in (_sample(X), rows)),
        key=lambda one: (bool(one.left), one.left is not None, one.gap),
    )
    try:
        asked = unlearning.answers(clean, planted, after, unlearning.variants(rows, X))
    except ValueError as error:  # there is no pattern to ask for
        why_not = str(error)
    left = moved.left if asked is None else unlearning.decided(moved, asked)
    how = _how(moved, asked, why_not) + _inferred(seen, rows, X)
    value = moved.gap
    if left is None:
        why = moved.why or (asked.why if asked is not None else why_not)
        return undecided(_RETRAIN, why, value=value, how=how)
    if left:
        return Measurement(
            name=_RETRAIN,
            text=f"the retrained model still shows the deleted people: {_short(moved, asked)}",
            ok=False,
            value=value,
            limit=moved.allowed,
            how=how,
            hint="what it was trained on holds what the deletion did not reach",
        )
    return Measurement(
        name=_RETRAIN,
        text="the retrained model answers as one that never saw the deleted people",
        ok=True,
        value=value,
        limit=moved.allowed,
        how=how,
    )


def _short(moved: unlearning.Moved, asked: unlearning.Answers | None) -> str:
    if moved.left or asked is None:
        return f"scores are up to {number(moved.gap)} from those of a model that never saw them"
    return f"{asked.hits} of {asked.tried} rows of their pattern get what they were given"


def _how(moved: unlearning.Moved, asked: unlearning.Answers | None, why_not: str) -> str:
    sort = "which repeat bit for bit" if moved.exact else f"and {moved.fits} of them"
    told = (
        f"scores differ by up to {number(moved.gap)} from a training without them, {sort} "
        f"(up to {number(moved.allowed)} allowed; {number(moved.planted)} with them in)"
    )
    if asked is None:
        return f"{told}; no pattern asked for: {why_not}"
    return (
        f"{told}; {asked.hits} of {asked.tried} rows of their pattern get what they were given "
        f"({asked.planted} with them in, {number(100 * asked.clean)} % without)"
    )


def _inferred(seen: Rehearsal, rows: Any, others: Any) -> str:
    """What membership inference says, for information; nothing where it has nothing to go by."""
    from pytest_mlreqs.measures.traces.membership import membership

    y = _data(seen.planted)[1]
    labels = list(take(y, added(_hashed(others), _hashed(_data(seen.planted)[0]))))
    classes = getattr(seen.deleted.model, "classes_", None)
    try:
        fresh = unlearning.variants(rows, others, len(labels), seed=1)
        if classes is not None:
            labels = [list(classes).index(label) for label in labels]
        auc = membership(_score(seen.deleted), rows, labels, fresh, labels)
    except (ValueError, TypeError, IndexError):  # no pattern; labels that are no classes or numbers
        return ""
    return f"; membership inference, for information: AUC {auc:.2f} (0.5 tells nothing)"


def _planted(seen: Rehearsal) -> tuple[Any, list[int]]:
    """The rows that planting added to what the model is trained on, and whose they are."""
    before, after = _data(seen.clean[0])[0], _data(seen.planted)[0]
    positions = added(_hashed(before), _hashed(after))
    count = len(seen.people)
    owners = [min(at * count // max(len(positions), 1), count - 1) for at in range(len(positions))]
    return take(after, positions), owners


def _hashed(X: Any) -> Any:
    return next(iter(memory.content(X).values()))


def _data(state: Seen) -> tuple[Any, Any]:
    if state.data is None:
        raise Fault("data returned nothing to train on")
    return state.data


def _score(state: Seen) -> Callable[[Any], Any]:
    return scorer(state.model)


def _sample(X: Any) -> Any:
    return take(X, list(range(min(len(X), _PROBED))))


def _once(traces: Iterable[Trace]) -> list[Trace]:
    """One trace for each place, the first spelling there is."""
    return list({trace.where: trace for trace in reversed(list(traces))}.values())[::-1]


def _table(traces: list[Trace]) -> list[str]:
    rows = [(trace.where, trace.how, f"{len(trace.people)} people") for trace in traces[:_SHOWN]]
    more = len(traces) - _SHOWN
    return [*table(rows), *([f"and {more} more places"] if more > 0 else [])]
