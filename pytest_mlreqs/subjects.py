"""subjects: what is examined, as ordinary session fixtures made from [tool.mlreqs.subjects].

They are registered as a plugin's fixtures, so that a conftest.py may override or extend one
(`def model(model)`), and ordinary tests may use them too.
"""

from __future__ import annotations

import re
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mlreqs.options import nearest

if TYPE_CHECKING:
    from pytest_mlreqs.config import Config
    from pytest_mlreqs.sources import App, File, Subject


def fixtures(config: Config) -> types.ModuleType:
    """A plugin module with one session fixture per declared subject."""
    module = types.ModuleType("pytest_mlreqs_subjects")
    module.__doc__ = f"Subjects declared in {config.path.name}."
    functions = {
        fixture
        for declaration in config.declarations
        for name, fixture in declaration.fixtures.items()
        if name in declaration.requirement.functions
    }
    for subject in config.subjects:
        setattr(module, subject.name, _fixture(subject, config, subject.name in functions))
    return module


def _fixture(subject: Subject, config: Config, function: bool) -> Any:  # noqa: FBT001
    source = subject.source

    def build() -> object:
        __tracebackhide__ = True  # what broke is the user's loader
        from pytest_mlreqs import targets
        from pytest_mlreqs.sources import App

        # Behind everything else, so that nothing of the project shadows an installed package.
        sys.path += [folder for folder in config.search if folder not in sys.path]
        if isinstance(source, str):
            found = targets.resolve(source)
            return found if function else targets.build(found)
        if not isinstance(source, App):
            return _loaded(subject.name, source, config)
        return _endpoint(subject.name, targets.build(targets.resolve(source.app)), source, config)

    shown = source if isinstance(source, str) else getattr(source, "app", source.path)
    build.__doc__ = f"Subject {subject.name!r}: {shown} ({config.path.name})."
    return pytest.fixture(build, scope="session", name=subject.name)


def _loaded(name: str, file: File, config: Config) -> object:
    from pytest_mlreqs import loading

    try:
        return loading.load(config.root / file.path, trust=file.trust, sha256=file.sha256)
    except loading.Refused as error:
        pytest.fail(f"{config.path.name}: {name}: {error}", pytrace=False)


def _endpoint(name: str, app: object, declared: App, config: Config) -> object:
    from pytest_mlreqs.models.endpoint import Endpoint

    try:
        return Endpoint(app, declared.path, interface=declared.interface)
    except TypeError as error:
        pytest.fail(f"{config.path.name}: {name}: {error}", pytrace=False)


def hint(missing: str, config: Config | None, told: str = "") -> str:
    """What to do about a subject that no fixture supplies.

    Args:
        missing: its name.
        config: what is declared.
        told: what pytest says of it, with the fixtures that there are.
    """
    name = config.path.name if config is not None else "pyproject.toml"
    there = re.search(r"available fixtures: (.+)", told)
    near = nearest(missing, there[1].split(", ")) if there else None
    define = "efine it in conftest.py beside the tests,"
    lines = [
        f"No fixture supplies the subject {missing!r}"
        + (f"; did you mean {near!r}?\nIf not, d{define}" if near else f". D{define}"),
        f"or in {name}:",
        "",
        "    [tool.mlreqs.subjects]",
        f'    {missing} = "package.module:name"   # an object, a factory, or a file',
    ]
    if config is not None and config.subjects:
        names = ", ".join(subject.name for subject in config.subjects)
        lines += ["", f"{name} declares: {names}"]
    return "\n".join(lines)
