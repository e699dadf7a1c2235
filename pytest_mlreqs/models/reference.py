"""reference: what the calls of a model are compared with: its own preparation, or another model."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping
from typing import Any

from pytest_mlreqs.core.option_groups import PREPROCESSING, PREVIOUS
from pytest_mlreqs.models.scoring import method
from pytest_mlreqs.models.steps import preparation

WORDS = [PREPROCESSING, PREVIOUS]
_ALIKE = 0.85  # no fixture that is a model is called so


def mistaken(name: str | None, subjects: Collection[str]) -> str:
    """Why a name cannot say what calls are compared with, or empty.

    Args:
        name: what stands in `relative_to`, if anything does.
        subjects: what the requirement examines, which is not to be compared with itself.
    """
    if name is None or name in WORDS:
        return ""
    if name in subjects:
        return f"relative_to is {name!r}, which is examined itself; take {PREVIOUS!r}"
    if not name.isidentifier():
        near = difflib.get_close_matches(name.lower(), WORDS, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        return f"relative_to is {PREPROCESSING!r}, or names a fixture, got {name!r}{meant}"
    if difflib.SequenceMatcher(None, name, PREPROCESSING).ratio() >= _ALIKE:
        return f"relative_to is {name!r}; did you mean {PREPROCESSING!r}?"
    return ""


def supplied(name: str | None) -> Mapping[str, str]:
    """The subject that is the other model, and the fixture that it is."""
    return {} if name in (None, PREPROCESSING) else {PREVIOUS: str(name)}


def call(
    name: str | None, model: Any, other: Any, called: str | None
) -> Callable[[Any], Any] | None:
    """What is called beside the model on the same rows; None for a model that prepares nothing.

    Args:
        name: what stands in `relative_to`, if anything does.
        model: the model.
        other: another model, unless it is compared with its own preparation.
        called: the method, if one is declared.

    Raises:
        DeclarationError: the other model has no such method.
    """
    if name in (None, PREPROCESSING):
        return preparation(model)
    return method(other, called).call


def words(name: str | None) -> str:
    """What it is called in messages."""
    known = {PREPROCESSING: "its preprocessing", PREVIOUS: "the previous model"}
    return known.get(name or "", name or "")
