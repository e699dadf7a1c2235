"""tree: the files of a folder, each once, and none outside of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pytest_mlreqs.forgetting.traces.files.mapped import Unsearchable


def files_below(path: str) -> Iterator[tuple[str, str | Unsearchable]]:
    """Pairs of a name and the place of the file, in the order of the names, or why it has none.

    The name of a file in a folder is relative to it, with slashes. A link within the folder leads
    to a file that comes anyway, so it is left out; one that leads out of it is not followed.
    """
    if not os.path.isdir(path):
        yield os.path.basename(path), path
        return
    root = os.path.realpath(path)
    problems: list[OSError] = []
    found: list[tuple[str, str | Unsearchable]] = []
    for folder, folders, files in os.walk(root, onerror=problems.append):
        for entry in [*folders, *files]:
            place = os.path.join(folder, entry)
            name = os.path.relpath(place, root).replace(os.sep, "/")
            if not os.path.islink(place):
                if entry in files:
                    found.append((name, place))
                continue
            target = os.path.realpath(place)
            if not Path(target).is_relative_to(root):
                found.append((name, Unsearchable(f"a link to {target}, which is outside")))
    for problem in problems:
        name = os.path.relpath(problem.filename, root).replace(os.sep, "/")
        found.append((name, Unsearchable(problem.strerror or "cannot be opened")))
    yield from sorted(found, key=lambda one: one[0])
