"""functions: what the user's project does, and how it is asked to do it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Functions:
    """What the user's project does.

    Attributes:
        plant: (person) -> the id to delete that person by; without one it is `person.id`.
        delete: (id) -> whatever.
        rebuild: () -> whatever: derived tables, caches, the model.
        load: () -> the model as it is now.
        data: () -> X and y, what the model is trained on.

    Each may have a parameter `stores` beside these: the place of each copy by the store's name.
    """

    plant: Callable[..., Any]
    delete: Callable[..., Any]
    rebuild: Callable[..., Any]
    load: Callable[..., Any] | None = None
    data: Callable[..., Any] | None = None


def called(function: Callable[..., Any], *arguments: object, stores: Mapping[str, object]) -> Any:
    """Call a function of the user, with the places of the stores where it wants them."""
    try:
        wants = "stores" in inspect.signature(function).parameters
    except (TypeError, ValueError):  # some of C have none
        wants = False
    return function(*arguments, **({"stores": dict(stores)} if wants else {}))


def none_of(**functions: object) -> str:
    """Which of the subjects are no functions, and what to write; empty if all are."""
    wrong = [
        f"{name} is no function but a {type(one).__name__}"
        for name, one in functions.items()
        if not callable(one)
    ]
    name = next((name for name, one in functions.items() if not callable(one)), "")
    line = f': write {name} = "package.module:function" under [tool.mlreqs.subjects]'
    return f"{', '.join(wrong)}{line}" if wrong else ""
