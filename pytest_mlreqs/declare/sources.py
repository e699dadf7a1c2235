"""sources: where a subject comes from, as [tool.mlreqs.subjects] says it.

An import path, an address, a file, or a web app that is imported and asked at a path.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from pytest_mlreqs.declare import options, targets
from pytest_mlreqs.declare.options import Problem, convert, shown, suggestion
from pytest_mlreqs.load.loading import ENDINGS

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A subject that is loaded from a file, with what its loading may rely on."""

    path: Annotated[_Text, msgspec.Meta(description="the file, relative to the folder of this one")]
    trust: Annotated[
        tuple[_Text, ...],
        msgspec.Meta(
            description="classes and functions that a pickle may load beside those of known "
            "libraries, by import path or glob (`churn.features.*`)"
        ),
    ] = ()
    sha256: Annotated[
        Annotated[str, msgspec.Meta(pattern="^[0-9a-fA-F]{64}$")] | None,
        msgspec.Meta(description="digest that the file must have. It pins the file."),
    ] = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How an endpoint is asked for a prediction, and where its answer holds it."""

    body: Annotated[
        Literal["row", "rows", "form"],
        msgspec.Meta(
            description="what a request holds: one object, a list of one object, or the fields of "
            "a form"
        ),
    ] = "row"
    prepare: Annotated[
        _Text | None,
        msgspec.Meta(
            description="import path of a function that gets a row as a dict and returns what is "
            "sent"
        ),
    ] = None
    answer: Annotated[
        _Text | None,
        msgspec.Meta(
            description="where the prediction stands in the answer (`0.outcome`), or the import "
            "path of a function that reads it"
        ),
    ] = None
    headers: Annotated[
        dict[_Text, str],
        msgspec.Meta(description="headers of each request; `$NAME` is taken from the environment"),
    ] = {}


class App(Asked, frozen=True, kw_only=True):
    """A model that is a WSGI or ASGI app, named by its import path, and asked at a path."""

    app: Annotated[
        _Text, msgspec.Meta(description="import path of the app, or of a function that makes it")
    ]
    path: Annotated[
        str, msgspec.Meta(pattern="^/", description="path of the app that answers predictions")
    ] = "/"
    interface: Annotated[
        Literal["wsgi", "asgi"] | None,
        msgspec.Meta(
            description="how the app is called. Set it if it cannot be told from the app."
        ),
    ] = None


class Address(Asked, frozen=True, kw_only=True):
    """A model that is the address of an endpoint."""

    url: Annotated[_Text, msgspec.Meta(description="address that answers predictions")]


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject as declared: an import path, the address of an endpoint, a file, or an app."""

    name: str
    source: str | File | App | Address


def search(root: Path) -> list[str]:
    """The project's folder and its `src`, those that exist."""
    return [str(folder) for folder in (root, root / "src") if folder.is_dir()]


def subject(
    name: str, value: object, where: tuple[str, ...], root: Path
) -> tuple[Subject | None, list[Problem]]:
    """What `name = value` declares in the table of a project at `root`, or all that is wrong."""
    found: str | File | App | Address | None = None
    problem: str | None = None
    if not name.isidentifier() or name == "request":
        problem = f"{name!r} cannot be the name of a fixture"
    elif isinstance(value, dict):
        cls = _sort(value)
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


def _sort(table: dict[str, object]) -> type[File | App | Address]:
    """What a table means; its words may be misspelt."""
    sorts = (File, App, Address)
    known = [field for sort in sorts for field in sort.__struct_fields__]
    meant = {key if key in known else options.nearest(key, known) for key in table}
    if meant & {"trust", "sha256"}:
        return File
    if "url" in meant:
        return Address
    return App if meant & {"app", "interface", *Asked.__struct_fields__} else File


def _wrong(table: File | App | Address, root: Path) -> str | None:
    if isinstance(table, File):
        return _missing(table.path, root)
    if isinstance(table, App) and table.app.startswith(targets.URLS):
        return f"an address is a url: {{ url = {table.app!r} }}"
    if isinstance(table, Address) and not table.url.startswith(targets.URLS):
        return f"url = {table.url!r} does not begin with {' or '.join(targets.URLS)}"
    named = {"app": table.app} if isinstance(table, App) else {"url": table.url}
    named |= {"prepare": table.prepare} if table.prepare else {}
    named |= {"answer": table.answer} if table.answer and ":" in table.answer else {}
    wrong = (_unknown(f"{key} = {value!r}", value, root) for key, value in named.items())
    return next(filter(None, wrong), None)


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
