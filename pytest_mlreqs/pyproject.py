"""pyproject: which file holds [tool.mlreqs].

Light on purpose: every pytest run of every project with the plugin installed comes through here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class ConfigError(Exception):
    """The configuration cannot be used; `problems` holds one line for each thing wrong."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


def find(inipath: Path | None, rootpath: Path) -> Path | None:
    """The pyproject.toml whose [tool.mlreqs] holds for this run.

    It is the one that pytest itself was configured by, else the nearest from the root directory
    upwards that has the table (as ruff does it). The working directory plays no part: a monorepo's
    `pytest services/a` must not read the requirements of the repository's root.
    """
    candidates = [folder / "pyproject.toml" for folder in (rootpath, *rootpath.parents)]
    if inipath is not None and inipath.name == "pyproject.toml":
        candidates.insert(0, inipath)
    for path in candidates:
        try:
            text = path.read_bytes()
        except OSError:
            continue
        # Parsing is for files that mention the plugin: an idle plugin should cost nothing.
        if b"mlreqs" in text and mlreqs_table(parsed(path, text)) is not None:
            return path
    return None


def parsed(path: Path, text: bytes, shown_as: str = "") -> dict[str, Any]:
    """The document; raises `ConfigError` where it is no TOML."""
    try:
        return tomllib.loads(text.decode())
    except (ValueError, RecursionError) as error:  # what tomllib raises is a ValueError
        raise ConfigError([f"{shown_as or path.name}: is not valid TOML: {error}"]) from None


def mlreqs_table(document: Mapping[str, Any]) -> object:
    """Whatever stands at [tool.mlreqs], or None."""
    tool = document.get("tool")
    return tool.get("mlreqs") if isinstance(tool, dict) else None
