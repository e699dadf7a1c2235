"""model: what predicts, as a kind examines it: which outputs it offers, and how to call it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_mlreqs.core.subject import Subject
from pytest_mlreqs.models import scoring
from pytest_mlreqs.models import steps as pipelines
from pytest_mlreqs.models.scoring import Scorer

if TYPE_CHECKING:
    from typing_extensions import Self


class Model(Subject):
    """Anything that predicts, called by the method that the requirement declares, if it does.

    Args:
        value: the model as the fixture supplies it.
        method: the only method that is asked for, if one is declared.

    Attributes:
        raw: the model as the fixture supplies it.
        method: the method that is declared, or None.
    """

    def __init__(self, value: Any, method: str | None = None) -> None:
        self.raw, self.method = value, method

    @classmethod
    def of(cls, value: Any, name: str, requirement: object, subjects: Mapping[str, Any]) -> Self:  # noqa: ARG003
        """The model, called by the option `method` of the requirement."""
        return cls(value, getattr(requirement, "method", None))

    @cached_property
    def call(self) -> Scorer:
        """What is called by those who want an answer, whatever it is; see `scoring.method`."""
        return scoring.method(self.raw, self.method)

    @property
    def name(self) -> str:
        """What is called: `predict`."""
        return self.call.name

    @property
    def offered(self) -> tuple[Scorer, ...]:
        """Every output, the most continuous first; see `scoring.scorers`."""
        return scoring.scorers(self.raw, self.method)

    def steps(self) -> list[tuple[str, Callable[[Any], Any]]]:
        """The steps of a pipeline by name; of no pipeline there are none. See `models.steps`."""
        return pipelines.steps(self.raw, self.name)
