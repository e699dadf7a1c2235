"""unlearning: whether a model that was trained anew still answers as if it had seen people.

Trainings differ among themselves, so several are compared: some that never saw the people, one
that did, and some after their deletion. If nothing of the people is left, the first and the last
are draws of one sort, and any order among them is as likely as another (a permutation test; Good
2005, *Permutation, Parametric and Bootstrap Tests of Hypotheses*, chapter 3). So a model is only
accused if *all* trainings after the deletion lie further towards the one that saw the people than
*all* that never did: of 9 trainings, 4 and 5, that happens by chance once in 126 times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Outputs = Sequence[Any]
"""What one model says of several samples of rows: for each an array of shape (n,) or (n, k), of
probabilities, predictions of a regressor, any scores, or labels."""

FEW, FITS = 2, 4  # trainings without the people, where they repeat themselves and where not
AFTER = 5  # trainings after the deletion, before a model is accused
_SAME = 1e-9  # of the largest score: what arithmetic may lose
_CLEAR = 1.5  # times the distance of trainings without them: those with them are that far away
_ALIKE = 0.5  # cosine of the changes that two trainings with them made
_CLASSES = 100  # labels; more different numbers are no labels
_LITTLE = 0.25  # of the change: so much may be left by chance


@dataclass(frozen=True, slots=True)
class Unlearned:
    """What the comparison came to.

    Attributes:
        left: whether the people are still seen in the model; None where that is undecided.
        share: how much of the change that the people made is left: 0 as without, 1 as with them.
        gap: the largest change of a score from a training that never saw them.
        planted: the same for the model that was trained with them.
        spread: the same between two trainings that never saw them.
        clean: how many trainings without them were looked at.
        after: how many after their deletion.
        why: why it is undecided, or empty.
    """

    left: bool | None
    share: float
    gap: float
    planted: float
    spread: float
    clean: int
    after: int
    why: str = ""


def unlearned(
    clean: Sequence[Outputs],
    planted: Sequence[Outputs],
    after: Iterable[Outputs],
    *,
    reordered: bool = False,
) -> Unlearned:
    """Compare what models say, trained without people, with them, and after their deletion.

    A wrong accusation has a chance of at most 1.6 %. Of four trainings without and five after, it
    is 1/126 for each of two samples. Where two trainings agree in everything, and five after the
    deletion agree in everything else, it is at most 1.6 % too, whatever the chance p that two
    trainings agree: p**2 * (1 - p)**5 + p**5 * (1 - p)**2.

    Args:
        clean: two trainings that agree in all of the model, or four.
        planted: trained with the people: one that repeats itself, or two.
        after: trainings after their deletion; more than one are asked for only where the first
            looks as if people were left in it, so that an iterator may train when asked.
        reordered: whether what is trained on came back in another order after the deletion, so
            that also a training that repeats itself may give something else.
    """
    fits = iter(after)
    seen = _Seen(clean, planted, [next(fits)])
    if len(clean) < FITS:
        if seen.alike(seen.clean):
            return _repeated(seen, fits, reordered=reordered)
        return seen.told(
            None, f"trainings differ, and {len(clean)} are too few to tell how much they do"
        )
    suspects = seen.beyond()
    while any(suspects) and len(seen.after) < AFTER:
        another = next(fits, None)
        if another is None:
            return seen.told(None, _NO_MORE)
        seen = seen.more(another)
        suspects = [one and still for one, still in zip(suspects, seen.beyond(), strict=True)]
    if any(suspects):
        return seen.told(True)
    shares = [seen.share(at) for at in seen.clear()]
    if not shares:
        return seen.told(None, _UNSEEN)
    if max(shares) > _LITTLE:
        return seen.told(None, f"{max(shares):.0%} of their effect may be left, or it is chance")
    return seen.told(False)


_NO_MORE = "it takes more trainings after the deletion, and the model was not trained again"
_UNSEEN = (
    "trainings with and without the people cannot be told apart, so this could not have failed"
)


def _repeated(seen: _Seen, fits: Iterator[Outputs], *, reordered: bool) -> Unlearned:
    """Where trainings repeat themselves, judged by two of them."""
    unseen = seen.alike([seen.clean[0], seen.planted[0]])
    while not seen.alike([seen.clean[0], seen.after[-1]]):
        if reordered:
            if abs(seen.share()) <= _LITTLE and not unseen:
                return seen.told(False)
            why = "rows came back in another order after the deletion, which may change the model"
            return seen.told(None, why)
        if len(seen.after) == AFTER:
            if seen.alike(seen.after):
                return seen.told(True)
            why = "two trainings without the people agree, but those after the deletion do not"
            return seen.told(None, why)
        another = next(fits, None)
        if another is None:
            return seen.told(None, _NO_MORE)
        seen = seen.more(another)
    return seen.told(None, _UNSEEN) if unseen else seen.told(False)


def alike(one: Any, other: Any) -> bool:
    """Whether two outputs for the same rows agree, but for what arithmetic may lose."""
    seen = _Seen([[one]], [[other]], [])
    return seen.alike([*seen.clean, *seen.planted])


class _Seen:
    """Trainings so far, each as a list of arrays of numbers of shape (n, k), one per sample."""

    def __init__(
        self, clean: Sequence[Outputs], planted: Sequence[Outputs], after: list[Outputs]
    ) -> None:
        self._raw = (clean, planted, after)
        everything = [*clean, *planted, *after]
        samples = [_encoded(column) for column in zip(*everything, strict=True)]
        fits = [list(one) for one in zip(*samples, strict=True)]
        self.clean, rest = fits[: len(clean)], fits[len(clean) :]
        self.planted, self.after = rest[: len(planted)], rest[len(planted) :]
        self._sizes = [max(float(np.abs(one).max(initial=0)) for one in s) for s in samples]

    def more(self, another: Outputs) -> _Seen:
        """With one more training after the deletion."""
        clean, planted, after = self._raw
        return _Seen(clean, planted, [*after, another])

    def alike(self, fits: Sequence[list[Array]]) -> bool:
        """Whether all say the same of everything, but for what arithmetic may lose."""
        return all(
            _gap(one[at], fits[0][at]) <= _SAME * size
            for one in fits[1:]
            for at, size in enumerate(self._sizes)
        )

    def beyond(self) -> list[bool]:
        """Whether all trainings after lie beyond all before, towards the planted; by sample."""
        found = []
        for at in range(len(self._sizes)):
            pool = [fit[at] for fit in (*self.clean, *self.after)]
            middle = np.mean(pool, axis=0)
            towards = self._with(at) - middle
            scores = [float((towards * (one - middle)).sum()) for one in pool]
            margin = _SAME * float(np.abs(towards).sum()) * self._sizes[at]
            count = len(self.clean)
            found.append(min(scores[count:]) > max(scores[:count]) + margin)
        return found

    def clear(self) -> list[int]:
        """In which samples trainings with the people are seen to differ, and in one direction."""
        found = []
        for at, size in enumerate(self._sizes):
            clean, planted = [fit[at] for fit in self.clean], [fit[at] for fit in self.planted]
            apart = max(_distance(a, b) for a in clean for b in clean)
            near = min(_distance(a, b) for a in planted for b in clean)
            changes = [one - np.mean(clean, axis=0) for one in planted]
            one_way = min(_cosine(one, changes[0]) for one in changes) > _ALIKE
            if near > _CLEAR * apart and near > _SAME * size and one_way:
                found.append(at)
        return found

    def share(self, at: int | None = None) -> float:
        """How much of the change that the people made in a sample is left after their deletion.

        Without a sample, of the first that they changed.
        """
        for sample, size in enumerate(self._sizes):
            middle = np.mean([fit[sample] for fit in self.clean], axis=0)
            change = self._with(sample) - middle
            if at == sample or (at is None and np.abs(change).max(initial=0) > _SAME * size):
                now = np.mean([fit[sample] for fit in self.after], axis=0) - middle
                return float((now * change).sum() / (change * change).sum())
        return 0.0

    def _with(self, at: int) -> Array:
        mean: Array = np.mean([fit[at] for fit in self.planted], axis=0)
        return mean

    def told(self, left: bool | None, why: str = "") -> Unlearned:  # noqa: FBT001
        """The result, with what a person wants to know beside it."""
        return Unlearned(
            left=left,
            share=self.share(),
            gap=max(map(_gap, self.after[0], self.clean[0])),
            planted=max(map(_gap, self.planted[0], self.clean[0])),
            spread=max(max(map(_gap, one, self.clean[0])) for one in self.clean),
            clean=len(self.clean),
            after=len(self.after),
            why=why,
        )


def _encoded(outputs: Sequence[Any]) -> list[Array]:
    """Outputs as finite numbers, shape (n, k); labels as 0 and 1 in a column for each class."""
    arrays = [np.asarray(one) for one in outputs]
    if all(one.dtype.kind == "f" for one in arrays):
        flat = [one.reshape(len(one), -1).astype(float) for one in arrays]
    else:
        classes = sorted({label for one in arrays for label in one.ravel().tolist()}, key=str)
        if len(classes) > _CLASSES and all(one.dtype.kind in "iufb" for one in arrays):
            return _encoded([one.astype(float) for one in arrays])
        rows = [one.reshape(len(one), -1) for one in arrays]
        flat = [np.hstack([one == label for label in classes]).astype(float) for one in rows]
    width = max(one.shape[1] for one in flat)  # with the people in, there may be one more class
    finite = np.concatenate([one[np.isfinite(one)] for one in flat])
    most = float(np.abs(finite).max(initial=1.0))
    return [
        np.nan_to_num(
            np.pad(one, ((0, 0), (0, width - one.shape[1]))), nan=0, posinf=most, neginf=-most
        )
        for one in flat
    ]


def _gap(a: Array, b: Array) -> float:
    return float(np.abs(a - b).max(initial=0.0))


def _distance(a: Array, b: Array) -> float:
    return float(np.sqrt(np.square(a - b).sum()))


def _cosine(a: Array, b: Array) -> float:
    size = float(np.sqrt(np.square(a).sum() * np.square(b).sum()))
    return float((a * b).sum()) / size if size else 0.0
