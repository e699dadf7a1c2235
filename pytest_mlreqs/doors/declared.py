"""declared: the kinds that this run has and what is declared of them, or why it has to stop."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_mlreqs.declare import config as configuration
from pytest_mlreqs.declare.catalogue import Catalogue
from pytest_mlreqs.declare.config import Config
from pytest_mlreqs.declare.pyproject import ConfigError


def catalogue(config: pytest.Config) -> Catalogue:
    """Our kinds and those of all plugins.

    Raises:
        pytest.UsageError: a plugin gives what is no kind.
    """
    given = config.hook.pytest_mlreqs_kinds()
    try:
        return Catalogue(cls for kinds in given for cls in kinds)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(str(error)) from None


def read(config: pytest.Config, path: Path | None) -> tuple[Catalogue, Config | None, str]:
    """The catalogue, what is declared, and the short name of the file that declares it.

    Args:
        config: pytest's.
        path: that file; None where there is none.

    Raises:
        pytest.UsageError: all problems of the file at once.
    """
    kinds = catalogue(config)
    if path is None:
        return kinds, None, ""
    shown = os.path.relpath(path, config.invocation_params.dir)
    # Absolute with links left alone, as pytest has its paths: node ids depend on it.
    absolute = Path(os.path.abspath(path))
    try:
        return kinds, configuration.read(absolute, kinds, shown_as=shown), shown
    except ConfigError as error:
        raise pytest.UsageError(*error.problems) from None
