"""plugin: every pytest hook of pytest-mlreqs, each a few lines.

pytest imports this module in every run of every project that has the plugin installed, so it
imports nothing but pytest; the rest is imported when there is something to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_mlreqs.doors.erased import Erased
    from pytest_mlreqs.doors.markers import Mlreqs


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the command line."""
    group = parser.getgroup("mlreqs", "requirements of machine-learning systems")
    add = group.addoption
    add("--mlreqs-config", metavar="PATH", help="take [tool.mlreqs] from this TOML file")
    prove = "plant violations of the declared requirements and demand that they are noticed"
    add("--mlreqs-prove", action="store_true", help=prove)
    add("--mlreqs-list", action="store_true", help="list the kinds and what is declared, then exit")
    page = "print the page of a kind, or the note of a method, then exit"
    add("--mlreqs-explain", metavar="NAME", help=page)
    for_editors = "print the JSON Schema of [tool.mlreqs] for editors, then exit"
    add("--mlreqs-schema", action="store_true", help=for_editors)
    from pytest_mlreqs.report import reporters

    for flag, words in reporters.options().items():
        add(flag, **words)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Offer the hooks that others may implement."""
    from pytest_mlreqs import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        "mlreqs(kind, **options): hold the model of this test to a requirement of that kind, "
        "or, without arguments, to all that [tool.mlreqs] declares.",
    )


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Answer `--mlreqs-explain`, `--mlreqs-schema` and `--mlreqs-list`; no test runs then."""
    asked = config.option
    if asked.mlreqs_explain is None and not (asked.mlreqs_schema or asked.mlreqs_list):
        return None
    from pytest_mlreqs.doors import answers

    print(answers.answer(config, _declaring_file(config)))
    return 0


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Read the declared requirements, or stop the run: before any test, and for all problems.

    Not in `pytest_configure`, where a problem would break `--help` and `--markers` too.
    """
    config = session.config
    from pytest_mlreqs.report import reporters

    path = _declaring_file(config)
    asked = any(map(config.getoption, reporters.options()))
    # The controller of xdist collects nothing, so only reports tell it of markers in use.
    if path is not None or asked or config.pluginmanager.hasplugin("dsession"):
        _open(config, path)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    """Read the markers of what was collected; a wrong one is an error of its file."""
    report: pytest.CollectReport = yield
    problems = _prepared(collector.config, report.result or ()) if report.passed else ()
    if problems:
        report.outcome, report.result = "failed", []
        report.longrepr = "\n".join(problems)
    return report


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Read the markers that a conftest.py or another plugin has added since."""
    problems = _prepared(config, items)
    if problems:
        raise pytest.UsageError(*problems)


@pytest.fixture
def mlreqs(request: pytest.FixtureRequest) -> Mlreqs:
    """Hold models to requirements: `mlreqs.enforce("latency", model=candidate, X=rows)`."""
    _open(request.config)
    from pytest_mlreqs.doors import markers

    return markers.Mlreqs(request)


@pytest.fixture
def mlreqs_erased() -> Erased:
    """Synthetic people, and whether they are anywhere: `mlreqs_erased.assert_absent(frame)`."""
    from pytest_mlreqs.doors import erased

    return erased.Erased()


def _prepared(config: pytest.Config, collected: Iterable[Any]) -> list[str]:
    """Make marked tests ready; returns what is wrong with their markers."""
    marked = [
        item
        for item in collected
        if isinstance(item, pytest.Function) and item.get_closest_marker("mlreqs") is not None
    ]
    if not marked:
        return []
    _open(config)
    from pytest_mlreqs.doors import markers

    return markers.prepare(marked)


def _open(config: pytest.Config, path: Path | None = None) -> None:
    """Bring in what judges and reports requirements, once."""
    if not config.pluginmanager.hasplugin("mlreqs-session"):
        from pytest_mlreqs.doors.session import Session

        config.pluginmanager.register(Session(config, path), "mlreqs-session")


def _declaring_file(config: pytest.Config) -> Path | None:
    from pytest_mlreqs.declare import pyproject

    given: str | None = config.option.mlreqs_config
    if given is not None:
        return Path(config.invocation_params.dir, given)
    try:
        return pyproject.find(config.inipath, config.rootpath)
    except pyproject.ConfigError as error:
        raise pytest.UsageError(*error.problems) from None
