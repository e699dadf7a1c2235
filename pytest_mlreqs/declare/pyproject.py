"""pyproject: which file holds [tool.mlreqs].

Light on purpose: every pytest run of every project with the plugin installed comes through here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


TABLE = ("tool", "mlreqs")
# Spellings that are looked into: parsing is for files that mention the plugin, or nearly so.
_MENTION = re.compile(rb"m[-_. ]?l[-_. ]?re?[qs]", re.IGNORECASE)


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
        if not _MENTION.search(text):  # an idle plugin should cost nothing
            continue
        document = parsed(path, text)
        if mlreqs_table(document) is not None:
            return path
        if wrong := misspelt(document, text, path.name):
            raise ConfigError(wrong)
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


def misspelt(document: Mapping[str, Any], text: bytes, shown_as: str) -> list[str]:
    """A line for each table that was meant to be [tool.mlreqs]: `[tool.mlreq]`, `[mlreqs]`."""
    wrong = [
        path
        for path, table in _tables(document)
        if path != TABLE and isinstance(table, (dict, list)) and _is_near(path)
    ]
    if not wrong:
        return []
    from pytest_mlreqs.declare.toml_lines import lines, nearest_line

    places = lines(text.decode())
    return [
        f"{shown_as}:{nearest_line(places, path)}: [{'.'.join(path)}] has no effect; "
        "did you mean [tool.mlreqs]?"
        for path in wrong
    ]


def _tables(document: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], object]]:
    """What stands at one key, at two, and at three below [tool.pytest]."""
    for first, value in document.items():
        yield (first,), value
        for second, below in value.items() if isinstance(value, dict) else ():
            yield (first, second), below
            if second == "pytest" and isinstance(below, dict):
                yield from (((first, second, third), last) for third, last in below.items())


def _is_near(path: tuple[str, ...]) -> bool:
    """Whether the last word is the plugin's, but for a letter, and what is above it is `tool`."""
    import difflib

    *above, word = (re.sub(r"[^a-z]", "", part.lower()) for part in path)
    plain = word.removeprefix("pytest")
    if difflib.SequenceMatcher(None, plain, "mlreqs").ratio() < 0.8:
        return False
    return not above or difflib.get_close_matches(above[0], ["tool"], cutoff=0.7) != []
