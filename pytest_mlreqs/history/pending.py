"""pending: what tests have measured, until it is known to count, and is in a history.

A test may be tried again, and counts once, by its last attempt: only when it is torn down for good
is it known which one that was. Then all that it measured is written at once, so that a run that is
interrupted later has lost nothing.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from pytest_mlreqs.core.past import Observation
from pytest_mlreqs.history import HistoryError, opened

_PATIENCE_S = 60.0  # with a database; with other writers `file` has half of it


class Pending:
    """Observations that wait for the end of their test.

    Args:
        project: the folder that relative paths start from.
    """

    def __init__(self, project: str) -> None:
        self._project = project
        self._waiting: defaultdict[Hashable, list[tuple[str, Observation]]] = defaultdict(list)
        self.problems: dict[str, str] = {}  # by place: why nothing is written there any more

    def start(self, test: Hashable) -> None:
        """A test starts: what an earlier attempt of it measured does not count."""
        self._waiting.pop(test, None)

    def add(self, test: Hashable, place: str, observed: Iterable[Mapping[str, Any]]) -> None:
        """A test has measured something, for the history at a path or URL.

        Args:
            test: what tells it from all others of the run.
            place: as in `history.opened`.
            observed: the fields of an `Observation` each.
        """
        self._waiting[test] += [(place, _observation(one)) for one in observed]

    def finish(self, test: Hashable) -> None:
        """A test is over: write what it measured."""
        by_place: defaultdict[str, list[Observation]] = defaultdict(list)
        for place, one in self._waiting.pop(test, ()):
            by_place[place].append(one)
        for place, observations in by_place.items():
            if place not in self.problems:
                self._append(place, observations)

    def finish_all(self) -> None:
        """The run is over, whatever has ended it."""
        for test in list(self._waiting):
            self.finish(test)

    def _append(self, place: str, observations: list[Observation]) -> None:
        def write() -> None:
            opened(place, self._project).append(observations)

        try:
            _bounded(write)
        except HistoryError as error:  # every further test would wait as long
            self.problems[place] = str(error)


def _bounded(write: Callable[[], None]) -> None:
    """Write, and wait no longer than one may wait for a server that does not answer."""
    problems: list[BaseException] = []

    def work() -> None:
        try:
            write()
        except BaseException as error:
            problems.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(_PATIENCE_S)
    if thread.is_alive():
        raise HistoryError(f"the history has not answered for {_PATIENCE_S:g} s")
    if problems:
        raise problems[0]


def _observation(fields: Mapping[str, Any]) -> Observation:
    """An observation from its fields, as they come out of a report."""
    ends = fields["interval"]
    return Observation(**{**fields, "interval": None if ends is None else tuple(ends)})
