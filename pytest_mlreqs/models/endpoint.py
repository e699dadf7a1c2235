"""An endpoint: each row is posted as one JSON object, and answered with its prediction."""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable
from typing import Any

from pytest_mlreqs.measurement import Fault
from pytest_mlreqs.models.frames import opened

_TIMEOUT_S = 30.0
_KEYS = ("probability", "probabilities", "score", "prediction", "predictions")


def call(model: str, name: str) -> Callable[[Any], Any] | None:
    """`predict` posts the rows, one request each, over one connection."""
    return _Endpoint(model) if name == "predict" else None


def inputs(model: str) -> tuple[str, ...] | None:
    """An address tells none."""
    return None


def drops_extras(model: str) -> bool:
    """Nobody knows what the other side does with them."""
    return False


class _Endpoint:
    def __init__(self, url: str) -> None:
        try:
            import httpx
        except ImportError:
            raise Fault(f'{url} needs an extra: pip install "pytest-mlreqs[http]"') from None
        self._url = url
        self._broken = httpx.HTTPError
        self._client = httpx.Client(timeout=_TIMEOUT_S)
        weakref.finalize(self, self._client.close)

    def __call__(self, X: Any) -> list[Any]:
        seen = opened(X)
        if seen is None:
            raise Fault(f"a {type(X).__name__} has no columns to post to {self._url}")
        rows = seen.frame.astype(object).where(seen.frame.notna(), None).to_dict("records")
        return [
            self._answer({str(k): v for k, v in row.items()}, at) for at, row in enumerate(rows)
        ]

    def _answer(self, row: dict[str, Any], at: int) -> Any:
        body = json.dumps(row, allow_nan=False, default=_written)
        try:
            answer = self._client.post(
                self._url, content=body, headers={"Content-Type": "application/json"}
            )
        except self._broken as error:
            why = f"{type(error).__name__}: {error}".rstrip(": ")
            raise Fault(f"{self._url} does not answer: {why}") from error
        if answer.status_code != 200:
            raise Fault(f"{self._url} answered row {at} with status {answer.status_code}")
        try:
            told = answer.json()
        except ValueError:
            raise Fault(f"{self._url} answered row {at} with something that is no JSON") from None
        return self._prediction(told)

    def _prediction(self, told: Any) -> Any:
        if isinstance(told, dict):
            key = next((key for key in _KEYS if key in told), None)
            if key is None:
                found = ", ".join(sorted(told)) or "nothing"
                raise Fault(
                    f"{self._url} answered an object with {found}; expected a number, a list, or "
                    f"an object with one of {', '.join(_KEYS)}"
                )
            told = told[key]
        while isinstance(told, list) and len(told) == 1:  # a batch of one
            (told,) = told
        return told


def _written(value: Any) -> Any:
    """What JSON has no word for: NumPy's scalars, dates."""
    return value.item() if hasattr(value, "item") else str(value)
