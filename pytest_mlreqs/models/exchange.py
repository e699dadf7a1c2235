"""exchange: what is sent to an endpoint for a row, and where its answer holds the prediction.

Services differ: one takes an object, another a list of one or the fields of a form, and the
prediction stands under whatever name its authors liked. What cannot be told from the answer is
declared, and never guessed: a random id that is taken for a score hides every influence, and an
echo of the request shows one that is not there.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

from pytest_mlreqs.core.measurement import DeclarationError

Body = Literal["row", "rows", "form"]
Row = Mapping[str, Any]

_SCORES = ("probability", "probabilities", "score")
_LABELS = ("prediction", "predictions")
_SHOWN = 80  # characters of an answer in a message


class _Unknown(Exception):
    """The prediction stands in no place that is known."""


@dataclass(frozen=True)
class Exchange:
    """How a service is asked, and how its answer is read.

    Attributes:
        body: an object of the row, a list that holds it, or the fields of a form.
        prepare: makes of a row, as a dictionary, what is sent in its place.
        answer: where the prediction stands, `"0.outcome"`, or a function of the answer: of its
            JSON, or of its text where it is none.
        headers: sent with each request.
    """

    body: Body = "row"
    prepare: Callable[[dict[str, Any]], Any] | None = None
    answer: str | Callable[[Any], Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def request(self, row: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """The body of the request for one row, and its headers.

        Raises:
            DeclarationError: JSON has no word for a value of the row.
        """
        sent = row if self.prepare is None else self.prepare(row)
        if self.body == "form":
            fields = {name: "" if value is None else value for name, value in sent.items()}
            content = urlencode(fields, doseq=True).encode()
            return content, self._headers("application/x-www-form-urlencoded")
        sent = [sent] if self.body == "rows" else sent
        try:
            content = json.dumps(sent, allow_nan=False, default=_written).encode()
        except ValueError as error:
            raise DeclarationError(
                f"a row cannot be posted, as JSON cannot say it ({error}): leave infinite numbers "
                "out of X, or let `prepare` say it in another way"
            ) from error
        return content, self._headers("application/json")

    def prediction(self, answer: Any) -> Any:
        """The prediction in an answer: a number, a label, or a list of numbers.

        Args:
            answer: an httpx.Response that was read.

        Raises:
            DeclarationError: it stands nowhere that is known, or not where it was declared to be.
        """
        try:
            said = answer.json()
        except ValueError:
            said = answer.text
        if callable(self.answer):
            return self.answer(said)
        try:
            return _found(said) if self.answer is None else _at(said, self.answer)
        except (_Unknown, LookupError):
            raise DeclarationError(self._unknown(said, answer)) from None

    def _headers(self, content_type: str) -> dict[str, str]:
        own = {name.lower() for name in self.headers}
        usual = {"Content-Type": content_type, "Accept": "application/json"}
        return {**{k: v for k, v in usual.items() if k.lower() not in own}, **self.headers}

    def _unknown(self, said: Any, answer: Any) -> str:
        shown = shortened(answer)
        if self.answer is not None:
            return f"has no prediction at answer = {self.answer!r}: {shown}"
        if not isinstance(said, (dict, list)):
            return (
                f"answers in an unknown shape, a text alone: {shown}. If all of it is the "
                'prediction, write { ..., answer = "builtins:str" }, or name the function that '
                'reads it, answer = "module:function"'
            )
        place = _likely(said)
        return (
            f"answers in an unknown shape: {shown}. Say where the prediction stands, "
            f'{{ ..., answer = "{place}" }}, or which function reads it, answer = "module:function"'
        )


def shortened(answer: Any) -> str:
    """Status, content type and first words of an answer."""
    kind = answer.headers.get("content-type", "no content type")
    text = " ".join(answer.text.split())
    words = text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."
    return f"status {answer.status_code}, {kind}, {words!r}"


def _found(said: Any) -> Any:
    """The prediction where nothing is declared; raises `_Unknown` where it cannot be told.

    A word alone is no prediction: it may as well say that the request was received.
    """
    inner = _single(said)
    if isinstance(inner, dict):
        keys = [next((key for key in known if key in inner), None) for known in (_SCORES, _LABELS)]
        parts = [_value(inner[key]) for key in keys if key is not None]
        if not parts:
            raise _Unknown
        scores, *labels = (part if isinstance(part, list) else [part] for part in parts)
        # A decision that depends on more than the score shows in the label only: both count.
        return [*scores, *labels[0]] if labels else parts[0]
    if isinstance(said, str):
        raise _Unknown
    return _value(inner)


def _at(said: Any, place: str) -> Any:
    """What stands at `0.outcome`; raises `_Unknown` where no prediction does."""
    for part in place.split("."):
        if isinstance(said, list) and part.isdigit():
            said = said[int(part)]
        elif isinstance(said, dict):
            said = said[part]
        else:
            raise _Unknown
    return _value(said)


def _value(said: Any) -> Any:
    """A number, a word, a gap, or a list of such; raises `_Unknown` for anything else."""
    said = _single(said)
    if isinstance(said, dict):
        raise _Unknown
    return [_value(part) for part in said] if isinstance(said, list) else said


def _single(said: Any) -> Any:
    """What is in a batch of one."""
    while isinstance(said, list) and len(said) == 1:
        (said,) = said
    return said


def _likely(said: Any, place: str = "") -> str:
    """The first place of an answer that holds a number, for a message."""
    parts = dict(enumerate(said)) if isinstance(said, list) else said
    for key, value in parts.items() if isinstance(parts, dict) else ():
        here = f"{place}.{key}" if place else str(key)
        if isinstance(value, (int, float)) and math.isfinite(value):
            return here
        if isinstance(value, (list, dict)) and (deeper := _likely(value, here)):
            return deeper
    return "" if place else "outcome"


def _written(value: Any) -> Any:
    """What JSON has no word for: NumPy's scalars, dates."""
    return value.item() if hasattr(value, "item") else str(value)
