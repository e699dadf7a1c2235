"""retrain: whether a model that was trained again answers as one that never saw the deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_mlreqs.core.identity import Identity
from pytest_mlreqs.core.measurement import (
    DeclarationError,
    Fault,
    Measurement,
    Undecided,
    number,
    undecided,
)
from pytest_mlreqs.forgetting.rehearsal import training
from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal
from pytest_mlreqs.forgetting.traces import unlearning
from pytest_mlreqs.forgetting.traces.membership import membership, variants
from pytest_mlreqs.forgetting.traces.objects import rows
from pytest_mlreqs.models import family
from pytest_mlreqs.models.contract import checked, guarded
from pytest_mlreqs.models.scoring import SCORES, method

_PROBED = 2_000  # rows of others that the models are asked for
_NAME = "people shown by the retrained model"
_IDENTITY = Identity(id="people_shown", of="model")
_WRONG = "wrong alarms: at most 1.6 %"


def more_clean(one: Any, other: Any, X: Any) -> int:
    """How many more trainings without the people it takes, if two of them are given."""
    sample = _sample(rows.readable(X))
    try:
        name = _common([one, other], [sample])
        answers = [_score(model, name, sample) for model in (one, other)]
    except Fault:  # it says so when it is asked for all rows
        return 0
    repeats = _same_object(one, other) and unlearning.alike(*answers)
    return 0 if repeats else unlearning.FITS - unlearning.FEW


def shows(seen: Rehearsal) -> Measurement:
    """Whether the model answers as one that never saw them."""
    them = training.planted(seen)
    if not them.owners:
        why = "planting added no row to what the model is trained on: it could not have failed"
        return undecided(_NAME, why, hint="let `data` return what is trained on", **_IDENTITY)
    before, now = seen.planted.model, seen.deleted.model
    if _same_object(before, now) and not _same_object(before, seen.clean[0].model):
        return Measurement(
            name=_NAME,
            text="the retrained model still shows the deleted people: it is the same as with them",
            ok=False,
            value=100,
            unit="%",
            how="the two models are the same in all that they hold",
            hint="train it anew after a deletion, on what no longer holds them",
            **_IDENTITY,
        )
    try:
        asked = _Asked(seen, them)
    except Undecided as gap:
        return gap.measurement(_NAME, _IDENTITY)
    found = unlearning.unlearned(
        [asked.of(state.model) for state in seen.clean],
        [asked.of(model) for model in (before, seen.planted_again) if model is not None],
        asked.after(seen),
        reordered=training.reordered(seen.clean[0], seen.deleted),
    )
    return _said(found, f"{_how(found)}; {asked.told}{_inferred(seen, them, asked.name)}")


def _said(found: unlearning.Unlearned, how: str) -> Measurement:
    """What the answers of the retrained model tell."""
    value = round(100 * found.share, 1)
    if found.left is None:
        hint = "give the training a fixed seed and a fixed order of rows, so that it repeats itself"
        return undecided(_NAME, found.why, value=value, how=how, hint=hint, **_IDENTITY)
    if found.left:
        left = f"{number(value)} % of their effect is still there"
        far = (
            f"scores differ by up to {number(found.gap)} from those of a model that never saw them"
        )
        return Measurement(
            name=_NAME,
            text="the retrained model still shows the deleted people: "
            + (left if value >= 1 else far),
            ok=False,
            value=value,
            unit="%",
            how=how,
            hint="its training data still holds what the deletion did not reach",
            **_IDENTITY,
        )
    return Measurement(
        name=_NAME,
        text="the retrained model answers as one that never saw the deleted people",
        ok=True,
        value=value,
        unit="%",
        how=how,
        **_IDENTITY,
    )


class _Asked:
    """Which rows the models are asked for, and by which of their methods.

    Attributes:
        name: of the method, empty where none of them can be compared.
        samples: the planted rows, and rows of others; those which all models take.
        told: the same in words.

    Raises:
        Undecided: nothing can be asked.
    """

    def __init__(self, seen: Rehearsal, them: training.Planted) -> None:
        models = [*(one.model for one in seen.clean), seen.planted.model, seen.deleted.model]
        wanted = [("of theirs", them.rows), ("of others", _sample(them.others))]
        self.name, why = "", ""
        self.samples: list[Any] = []
        told = []
        for what, sample in wanted:
            try:
                self.name = _common(models, [*self.samples, sample], self.name)
            except Fault as fault:
                why = str(fault)
                continue
            self.samples.append(sample)
            told.append(f"{number(rows.count(sample))} rows {what}")
        if not self.samples:
            raise Undecided(f"the models do not all answer for the same rows: {why}")
        self.told = f"{' and '.join(told)} by {self.name}"

    def of(self, model: Any) -> list[Any]:
        """What a model says of all samples."""
        return [_score(model, self.name, sample) for sample in self.samples]

    def after(self, seen: Rehearsal) -> Iterator[list[Any]]:
        """What the model says that was trained after the deletion, and those trained once more."""
        yield self.of(seen.deleted.model)
        while seen.retrained is not None:
            yield self.of(seen.retrained())


def _common(models: list[Any], samples: list[Any], name: str = "") -> str:
    """The most continuous output that all models have for all samples.

    Raises:
        Fault: they have none in common.
    """
    first: Fault | DeclarationError | None = None
    for one in (name,) if name else SCORES:
        if any(family.call(model, one) is None for model in models) and one != "predict":
            continue
        try:
            for model in models:
                for sample in samples:
                    _score(model, one, sample)
        except (Fault, DeclarationError) as fault:
            first = first or fault
        else:
            return one
    raise first or Fault("they have no method in common")


def _score(model: Any, name: str, X: Any) -> Any:
    found = method(model, name)
    return checked(guarded(found.call, found.name)(X), found.name, rows.count(X))


def _same_object(one: Any, other: Any) -> bool:
    """Whether two models are the same in all that they hold; not if that cannot be told."""
    import joblib

    try:
        return bool(joblib.hash(one) == joblib.hash(other))
    except Exception:  # one of them cannot be pickled
        return False


def _how(found: unlearning.Unlearned) -> str:
    without = f"{found.clean} trainings without them"
    spread = "agree" if not found.spread else f"differ by up to {number(found.spread)}"
    return (
        f"{without} {spread}; with them in, scores change by up to {number(found.planted)}, after "
        f"the deletion ({found.after} trained) by {number(found.gap)}; {_WRONG}"
    )


def _inferred(seen: Rehearsal, them: training.Planted, name: str) -> str:
    """What membership inference says, for information; nothing where it has nothing to go by."""
    y = training.data(seen.planted)[1]
    classes = getattr(seen.deleted.model, "classes_", None)
    try:
        labels = list(rows.take(y, them.positions))
        fresh = variants(them.rows, them.others, len(labels), seed=1)
        if classes is not None:
            labels = [list(classes).index(label) for label in labels]

        def score(X: Any) -> Any:
            return _score(seen.deleted.model, name, X)

        auc = membership(score, them.rows, labels, fresh, labels)
    except Exception:  # no pattern; labels that are no classes or numbers; no labels at all
        return ""
    return f"; membership inference, for information: AUC {auc:.2f} (0.5 tells nothing)"


def _sample(X: Any) -> Any:
    """Rows from all over, as these may be in the order of time."""
    count = rows.count(X)
    step = max(-(-count // _PROBED), 1)
    return rows.take(X, range(0, count, step))
