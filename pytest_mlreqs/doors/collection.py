"""collection: pyproject.toml as a test file, whose tests are the declared requirements.

Stock pytest does all the work: the requirements are functions of a synthetic module, so fixtures
of every scope, parametrization, marks, `-k`, `--lf`, JUnit and xdist behave as for any test.
"""

from __future__ import annotations

import glob
import inspect
import os
import types
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mlreqs.doors.enforcement import conclude, run_key, stop

if TYPE_CHECKING:
    from pytest_mlreqs.declare.config import Config
    from pytest_mlreqs.declare.declaration import Declaration


_ID = "mlreqs_id"  # the argument that carries the id of a requirement into the name of its test


class RequirementsFile(pytest.Module):
    """The configuration file as a collector."""

    def funcnamefilter(self, name: str) -> bool:
        """All functions are requirements; `python_functions` is about the user's own tests."""
        return True

    def collect(self) -> Any:
        """The declared requirements, as tests."""
        config = self.config.stash[run_key].config
        assert config is not None  # nobody makes this collector without one
        for declaration in config.collected:
            # Several of one kind are tests of one name with a parameter each, as pytest has it:
            # a name with brackets of its own would be lost to `--lf`. So one module for each.
            self.obj = types.ModuleType("mlreqs")
            test = _as_test(declaration, config.path)
            setattr(self.obj, test.__name__, test)
            yield from super().collect()


def declared_name(item: pytest.Item) -> str:
    """The name of the requirement that a collected test is about, without other parameters."""
    told = next(item.iter_markers("mlreqs")).kwargs
    return f"{told['kind']}[{told['id']}]" if "id" in told else str(told["kind"])


def _as_test(declaration: Declaration, path: Path) -> Callable[..., None]:
    """A test function whose signature names the fixtures that the requirement examines."""
    fixtures = declaration.fixtures

    def check(request: pytest.FixtureRequest, **values: object) -> None:
        subjects = {subject: values[fixture] for subject, fixture in fixtures.items()}
        item: pytest.Item = request.node
        conclusion = conclude(item, declaration, subjects)
        stop(item, [conclusion], named=False)
        if conclusion.outcome == "undecided":
            pytest.skip(conclusion.text)  # it did not pass, and it did not fail

    kind, _, identity = declaration.name.removesuffix("]").partition("[")
    names = ("request", *dict.fromkeys(fixtures.values()), *([_ID] if identity else []))
    keyword = inspect.Parameter.KEYWORD_ONLY
    check.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, keyword) for name in names]
    )
    check.__name__ = check.__qualname__ = kind
    check.__doc__ = type(declaration.requirement).__doc__
    # The test is located where it is declared: reports and annotations point at the TOML table.
    check.__code__ = check.__code__.replace(co_filename=str(path), co_firstlineno=declaration.line)
    return pytest.mark.mlreqs(kind=kind, **({"id": identity} if identity else {}))(check)


class Collection:
    """Puts the requirements where the user's tests are.

    The collector hangs under the tests directory (its *home*) rather than under the root, so that
    fixtures of `tests/conftest.py` are visible and `pytest tests` runs the requirements.
    """

    def __init__(self, config: Config, pytest_config: pytest.Config) -> None:
        self._path = config.path
        self._home = config.tests or _home(config.root, pytest_config)
        self._file: RequirementsFile | None = None
        self._ahead = _Ahead()
        pytest_config.pluginmanager.register(self._ahead, "mlreqs-ahead")

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
        if not directory.session.isinitpath(self._path):
            return None
        # `pytest pyproject.toml` asks the folder of that file for what lives elsewhere: the home
        # is collected ahead, by its own nodes, and what it made is handed over.
        if directory.path in self._home.parents and self._file is None:
            for child in children:
                below = (self._home, *self._home.parents)
                if isinstance(child, pytest.Directory) and child.path in below:
                    report = child.ihook.pytest_make_collect_report(collector=child)
                    self._ahead.reports[child] = report
        return self._file if directory.path == self._path.parent else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Let the id be the first parameter in the name of a test: `latency[single_row-forest]`."""
        if (
            isinstance(metafunc.definition.parent, RequirementsFile)
            and _ID in metafunc.fixturenames
        ):
            identity = next(metafunc.definition.iter_markers("mlreqs")).kwargs["id"]
            metafunc.parametrize(_ID, [identity], ids=[identity])

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Run each once (think of `pytest tests pyproject.toml`), what needs quiet at the end."""
        unique = {
            item.nodeid if isinstance(item.parent, RequirementsFile) else item: item
            for item in items
        }
        # Before pytest groups the items by parameters, so that no fixture is built once more.
        items[:] = sorted(unique.values(), key=_alone)


def _alone(item: pytest.Item) -> bool:
    """Whether a collected requirement measures the machine."""
    if not isinstance(item.parent, RequirementsFile):
        return False
    config = item.config.stash[run_key].config
    name = declared_name(item)
    return config is not None and any(
        d.name == name and d.requirement.alone for d in config.collected
    )


class _Ahead:
    """Gives pytest the reports of folders that were collected ahead of their turn.

    To collect them again would make a second node for each folder below, and that one would take
    the fixtures of conftest.py files away from the ordinary tests.
    """

    def __init__(self) -> None:
        self.reports: dict[pytest.Collector, pytest.CollectReport] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Any:
        """The report that is there already, if any."""
        return self.reports.get(collector)


def _home(root: Path, pytest_config: pytest.Config) -> Path:
    """The first folder that `testpaths` (globs) names, else `tests`, else the root directory."""
    top = pytest_config.rootpath
    paths = [
        path
        for name in pytest_config.getini("testpaths")
        for path in sorted(glob.iglob(str(top / name), recursive=True))
    ]
    paths += [str(top / "tests"), str(root / "tests")]
    return Path(os.path.abspath(next(filter(os.path.isdir, paths), top)))
