"""subjects: what is examined, as ordinary session fixtures made from [tool.mlreqs.subjects].

They are registered as a plugin's fixtures, so that a conftest.py may override or extend one
(`def model(model)`), and ordinary tests may use them too.
"""

from __future__ import annotations

import os
import re
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mlreqs.declare.options import nearest

if TYPE_CHECKING:
    from pytest_mlreqs.declare.config import Config
    from pytest_mlreqs.declare.sources import Address, App, File, Subject

_VARIABLE = re.compile(r"\$\{?(\w+)")


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
        from pytest_mlreqs.declare import targets
        from pytest_mlreqs.declare.sources import File

        # Behind everything else, so that nothing of the project shadows an installed package.
        sys.path += [folder for folder in config.search if folder not in sys.path]
        if isinstance(source, str):
            found = targets.resolve(source)
            return found if function else targets.build(found)
        if isinstance(source, File):
            return _loaded(subject.name, source, config)
        return _endpoint(subject.name, source, config)

    build.__doc__ = f"Subject {subject.name!r}: {_shown(source)} ({config.path.name})."
    return pytest.fixture(build, scope="session", name=subject.name)


def _loaded(name: str, file: File, config: Config) -> object:
    from pytest_mlreqs.load import loading

    try:
        return loading.load(config.root / file.path, trust=file.trust, sha256=file.sha256)
    except loading.Refused as error:
        pytest.fail(f"{config.path.name}: {name}: {error}", pytrace=False)


def _endpoint(name: str, declared: App | Address, config: Config) -> object:
    from pytest_mlreqs.declare import targets
    from pytest_mlreqs.declare.sources import App
    from pytest_mlreqs.models.endpoint import Endpoint

    asked: dict[str, Any] = {"body": declared.body, "answer": declared.answer}
    for word in ("prepare", "answer"):
        target = getattr(declared, word)
        if target and ":" in target:
            asked[word] = targets.resolve(target)
    headers = {key: os.path.expandvars(value) for key, value in declared.headers.items()}
    # As declared: what is taken from the environment is secret, and may have a `$` in it.
    wanted = [name for value in declared.headers.values() for name in _VARIABLE.findall(value)]
    missing = [name for name in wanted if name not in os.environ]
    if missing:
        pytest.fail(
            f"{config.path.name}: {name}: headers: the environment has no {missing[0]}",
            pytrace=False,
        )
    try:
        if not isinstance(declared, App):
            return Endpoint(declared.url, headers=headers, **asked)
        app = targets.build(targets.resolve(declared.app))
        return Endpoint(app, declared.path, interface=declared.interface, headers=headers, **asked)
    except TypeError as error:
        pytest.fail(f"{config.path.name}: {name}: {error}", pytrace=False)


def _shown(source: str | File | App | Address) -> str:
    """The word that says where a subject comes from."""
    if isinstance(source, str):
        return source
    words = (getattr(source, word, None) for word in ("app", "url", "path"))
    return str(next(filter(None, words)))


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
