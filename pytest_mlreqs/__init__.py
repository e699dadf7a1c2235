"""pytest-mlreqs: requirements of machine-learning systems that fail the build.

The names below are what plugins, conftest.py files and tests may use. They are imported on first
use: pytest loads this package in every run, and most runs need none of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_mlreqs.enforcement import RequirementWarning, UndecidedWarning
    from pytest_mlreqs.erased import Erased
    from pytest_mlreqs.judgement.judge import judge
    from pytest_mlreqs.markers import Mlreqs, RequirementError
    from pytest_mlreqs.measurement import (
        DeclarationError,
        Fault,
        Measurement,
        Undecided,
        at_least,
        at_most,
        none_of,
        undecided,
        within,
    )
    from pytest_mlreqs.measures.traces.persons import Person
    from pytest_mlreqs.models.endpoint import Endpoint
    from pytest_mlreqs.requirement import Planted, Requirement
    from pytest_mlreqs.terms import Terms
    from pytest_mlreqs.verdict import Verdict

__version__ = "0.1.0"

_HOME = {
    "DeclarationError": "measurement",
    "Endpoint": "models.endpoint",
    "Erased": "erased",
    "Fault": "measurement",
    "Measurement": "measurement",
    "Mlreqs": "markers",
    "Person": "measures.traces.people",
    "Planted": "requirement",
    "Requirement": "requirement",
    "RequirementError": "markers",
    "Terms": "terms",
    "RequirementWarning": "enforcement",
    "Undecided": "measurement",
    "UndecidedWarning": "enforcement",
    "Verdict": "verdict",
    "at_least": "measurement",
    "at_most": "measurement",
    "judge": "judgement.judge",
    "none_of": "measurement",
    "undecided": "measurement",
    "within": "measurement",
}

__all__ = [
    "DeclarationError",
    "Endpoint",
    "Erased",
    "Fault",
    "Measurement",
    "Mlreqs",
    "Person",
    "Planted",
    "Requirement",
    "RequirementError",
    "RequirementWarning",
    "Terms",
    "Undecided",
    "UndecidedWarning",
    "Verdict",
    "__version__",
    "at_least",
    "at_most",
    "judge",
    "none_of",
    "undecided",
    "within",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
