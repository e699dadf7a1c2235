"""measurement: a value, the limit it is held to, and the sentence that says so.

A requirement yields measurements. They hold plain Python values only, because they cross process
boundaries (the isolated check, xdist workers) and end up in JUnit and JSON files, where a single
NumPy scalar would bring the whole run down.
"""

from __future__ import annotations

import dataclasses
import os
import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec

from pytest_mlreqs.core.evidence import Evidence, Note, Offenders, in_words
from pytest_mlreqs.core.identity import Direction, Identity, direction_of, identified
from pytest_mlreqs.core.plain import Plain, legible, plain

if TYPE_CHECKING:
    from typing_extensions import Unpack

MIB = 1 << 20  # bytes
_DIGITS = 3
_AS_THEY_ARE = (
    *("id", "of", "name", "text", "ok", "value", "unit"),
    *("how", "hint", "warning", "part", "waited"),
)


class Fault(Exception):
    """The subject broke the check: it raised, returned nonsense or changed its input.

    The text is one sentence for the user. Raised while a requirement measures, it makes that one
    requirement violated; it never reaches the test session.
    """


class DeclarationError(Exception):
    """What is declared does not work here, and no subject is to blame.

    A subject that is no function, an extra that is not installed, an answer of unknown shape. The
    text says what to write instead. The requirement is an error of the run then: neither met nor
    violated.
    """


class Undecided(Exception):
    """It cannot be told whether the requirement is met.

    Args:
        why: what is missing to an answer, and which option gives it.
        name: what was to be measured; the kind of the requirement where it is left out.
        how: how that was tried.
        hint: the first thing to try.
    """

    def __init__(self, why: str, name: str = "", *, how: str = "", hint: str = "") -> None:
        super().__init__(why)
        self.name, self.how, self.hint = name, how, hint

    def measurement(self, name: str, own: Identity | None = None) -> Measurement:
        """What is said of `name`, or of what was named before, where other measurements stand."""
        own = own or Identity()
        return undecided(self.name or name, str(self), how=self.how, hint=self.hint, **own)


def described(error: BaseException) -> str:
    """`ValueError: message (model.py:12, in predict)`: the innermost frame is where to look."""
    try:
        message = " ".join(str(error).split())
    except Exception:  # the exceptions of a subject are its own too
        message = ""
    text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    if frames:
        last = frames[-1]
        text += f" ({os.path.basename(last.filename)}:{last.lineno}, in {last.name})"
    return legible(text if len(text) <= 500 else text[:500] + " ...")


@dataclasses.dataclass(frozen=True, slots=True, init=False)
class Measurement:
    """One value, the limit it was held to, and whether it keeps within it.

    Attributes:
        name: what was measured, in words that stay the same from run to run (`p95 of predict`).
        text: the sentence that a person reads: name, value, interval, limit.
        ok: True within the limit, False beyond it, None where the data cannot tell.
        value: the measured value, in `unit`.
        limit: the limit, in `unit`; None where there is none to name.
        unit: `ms`, `MiB`, `rows`, ... or empty.
        interval: lower and upper end of the 95 % interval, where `value` comes from a sample.
        how: how it was measured: method, rows, calls, tolerance.
        hint: the first thing to try when the limit is broken.
        warning: what a person should look at although the verdict is what it is.
        part: the part of its requirement that it decides, where that has parts; else all of it.
        id: what was measured, for programs: `p95`. It stays the same when words change, and is
            unique in its requirement together with `of`. Taken from `name` where it is left out.
        of: what it was measured of: `predict`, a column, a store; may be empty.
        direction: which side of the limit is allowed; `none` where nothing is required, and empty
            where no single limit says it.
        option: the option that sets the limit: `max_p95_ms`.
        waited: share of the time for which there was no core; None where nobody counts.
        evidence: where the value comes from: tables, histograms, the worst offenders.
    """

    name: str
    text: str
    ok: bool | None
    value: Plain
    limit: Plain
    unit: str
    interval: tuple[float, float] | None
    how: str
    hint: str
    warning: str
    part: str
    id: str
    of: str
    direction: Direction
    option: str
    evidence: tuple[Evidence, ...]
    waited: float | None

    def __init__(  # noqa: D417
        self, *, name: str, text: str, ok: bool | None, value: object = None, limit: object = None,
        unit: str = "", interval: tuple[float, float] | None = None, how: str = "",
        worst: Iterable[object] | None = None, hint: str = "", warning: str = "",
        details: Iterable[object] | None = None, part: str = "", id: str = "", of: str = "",
        direction: Direction = "", option: str = "", evidence: Iterable[Evidence] = (),
        waited: float | None = None,
    ) -> None:  # fmt: skip
        """Take what was measured; `worst` and `details` are evidence in words, where it has none.

        Args:
            worst: replaces offenders that are among the evidence.
            details: lines that replace all other evidence.
        """
        value, limit, ok = plain(value), plain(limit), None if ok is None else bool(ok)
        name = legible(name)
        fields = {
            "name": name, "text": legible(text), "ok": ok, "value": value, "limit": limit,
            "unit": legible(unit), "how": legible(how), "hint": legible(hint), "part": part,
            "interval": interval if interval is None else (float(interval[0]), float(interval[1])),
            "warning": legible(warning), "option": option, "waited": waited,
            "direction": direction or direction_of(value, limit, ok=ok),
            "evidence": in_words(tuple(evidence), worst, details),
        }  # fmt: skip
        fields["id"], fields["of"] = identified(name, id, legible(of))
        for field, content in fields.items():
            object.__setattr__(self, field, content)

    @property
    def is_judged(self) -> bool:
        """Whether anything is required of it; else it is only reported."""
        return self.direction != "none"

    @property
    def worst(self) -> tuple[str, ...]:
        """Where the worst offenders are, worst first."""
        return tuple(
            str(i.where) for one in self.evidence if isinstance(one, Offenders) for i in one.items
        )

    @property
    def details(self) -> tuple[str, ...]:
        """What notes say beside the numbers."""
        return tuple(one.text for one in self.evidence if isinstance(one, Note))

    def judged(
        self,
        ok: bool | None,  # noqa: FBT001
        why: str = "",
        evidence: Iterable[Evidence] = (),
    ) -> Measurement:
        """The same with a verdict of its own; undecided where it is None, because of `why`."""
        text = f"{self.text}: undecided because {why}" if why else self.text
        return dataclasses.replace(self, ok=ok, text=text, evidence=(*self.evidence, *evidence))

    def as_dict(self) -> dict[str, Plain]:
        """The measurement as JSON types."""
        limit: Plain = {
            "value": self.limit, "direction": self.direction, "unit": self.unit,
            "option": self.option,
        }  # fmt: skip
        return {
            **{word: getattr(self, word) for word in _AS_THEY_ARE},
            "limit": None if self.limit is None and not self.option else limit,
            "interval": plain(self.interval),
            "evidence": msgspec.to_builtins(self.evidence),
        }


def undecided(
    name: str, why: str, *, value: Plain = None, how: str = "", hint: str = "",
    id: str = "", of: str = "", option: str = "",
) -> Measurement:  # fmt: skip
    """Say that `name` could not be judged, and why; neither a pass nor a failure."""
    text = f"{name}: undecided because {why}"
    return Measurement(
        name=name, text=text, ok=None, value=value, how=how, hint=hint, id=id, of=of, option=option
    )


def or_undecided(
    name: str, measure: Callable[[], Measurement], **own: Unpack[Identity]
) -> Measurement:
    """What is measured, or why it cannot be told, where other measurements of a check stand."""
    try:
        return measure()
    except Undecided as gap:
        return gap.measurement(name, own)


def number(value: float, digits: int = 3) -> str:
    """A number as a person writes it: few significant digits, no exponent for everyday sizes."""
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e15):
        return f"{int(value):,}"
    if digits == _DIGITS and 999.5 <= abs(value) < 1e15:  # `g` would round it to an exponent
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """`1 row`, `2 rows`."""
    return f"{number(count)} {noun if count == 1 else plural or f'{noun}s'}"
