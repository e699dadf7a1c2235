"""session: one test session with requirements: what it reads at the start and tells at the end."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_mlreqs import __version__
from pytest_mlreqs.doors import declared, markers, recording, subjects
from pytest_mlreqs.doors.collection import Collection, RequirementsFile, declared_name
from pytest_mlreqs.doors.enforcement import CheckError, Run, records_key, run_key
from pytest_mlreqs.models import family
from pytest_mlreqs.report import reporters
from pytest_mlreqs.report.ledger import Ledger
from pytest_mlreqs.report.results import Results, Unwritable


class Session:
    """The hooks of a session in which requirements are declared or asked for.

    Raises:
        pytest.UsageError: the configuration at `path` is wrong; all problems at once.
    """

    def __init__(self, config: pytest.Config, path: Path | None) -> None:
        self._config = config
        # pytest puts files in the place of these descriptors while a test runs.
        with contextlib.suppress(OSError):
            self._terminal = os.dup(2)
            config.add_cleanup(lambda: os.close(self._terminal))
        catalogue, found, shown = declared.read(config, path)
        _adapters(config)
        self._run = config.stash[run_key] = Run(
            config=found,
            catalogue=catalogue,
            ledger=Ledger(d.name for d in found.collected) if found else Ledger(()),
            proving=config.option.mlreqs_prove,
            shown=shown,
            say=self._say,
        )
        self._results = Results(
            ledger=self._run.ledger,
            configuration=shown or None,
            version=__version__,
            machine=_machine,
            revision=lambda: _revision(str(self._run.root(config))),
            folder=config.invocation_params.dir,
            options={flag: config.getoption(flag) for flag in reporters.options()},
        )
        register = config.pluginmanager.register
        if not hasattr(config, "workerinput"):
            register(recording.Recording(str(self._run.root(config))), "mlreqs-recording")
        if found is not None:
            register(subjects.fixtures(found), "mlreqs-subjects")
            if found.declarations:
                register(Collection(found, config), "mlreqs-collection")

    def _say(self, sentence: str) -> None:
        """Tell the person at the terminal something that cannot wait for the end of a test."""
        with contextlib.suppress(OSError, AttributeError):
            os.write(self._terminal, f"\nmlreqs: {sentence}\n".encode(errors="replace"))

    def pytest_report_header(self) -> str | None:
        """Say which file the requirements come from."""
        config = self._run.config
        if config is None:
            return None
        count = len(config.collected)
        return f"mlreqs: {self._run.shown} ({count} requirement{'s' if count != 1 else ''})"

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Any:
        """Judge a marked test once its own body has passed: its own failure comes first.

        Within the wrappers of others, as its body is: what it prints is captured.
        """
        marked = markers.declarations_key in item.stash
        within = marked and markers.enforced_within(item)
        result = yield
        if marked and not within:
            markers.enforce_marked(item)
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Let an earlier attempt of the same test be void."""
        recording.forget(item)
        if records_key in item.stash:
            del item.stash[records_key]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        """Send the verdicts along with the report; help where a subject is missing.

        Around the wrappers of others, as some try a test again before it has a report.
        """
        report: pytest.TestReport = yield
        requirement = isinstance(item.parent, RequirementsFile)
        if call.when == "setup" and call.excinfo is not None and report.failed:
            if requirement:
                _attach(report, [{"requirement": declared_name(item), "state": "error"}])
            missing = call.excinfo.value
            if (
                isinstance(missing, pytest.FixtureLookupError)
                and missing.argname
                and (requirement or markers.declarations_key in item.stash)
            ):
                hint = subjects.hint(missing.argname, self._run.config, report.longreprtext)
                report.sections.append(("mlreqs", hint))
        elif call.when == "call" and records_key in item.stash:
            recording.attach(item, report)
            _attach(report, item.stash[records_key])
            del item.stash[records_key]
            vars(report)["mlreqs_error"] = call.excinfo is not None and call.excinfo.errisinstance(
                CheckError
            )
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """A check that could not be made is an error to pytest, as a fixture that fails is."""
        if getattr(report, "mlreqs_error", False) and report.failed:
            return "error", "E", "ERROR"
        return None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Enter what a report carries into the ledger."""
        if report.when == "setup":
            self._run.ledger.start(report.nodeid)
        for record in getattr(report, "mlreqs", ()):
            self._run.ledger.add(report.nodeid, record)

    def pytest_sessionfinish(self) -> None:
        """Have reports written; under xdist only where all verdicts arrive."""
        if hasattr(self._config, "workerinput"):
            return
        try:
            for write in reporters.each("write"):
                write(self._results)
        except Unwritable as error:
            pytest.exit(str(error), returncode=4)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
        """The section stands among pytest's own, the closing lines after all of them."""
        ledger = self._run.ledger
        if ledger.records and terminalreporter.verbosity >= 0:
            terminalreporter.ensure_newline()
            terminalreporter.section("requirements")
            for section in reporters.each("section"):
                for colour, line in section(self._results):
                    terminalreporter.write_line(line, **{colour: True})
        yield
        if (ledger.declared or ledger.records) and not self._config.option.collectonly:
            for closing in reporters.each("closing"):
                for line in closing(self._results):
                    terminalreporter.write_line(line)


def _machine() -> Mapping[str, str | float | None]:
    from pytest_mlreqs.measures.machine.fingerprint import facts

    return facts()


def _revision(folder: str) -> str:
    from pytest_mlreqs.measures.machine.fingerprint import commit

    return commit(folder)


def _attach(report: pytest.TestReport, records: list[dict[str, Any]]) -> None:
    """Reports keep attributes of plugins when xdist sends them to its controller."""
    vars(report)["mlreqs"] = records


def _adapters(config: pytest.Config) -> None:
    """Let models of other libraries be called as plugins say, in this session alone.

    The plugin that was registered last wins.
    """
    stack = contextlib.ExitStack()
    try:
        stack.enter_context(family.using(reversed(config.hook.pytest_mlreqs_adapters())))
    except TypeError as error:
        raise pytest.UsageError(str(error)) from None
    config.add_cleanup(stack.close)
