"""results: what a run has come to, and where reports of it go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_mlreqs.report.ledger import Ledger


class Unwritable(Exception):
    """A report cannot be written; the text names the option and says why."""


@dataclass(frozen=True)
class Results:
    """One run, as reporters get it.

    Attributes:
        ledger: all verdicts.
        configuration: the file that declares requirements, as the user would name it, or None.
        version: of this package.
        machine: what is known of the machine, when asked.
        revision: the commit that is checked out, when asked.
        folder: where relative paths on the command line start.
        options: the values of the options that reporters bring, by flag.
    """

    ledger: Ledger
    configuration: str | None
    version: str
    machine: Callable[[], Mapping[str, str | float | None]]
    revision: Callable[[], str]
    folder: Path
    options: Mapping[str, Any]

    def write(self, flag: str, render: Callable[[], str]) -> None:
        """Write to the file that the option names, if it is given; make its folder if need be.

        Raises:
            Unwritable: it cannot be written.
        """
        target = self.options[flag]
        if target is None:
            return
        path, text = self.folder / target, render()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise Unwritable(f"{flag} {target}: {error.strerror}") from error
