"""history: what earlier runs measured, kept in a `file`, or on a `server`.

A check reads it (`Recorded`), and changes nothing. What a check measured is appended by the session
once the verdict is reached (`pending`).
"""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Sequence
from typing import Protocol

from pytest_mlreqs.core.measurement import Undecided
from pytest_mlreqs.core.past import Observation, Past
from pytest_mlreqs.measures.machine import fingerprint


class HistoryError(Undecided):
    """The history cannot be used; the text says why, and nothing was written."""


class History(Protocol):
    """Where observations are kept."""

    def append(self, observations: Sequence[Observation]) -> None:
        """Keep what was measured, all or nothing.

        Raises:
            HistoryError: it cannot be kept.
        """

    def read(self, series: str, id: str, of: str) -> list[Observation]:
        """What was measured of one quantity in a series, oldest first; none if there is no history.

        Raises:
            HistoryError: it cannot be read.
        """


class Recorded(Past):
    """Earlier runs as a history has them, read when they are asked for.

    Args:
        place: a path or URL, as in `opened`.
        project: the folder that a relative path starts from; its commit is that of this run.
        series: the requirement.
    """

    def __init__(self, place: str, project: str, series: str) -> None:
        machine, revision = fingerprint.machine(), fingerprint.commit(os.path.abspath(project))
        super().__init__(series=series, machine=machine, revision=revision)
        self._place, self._project = place, project

    def runs(self, id: str, of: str = "") -> list[Observation]:
        """What earlier runs measured of one quantity, oldest first.

        Raises:
            HistoryError: they cannot be read.
        """
        return opened(self._place, self._project).read(self.series, id, of)


def opened(place: str, project: str = "") -> History:
    """The history at a path, or at an URL that SQLAlchemy understands.

    A relative path starts from the folder `project`. `$NAME` and `${NAME}` stand for variables of
    the environment.

    Raises:
        HistoryError: there is no such variable, or nothing that understands the URL.
    """
    place = os.path.expandvars(place)
    if missing := re.search(r"\$\{?(\w+)", place):
        raise HistoryError(f"the environment has no {missing[1]}")
    if "://" not in place:
        from pytest_mlreqs.history.file import InFile

        return InFile(os.path.join(project, place))
    from pytest_mlreqs.history.server import OnServer

    return OnServer(place)


def since(runs: Sequence[Observation], anchor: str | None) -> list[Observation]:
    """The runs from the anchor on.

    Args:
        runs: oldest first.
        anchor: a day (`2026-11-01`), the beginning of a commit's name, or None for the very first.
    """
    if anchor is None:
        return list(runs)
    if day(anchor):
        return [run for run in runs if run.at >= anchor]
    for position, run in enumerate(runs):
        if run.revision.startswith(anchor):
            return list(runs[position:])
    return []


def day(anchor: str) -> bool:
    """Whether an anchor is a day rather than a commit."""
    try:
        return datetime.date.fromisoformat(anchor).isoformat() == anchor
    except ValueError:
        return False
