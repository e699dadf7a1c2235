"""provided: what `check` and `plant` may ask for by name without anybody supplying a fixture.

A parameter of such a name is no subject: no page, no schema and no hint shows it to users.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_mlreqs.core.clock import Clock
from pytest_mlreqs.core.past import Past

BODY = "body"
LABEL = "label"
PROJECT = "project"
CLOCK = "clock"
PAST = "past"


class Project(str):
    """The folder that relative paths in options start from: an absolute path."""

    __slots__ = ()

    def __new__(cls, folder: str | os.PathLike[str] = "") -> Project:  # noqa: PYI034
        """Of any folder; the working directory if none is named."""
        return super().__new__(cls, os.path.abspath(folder))

    @property
    def root(self) -> Path:
        """The folder as a path."""
        return Path(self)

    def path(self, declared: str | os.PathLike[str]) -> Path:
        """Where the file or folder is that an option names."""
        return self.root / declared


@dataclass(frozen=True, slots=True)
class Provided:
    """A parameter that the house supplies.

    Attributes:
        name: of the parameter.
        meaning: one sentence for the author of a kind.
        by: who supplies it in a run of pytest.
        otherwise: makes what stands in where nobody does, of the name of the kind; None where
            there is no such thing.
    """

    name: str
    meaning: str
    by: str
    otherwise: Callable[[str], object] | None


PROVIDED: Mapping[str, Provided] = {
    one.name: one
    for one in (
        Provided(
            PROJECT,
            "The folder that relative paths in options start from; `project.path(option)` is one.",
            "the folder of the file that declares requirements, else the root directory of pytest",
            lambda _: Project(),
        ),
        Provided(
            CLOCK,
            "The time, and waiting; with `pytest_mlreqs.testing.FakeClock` a test need not wait.",
            "nobody: it is the clock of the machine",
            lambda _: Clock(),
        ),
        Provided(
            LABEL,
            "The name of the requirement in this run, with the parameters of its test.",
            "the test that is judged",
            str,
        ),
        Provided(
            PAST,
            "Earlier runs of the requirement, read-only; the session adds this one afterwards.",
            "the history that is declared",
            lambda _: Past(),
        ),
        Provided(
            BODY,
            "The body of the test that the marker stands on: a function of no argument.",
            "the marker, or a test by the fixture `mlreqs`",
            None,
        ),
    )
}


def parameters(method: Callable[..., Any], *, optional: bool = True) -> tuple[str, ...]:
    """The parameter names of an unbound method after `self`; with a default only if `optional`."""
    named = list(inspect.signature(method).parameters.values())[1:]
    return tuple(one.name for one in named if optional or one.default is one.empty)


def asked_for(method: Callable[..., Any], given: Mapping[str, object]) -> dict[str, object]:
    """Subjects, and of what is provided for this run that for which a method asks."""
    wanted = parameters(method)
    return {name: one for name, one in given.items() if name in wanted or name not in PROVIDED}
