"""hookspecs: what plugins and conftest.py files may extend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_mlreqs.core.requirement import Requirement
    from pytest_mlreqs.core.verdict import Verdict
    from pytest_mlreqs.models.family import Adapter


@pytest.hookspec
def pytest_mlreqs_kinds() -> Iterable[type[Requirement]]:  # type: ignore[empty-body]
    """Return further kinds of requirement, which [tool.mlreqs] may then declare.

    Works from an installed plugin and from a conftest.py that pytest loads at start-up: one in
    the root directory, in a `testpaths` folder or on the way to a path on the command line.
    """


@pytest.hookspec
def pytest_mlreqs_adapters() -> Mapping[str, Adapter]:  # type: ignore[empty-body]
    """Return how models of other libraries are called, by the name of the top-level module.

    `{"h2o": adapter}` holds for every class of `h2o` and its subclasses. An adapter is a module or
    an object with the three functions of `pytest_mlreqs.models.family.Adapter`; it replaces a
    built-in one for the same library. Works from where `pytest_mlreqs_kinds` does.
    """


@pytest.hookspec
def pytest_mlreqs_verdict(item: pytest.Item, verdict: Verdict) -> None:
    """Called in the process that ran the test, with every verdict as it is reached."""
