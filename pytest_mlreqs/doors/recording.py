"""recording: what a session measured enters the history, in the process where reports arrive."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mlreqs.core.past import has_number

if TYPE_CHECKING:
    from pytest_mlreqs.core.past import Past
    from pytest_mlreqs.core.verdict import Verdict
    from pytest_mlreqs.history.pending import Pending

_observed_key = pytest.StashKey[list[tuple[str, list[dict[str, Any]]]]]()


def observe(item: pytest.Item, place: str, past: Past, verdict: Verdict) -> None:
    """Note what a verdict measured on its item, whose report takes it to the history at `place`."""
    if verdict.disturbed:
        return
    observed = [dataclasses.asdict(past.now(m)) for m in verdict.measurements if has_number(m)]
    item.stash.setdefault(_observed_key, []).append((place, observed))


def attach(item: pytest.Item, report: pytest.TestReport) -> None:
    """Send what was measured along with a report; xdist keeps attributes of plugins."""
    if _observed_key in item.stash:
        vars(report)["mlreqs_observed"] = item.stash[_observed_key]
        forget(item)


def forget(item: pytest.Item) -> None:
    """Drop what was noted on an item: it is sent, or an earlier attempt measured it."""
    if _observed_key in item.stash:
        del item.stash[_observed_key]


class Recording:
    """The hooks that write the history; under xdist they are those of the controller.

    Args:
        project: the folder that relative paths start from.
    """

    def __init__(self, project: str) -> None:
        self._project = project
        self._pending: Pending | None = None  # in most projects nothing asks for a history

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a report brings, and write it once its test is over for good."""
        observed = getattr(report, "mlreqs_observed", ())
        if observed and self._pending is None:
            from pytest_mlreqs.history.pending import Pending

            self._pending = Pending(self._project)
        if self._pending is None:
            return
        test = (report.nodeid, getattr(report, "worker_id", ""))  # `--dist each` runs all twice
        if report.when == "setup" or str(report.outcome) == "rerun":
            self._pending.start(test)
        if str(report.outcome) != "rerun":  # else it is tried again, and this attempt is void
            for place, observations in observed:
                self._pending.add(test, place, observations)
        if report.when == "teardown":
            self._pending.finish(test)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Write what is left of a run that was interrupted in the middle of a test."""
        if self._pending is not None:
            self._pending.finish_all()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say of which history this run is no part."""
        for why in self._pending.problems.values() if self._pending is not None else ():
            line = f"history: {why}; what this run measured is not in it"
            terminalreporter.write_line(line, yellow=True)
