"""config: which file holds [tool.mlreqs], and what it declares.

Declared means enforced: whatever is wrong in the table is found here, before any test runs, and
all of it at once.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import msgspec

from pytest_mlreqs.core.terms import SETTINGS, TERMS, Terms
from pytest_mlreqs.declare import sources
from pytest_mlreqs.declare.catalogue import Catalogue
from pytest_mlreqs.declare.declaration import Declaration, declare
from pytest_mlreqs.declare.options import Problem, convert, no_table, shown, suggestion
from pytest_mlreqs.declare.pyproject import ConfigError, misspelt, mlreqs_table, parsed
from pytest_mlreqs.declare.sources import Subject
from pytest_mlreqs.declare.toml_lines import lines, nearest_line

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """A violation that is accepted for a reason, until a day."""

    reason: Annotated[_Text, msgspec.Meta(description="why the violation is accepted")]
    until: Annotated[datetime.date, msgspec.Meta(description="the last day of the exception")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All that [tool.mlreqs] of one file declares."""

    path: Path
    declarations: tuple[Declaration, ...] = ()
    subjects: tuple[Subject, ...] = ()
    accepted: Mapping[str, Accepted] = field(default_factory=dict)
    tests: Path | None = None
    terms: Terms = field(default_factory=Terms)

    @property
    def root(self) -> Path:
        """The folder that relative paths start from."""
        return self.path.parent

    @property
    def collected(self) -> tuple[Declaration, ...]:
        """The declared requirements, those with parts as one for each of them."""
        return tuple(test for declaration in self.declarations for test in declaration.tests)

    @property
    def search(self) -> list[str]:
        """Where import paths may lead beside sys.path: the project, and its src folder."""
        return sources.search(self.root)


def read(path: Path, catalogue: Catalogue, *, shown_as: str = "") -> Config:
    """Read and validate [tool.mlreqs] of one file.

    Raises:
        ConfigError: with one line per problem, in the order of the file.
    """
    shown_as = shown_as or path.name
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{shown_as}: cannot be read: {error.strerror}"]) from None
    document = parsed(path, text, shown_as)
    table = mlreqs_table(document)
    wrong = misspelt(document, text, shown_as)
    if wrong or table is None:
        raise ConfigError(wrong or [f"{shown_as}: there is no [tool.mlreqs] in it"])
    places = lines(text.decode())
    reader = _Reader(path, shown_as, catalogue, places)
    config = reader.config(table)
    if reader.problems:
        problems = sorted(reader.problems, key=lambda problem: nearest_line(places, problem.path))
        raise ConfigError(
            f"{shown_as}:{nearest_line(places, problem.path)}: {_heading(problem.path, table)} "
            f"{problem.text}"
            for problem in problems
        )
    return config


class _Reader:
    """Turns the table into a Config, noting every problem on the way."""

    def __init__(
        self, path: Path, shown_as: str, catalogue: Catalogue, places: Mapping[Any, int]
    ) -> None:
        self.path = path
        self.shown_as = shown_as
        self.catalogue = catalogue
        self.places = places
        self.problems: list[Problem] = []

    def config(self, table: object) -> Config:
        top = ("tool", "mlreqs")
        if not isinstance(table, dict):
            self.problems.append(no_table(top, table))
            return Config(path=self.path)
        settings = {key: value for key, value in table.items() if key in TERMS}
        terms = self.convert(Terms, settings, top) or Terms()
        declarations: dict[str, Declaration] = {}
        for key, value in table.items():
            if key in SETTINGS:
                continue
            for declaration in self.kind(key, value, terms):
                declarations[declaration.name] = declaration
        subjects = tuple(self.subjects(table.get("subjects", {})))
        broken = (str(problem.path[2]) for problem in self.problems if len(problem.path) > 2)
        tests = [test.name for one in declarations.values() for test in one.tests]
        meant = (key for key in broken if key not in SETTINGS)
        known = dict.fromkeys([*declarations, *tests, *meant])
        return Config(
            path=self.path,
            declarations=tuple(declarations.values()),
            subjects=subjects,
            accepted=self.accepted(table.get("accept", {}), known),
            tests=self.tests(table.get("tests")),
            terms=terms,
        )

    def convert(self, cls: type[Any], table: object, path: tuple[str | int, ...]) -> Any:
        value, problems = convert(cls, table, path)
        self.problems += problems
        return value

    def kind(self, kind: str, value: object, terms: Terms) -> Iterator[Declaration]:
        path: tuple[str | int, ...] = ("tool", "mlreqs", kind)
        if kind not in self.catalogue.names():
            known = [*self.catalogue.names(), *SETTINGS]
            named = isinstance(value, dict)  # then the message starts with its header
            text = "is no requirement" if named else f"has no requirement or setting {kind!r}"
            text += suggestion(kind, known)
            self.problems.append(Problem(path, text))
            return
        if isinstance(value, list):
            if not value:
                text = f"{kind!r} is an empty list: nothing is required"
                self.problems.append(Problem(path, text))
            seen: set[str] = set()
            for index, table in enumerate(value):
                declaration = self.declaration(kind, table, (*path, index), terms)
                identity = table.get("id") if isinstance(table, dict) else None
                if len(value) > 1 and identity is None:
                    text = "needs an 'id', as there are several of this kind"
                    self.problems.append(Problem((*path, index), text))
                elif isinstance(identity, str) and identity in seen:
                    text = f"repeats the id {identity!r}"
                    self.problems.append(Problem((*path, index, "id"), text))
                seen.add(str(identity))
                if declaration is not None:
                    yield declaration
        else:
            declaration = self.declaration(kind, value, path, terms)
            if declaration is not None:
                yield declaration

    def declaration(
        self, kind: str, table: object, path: tuple[str | int, ...], terms: Terms
    ) -> Declaration | None:
        line = nearest_line(self.places, path)
        declaration, problems = declare(
            self.catalogue.load(kind), table, path, terms, where=f"{self.shown_as}:{line}"
        )
        self.problems += problems
        if declaration is not None and declaration.judges_a_body:
            text = "judges the body of a test, so it belongs on one: @pytest.mark.mlreqs({!r}, ...)"
            self.problems.append(Problem(path, text.format(kind)))
        return declaration and replace(declaration, line=line)

    def subjects(self, table: object) -> Iterator[Subject]:
        path = ("tool", "mlreqs", "subjects")
        if not isinstance(table, dict):
            self.problems.append(no_table(path, table))
            return
        for name, value in table.items():
            subject, problems = sources.subject(name, value, (*path, name), self.path.parent)
            self.problems += problems
            if subject is not None:
                yield subject

    def accepted(self, table: object, declared: Collection[str]) -> dict[str, Accepted]:
        path = ("tool", "mlreqs", "accept")
        if not isinstance(table, dict):
            self.problems.append(no_table(path, table))
            return {}
        found = {}
        for name, value in table.items():
            # One parametrized item of a requirement may be meant: `size[few]`, `size[a-few]`.
            items = (f"{known[:-1]}-" if known.endswith("]") else f"{known}[" for known in declared)
            if name not in declared and not name.startswith(tuple(items)):
                text = f"accepts {name!r}, which is not declared{suggestion(name, declared)}"
                self.problems.append(Problem((*path, name), text))
                continue
            found[name] = self.convert(Accepted, value, (*path, name))
        return found

    def tests(self, value: object) -> Path | None:
        if value is None:
            return None
        path = ("tool", "mlreqs", "tests")
        if not isinstance(value, str):
            self.problems.append(Problem(path, f"'tests' must be a folder, got {shown(value)}"))
        elif not os.path.isdir(self.path.parent / value):
            self.problems.append(Problem(path, f"'tests': there is no folder {value!r}"))
        else:
            return Path(os.path.abspath(self.path.parent / value))
        return None


def _heading(path: tuple[str | int, ...], table: object) -> str:
    """The header of the TOML table that a key path lies in: `[tool.mlreqs.latency]`."""
    names: list[str] = []
    several = False
    here: Any = {"tool": {"mlreqs": table}}
    for part in path:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(part, int):
            several = True
        elif isinstance(here, dict) or (
            isinstance(here, list) and here and isinstance(here[0], dict)
        ):
            names.append(part)
        else:
            break
    heading = ".".join(names) or "tool.mlreqs"
    return f"[[{heading}]]" if several and isinstance(path[-1], int) else f"[{heading}]"
