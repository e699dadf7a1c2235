"""notes: methods that several kinds share, each told once, as text beside the package's code."""

from __future__ import annotations

import re
from importlib import resources

_NOTES = resources.files("pytest_mlreqs") / "notes"
_ENDING = ".md"


def names() -> list[str]:
    """All notes, in alphabetical order."""
    files = (file.name for file in _NOTES.iterdir())
    return sorted(name.removesuffix(_ENDING) for name in files if name.endswith(_ENDING))


def text(name: str) -> str:
    """A note: one line that sums it up, then its sections."""
    return (_NOTES / f"{name}{_ENDING}").read_text(encoding="utf-8").strip()


def summary(name: str) -> str:
    """The first line of a note."""
    return text(name).splitlines()[0]


def explain(name: str) -> str:
    """What `--mlreqs-explain` prints of a note."""
    heading = f"{name}   (method note)"
    return "\n".join([heading, "=" * len(heading), "", text(name), *links(text(name), name)])


def links(page: str, own: str = "") -> list[str]:
    """Lines that lead from a page to the notes that it mentions, as in `sequential_test`."""
    words = set(re.findall(r"`(\w+)`", page))
    mentioned = [name for name in names() if name in words and name != own]
    if not mentioned:
        return []
    width = max(map(len, mentioned))
    lines = (f"    pytest --mlreqs-explain {name:{width}}  {summary(name)}" for name in mentioned)
    return ["", "Read on", *lines]
