"""hookspecs: what plugins and conftest.py files may extend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_mlreqs.requirement import Requirement
    from pytest_mlreqs.verdict import Verdict


@pytest.hookspec
def pytest_mlreqs_kinds() -> Iterable[type[Requirement]]:  # type: ignore[empty-body]
    """Return further kinds of requirement, which [tool.mlreqs] may then declare.

    Works from an installed plugin and from a conftest.py that pytest loads at start-up: one in
    the root directory, in a `testpaths` folder or on the way to a path on the command line.
    """


@pytest.hookspec
def pytest_mlreqs_verdict(item: pytest.Item, verdict: Verdict) -> None:
    """Called in the process that ran the test, with every verdict as it is reached."""
