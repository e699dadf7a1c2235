"""subjects: what is examined, as ordinary session fixtures made from [tool.mlreqs.subjects].

They are registered as a plugin's fixtures, so that a conftest.py may override or extend one
(`def model(model)`), and ordinary tests may use them too.
"""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_mlreqs.config import Config, Subject


def fixtures(config: Config) -> types.ModuleType:
    """A plugin module with one session fixture per declared subject."""
    module = types.ModuleType("pytest_mlreqs_subjects")
    module.__doc__ = f"Subjects declared in {config.path.name}."
    for subject in config.subjects:
        setattr(module, subject.name, _fixture(subject, config))
    return module


def _fixture(subject: Subject, config: Config) -> Any:
    def build() -> object:
        __tracebackhide__ = True  # what broke is the user's loader
        from pytest_mlreqs import loading, targets

        # Behind everything else, so that nothing of the project shadows an installed package.
        sys.path += [folder for folder in config.search if folder not in sys.path]
        if isinstance(subject.source, str):
            return targets.build(targets.resolve(subject.source))
        file = subject.source
        try:
            return loading.load(config.root / file.path, trust=file.trust, sha256=file.sha256)
        except loading.Refused as error:
            pytest.fail(f"{config.path.name}: {subject.name}: {error}", pytrace=False)

    source = subject.source if isinstance(subject.source, str) else subject.source.path
    build.__doc__ = f"Subject {subject.name!r}: {source} ({config.path.name})."
    return pytest.fixture(build, scope="session", name=subject.name)


def hint(missing: str, config: Config | None) -> str:
    """What to do about a subject that no fixture supplies."""
    name = config.path.name if config is not None else "pyproject.toml"
    lines = [
        f"No fixture supplies the subject {missing!r}. Define it in conftest.py beside the tests,",
        f"or in {name}:",
        "",
        "    [tool.mlreqs.subjects]",
        f'    {missing} = "package.module:name"   # an object, a factory, or a file',
    ]
    if config is not None and config.subjects:
        names = ", ".join(subject.name for subject in config.subjects)
        lines += ["", f"{name} declares: {names}"]
    return "\n".join(lines)
