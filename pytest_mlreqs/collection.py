"""collection: pyproject.toml as a test file, whose tests are the declared requirements.

Stock pytest does all the work: the requirements are functions of a synthetic module, so fixtures
of every scope, parametrization, marks, `-k`, `--lf`, JUnit and xdist behave as for any test.
"""

from __future__ import annotations

import inspect
import os
import types
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mlreqs.enforcement import conclude, run_key, warn

if TYPE_CHECKING:
    from pytest_mlreqs.config import Config
    from pytest_mlreqs.declaration import Declaration


class RequirementsFile(pytest.Module):
    """The configuration file as a collector."""

    def funcnamefilter(self, name: str) -> bool:
        """All functions are requirements; `python_functions` is about the user's own tests."""
        return True

    def collect(self) -> Any:
        """The declared requirements, as tests."""
        config = self.config.stash[run_key].config
        assert config is not None  # nobody makes this collector without one
        self.obj = types.ModuleType("mlreqs")
        for declaration in config.declarations:
            setattr(self.obj, declaration.name, _as_test(declaration, config.path))
        return super().collect()


def _as_test(declaration: Declaration, path: Path) -> Callable[..., None]:
    """A test function whose signature names the fixtures that the requirement examines."""
    fixtures = declaration.fixtures

    def check(request: pytest.FixtureRequest, **values: object) -> None:
        subjects = {subject: values[fixture] for subject, fixture in fixtures.items()}
        item: pytest.Item = request.node
        conclusion = conclude(item, declaration, subjects)
        if conclusion.outcome == "accept":
            pytest.xfail(conclusion.text)  # goes on under --runxfail: then it fails
        if conclusion.outcome in ("fail", "accept"):
            pytest.fail(conclusion.text, pytrace=False)
        if conclusion.outcome == "undecided":
            warn(item, conclusion)
            pytest.skip(conclusion.text)  # it did not pass, and it did not fail

    names = ("request", *dict.fromkeys(fixtures.values()))
    keyword = inspect.Parameter.KEYWORD_ONLY
    check.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, keyword) for name in names]
    )
    check.__name__ = check.__qualname__ = declaration.name
    check.__doc__ = type(declaration.requirement).__doc__
    # The test is located where it is declared: reports and annotations point at the TOML table.
    check.__code__ = check.__code__.replace(co_filename=str(path), co_firstlineno=declaration.line)
    return pytest.mark.mlreqs(kind=declaration.requirement.kind())(check)


class Collection:
    """Puts the requirements where the user's tests are.

    The collector hangs under the tests directory (its *home*) rather than under the root, so that
    fixtures of `tests/conftest.py` are visible and `pytest tests` runs the requirements.
    """

    def __init__(self, config: Config, pytest_config: pytest.Config) -> None:
        self._path = config.path
        self._home = config.tests or _home(config.root, pytest_config)
        self._file: RequirementsFile | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Any:
        """Add the requirements to what was collected in the home."""
        report: pytest.CollectReport = yield
        if isinstance(collector, pytest.Directory) and report.passed:
            file = self._adopted(collector, report.result or [])
            if file is not None and file not in report.result:
                report.result = [*report.result, file]
        return report

    def _adopted(self, directory: pytest.Directory, children: list[Any]) -> RequirementsFile | None:
        """The one requirements file, if `directory` is where it shows up."""
        if directory.path == self._home:
            if self._file is None:
                self._file = RequirementsFile.from_parent(directory, path=self._path)
            return self._file
        named = directory.session.isinitpath(self._path)
        if named and directory.path in self._home.parents:
            # `pytest pyproject.toml` asks this directory for a file that lives further down: the
            # home is collected as usual, by its own node, and what it made is handed up. A second
            # node for the home would steal the conftest fixtures from the ordinary tests.
            for child in children:
                below = (self._home, *self._home.parents)
                if isinstance(child, pytest.Directory) and child.path in below:
                    child.ihook.pytest_make_collect_report(collector=child)
                    return self._file
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """`pytest tests pyproject.toml` names the requirements twice; they run once."""
        unique = {
            item.nodeid if isinstance(item.parent, RequirementsFile) else item: item
            for item in items
        }
        items[:] = unique.values()


def _home(root: Path, pytest_config: pytest.Config) -> Path:
    """The first of `testpaths` that is a directory, else `tests`, else the root directory."""
    folders = [pytest_config.rootpath / name for name in pytest_config.getini("testpaths")]
    folders += [pytest_config.rootpath / "tests", root / "tests"]
    found = next((folder for folder in folders if folder.is_dir()), pytest_config.rootpath)
    return Path(os.path.abspath(found))
