"""sources: where a subject comes from, as [tool.mlreqs.subjects] says it.

An import path, an address, a file, or a web app that is imported and asked at a path.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from pytest_mlreqs import options, targets
from pytest_mlreqs.loading import ENDINGS
from pytest_mlreqs.options import Problem, convert, shown, suggestion

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A subject that is loaded from a file, with what its loading may rely on."""

    path: _Text
    trust: tuple[_Text, ...] = ()
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-fA-F]{64}$")] | None = None


class App(msgspec.Struct, frozen=True, kw_only=True):
    """A model that is a WSGI or ASGI app, named by its import path, and asked at a path."""

    app: _Text
    path: Annotated[str, msgspec.Meta(pattern="^/")] = "/"
    interface: Literal["wsgi", "asgi"] | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject as declared: an import path, the address of an endpoint, a file, or an app."""

    name: str
    source: str | File | App


def search(root: Path) -> list[str]:
    """The project's folder and its `src`, as far as they exist."""
    return [str(folder) for folder in (root, root / "src") if folder.is_dir()]


def subject(
    name: str, value: object, where: tuple[str, ...], root: Path
) -> tuple[Subject | None, list[Problem]]:
    """What `name = value` declares in the table of a project at `root`, or all that is wrong."""
    found: str | File | App | None = None
    problem: str | None = None
    if not name.isidentifier() or name == "request":
        problem = f"{name!r} cannot be the name of a fixture"
    elif isinstance(value, dict):
        cls: type[File | App] = App if _is_app(value) else File
        found, problems = convert(cls, value, where)
        if found is None:
            return None, problems
        problem = f"{name}: {wrong}" if (wrong := _wrong(found, root)) else None
    elif not isinstance(value, str):
        problem = f"{name!r} must be an import path or a file, got {shown(value)}"
    elif value.startswith(targets.URLS):
        found, problem = value, _unknown(f"{name} = {value!r}", value, root)
    elif Path(value).suffix.lower() in ENDINGS:
        found = File(path=value)
        problem = f"{name}: {wrong}" if (wrong := _missing(value, root)) else None
    elif "://" in value or ":" not in value:
        problem = (
            f"{name} = {value!r} is neither an import path 'package.module:name', "
            f"nor http(s)://, nor a file ending in {', '.join(sorted(ENDINGS))}"
        )
    else:
        found, problem = value, _unknown(f"{name} = {value!r}", value, root)
    if problem is not None or found is None:
        return None, [Problem(where, str(problem))]
    return Subject(name, found), []


def _is_app(table: dict[str, object]) -> bool:
    """Whether a table means an app; its words may be misspelt."""
    known = [*File.__struct_fields__, *App.__struct_fields__]
    meant = {key if key in known else options.nearest(key, known) for key in table}
    return bool(meant & {"app", "interface"}) and not meant & {"trust", "sha256"}


def _wrong(table: File | App, root: Path) -> str | None:
    if isinstance(table, File):
        return _missing(table.path, root)
    if table.app.startswith(targets.URLS):
        return f"an address stands alone, without a table: {table.app!r}"
    return _unknown(f"app = {table.app!r}", table.app, root)


def _unknown(what: str, target: str, root: Path) -> str | None:
    problem = targets.problem(target, search(root))
    return None if problem is None else f"{what}: {problem}"


def _missing(file: str, root: Path) -> str | None:
    path = root / file
    if path.suffix.lower() not in ENDINGS:
        return f"{file!r} does not end in {', '.join(sorted(ENDINGS))}"
    if path.is_file():
        return None
    folder = path.parent
    names = [other.name for other in folder.iterdir()] if folder.is_dir() else []
    near = suggestion(path.name, names) if names else ""
    return f"there is no file {file!r}{near if 'mean' in near else ''}"
