"""pytest-mlreqs: requirements of machine-learning systems that fail the build.

The names below are what plugins, conftest.py files and tests may use. They are imported on first
use: pytest loads this package in every run, and most runs need none of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_mlreqs.core.judgement.judge import judge
    from pytest_mlreqs.core.limits import at_least, at_most, none_of, reported, within
    from pytest_mlreqs.core.measurement import (
        DeclarationError,
        Fault,
        Measurement,
        Undecided,
        undecided,
    )
    from pytest_mlreqs.core.past import Observation, Past
    from pytest_mlreqs.core.requirement import Planted, Requirement
    from pytest_mlreqs.core.terms import Terms
    from pytest_mlreqs.core.verdict import Verdict
    from pytest_mlreqs.doors.enforcement import RequirementWarning, UndecidedWarning
    from pytest_mlreqs.doors.erased import Erased
    from pytest_mlreqs.doors.markers import Mlreqs, RequirementError
    from pytest_mlreqs.forgetting.traces.persons import Person
    from pytest_mlreqs.models.endpoint import Endpoint
    from pytest_mlreqs.models.model import Model
    from pytest_mlreqs.models.rows import Rows

__version__ = "0.1.0"

_HOME = {
    "DeclarationError": "core.measurement",
    "Endpoint": "models.endpoint",
    "Erased": "doors.erased",
    "Fault": "core.measurement",
    "Measurement": "core.measurement",
    "Mlreqs": "doors.markers",
    "Model": "models.model",
    "Observation": "core.past",
    "Past": "core.past",
    "Person": "forgetting.traces.people",
    "Planted": "core.requirement",
    "Requirement": "core.requirement",
    "RequirementError": "doors.markers",
    "Terms": "core.terms",
    "RequirementWarning": "doors.enforcement",
    "Rows": "models.rows",
    "Undecided": "core.measurement",
    "UndecidedWarning": "doors.enforcement",
    "Verdict": "core.verdict",
    "at_least": "core.limits",
    "at_most": "core.limits",
    "judge": "core.judgement.judge",
    "none_of": "core.limits",
    "reported": "core.limits",
    "undecided": "core.measurement",
    "within": "core.limits",
}

__all__ = [
    "DeclarationError",
    "Endpoint",
    "Erased",
    "Fault",
    "Measurement",
    "Mlreqs",
    "Model",
    "Observation",
    "Past",
    "Person",
    "Planted",
    "Requirement",
    "RequirementError",
    "RequirementWarning",
    "Rows",
    "Terms",
    "Undecided",
    "UndecidedWarning",
    "Verdict",
    "__version__",
    "at_least",
    "at_most",
    "judge",
    "none_of",
    "reported",
    "undecided",
    "within",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
