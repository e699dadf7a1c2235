"""run_lines: what a check runs counts for coverage.py, and so for pytest-cov and pytest-testmon.

They record in the session's process. The process of a check records for itself, as does any copy
of it, and sends what it has run along with its last word; where it does not come to its last word,
nothing is known.
"""

from __future__ import annotations

import contextlib
import sys
import warnings
from typing import Any

Lines = dict[str, list[Any]]  # of each file the lines, or the pairs of lines where branches count

_SAME = ("branch", "source", "source_pkgs", "source_dirs", "include", "omit", "timid")


def record() -> Any:
    """Begin to record in this forked process, if its session does; returns the recorder."""
    session = _current()
    if session is None:
        return None
    with contextlib.suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session.stop()  # it would write into the file of the session
        options = {}
        for name in _SAME:
            with contextlib.suppress(Exception):  # older versions know fewer
                options[name] = session.get_option(f"run:{name}")
        recorder = type(session)(data_file=None, config_file=False, **options)
        recorder.start()
        return recorder
    return None


def recorded(recorder: Any) -> Lines | None:
    """End it; returns what was run."""
    if recorder is None:
        return None
    with contextlib.suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        recorder.stop()
        data = recorder.get_data()
        each = data.arcs if data.has_arcs() else data.lines
        return {file: list(each(file) or ()) for file in data.measured_files()}
    return None


def enter(lines: Lines | None) -> None:
    """Count what a check has run as run in this process."""
    session = _current()
    if not lines or session is None:
        return
    with contextlib.suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = session.get_data()
        (data.add_arcs if session.get_option("run:branch") else data.add_lines)(lines)


def _current() -> Any:
    coverage = sys.modules.get("coverage")
    return None if coverage is None else coverage.Coverage.current()
