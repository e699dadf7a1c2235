"""reporters: the one list of what tells verdicts.

The session calls those named in `REPORTERS`, in this order. Each is a module with any of

* `OPTIONS`: the options of the command line that it brings, and what argparse is to know of each;
* `properties(record)`: pairs that the report of a test carries beside a verdict, for JUnit;
* `section(results)`: lines about verdicts for the terminal, each with its colour before it;
* `closing(results)`: the last lines of the run;
* `write(results)`: writes files, in the process where all verdicts arrive.

Every run of pytest imports them for their options, so they import what is heavy where they use it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

REPORTERS = ("terminal", "junit", "json_file")


def options() -> Mapping[str, Mapping[str, Any]]:
    """The options of all reporters: keyword arguments for argparse by flag."""
    return {
        flag: words
        for name in REPORTERS
        for flag, words in getattr(_module(name), "OPTIONS", {}).items()
    }


def each(function: str) -> list[Callable[..., Any]]:
    """The functions of that name of all reporters that have one."""
    modules = map(_module, REPORTERS)
    return [getattr(module, function) for module in modules if hasattr(module, function)]


def _module(name: str) -> Any:
    return importlib.import_module(f"{__package__}.{name}")
