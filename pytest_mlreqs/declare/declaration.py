"""declaration: one requirement as somebody declared it, whichever door it came through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from pytest_mlreqs.core.past import USUAL
from pytest_mlreqs.core.provided import BODY, PAST, PROVIDED, parameters
from pytest_mlreqs.core.requirement import Requirement
from pytest_mlreqs.core.terms import TERMS, WORDS, Terms
from pytest_mlreqs.declare.options import (
    Path,
    Problem,
    convert,
    nearest,
    no_table,
    shown,
    suggestion,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A requirement as declared: in TOML, by a marker, or through the fixture.

    Attributes:
        name: `latency`, or `latency[single_row]` where it has an id.
        requirement: the kind with its options.
        uses: subject name -> fixture name, where they differ.
        terms: how it is judged.
        where: `pyproject.toml:14` or the place of the marker.
        line: line of its table, counted from 1.
        table: the options as written, which a marker may override in part.
        scope: the test it is declared for; empty for a requirement in TOML.
        part: the part of the requirement that this one test is about; empty for all of it.
    """

    name: str
    requirement: Requirement
    uses: Mapping[str, str] = field(default_factory=dict)
    terms: Terms = field(default_factory=Terms)
    where: str = ""
    line: int = 1
    table: Mapping[str, Any] = field(default_factory=dict)
    scope: str = ""
    part: str = ""

    @property
    def tests(self) -> tuple[Declaration, ...]:
        """What is collected: the requirement, or one of these for each of its parts."""
        kind, _, identity = self.name.removesuffix("]").partition("[")
        prefix = f"{identity}-" if identity else ""
        return tuple(
            replace(self, name=f"{kind}[{prefix}{part}]", part=part)
            for part in self.requirement.parts()
        ) or (self,)

    @property
    def identity(self) -> str:
        """What tells this requirement from all others of a run."""
        return f"{self.name} @ {self.scope}" if self.scope else self.name

    @property
    def fixtures(self) -> dict[str, str]:
        """Subject name -> the fixture that supplies it, in the order of `check`."""
        supplied = {**self.requirement.supplied(), **self.uses}
        needed = (name for name in self.requirement.needs() if name not in PROVIDED)
        return {name: supplied.get(name, name) for name in needed}

    @property
    def history(self) -> str | None:
        """Where its runs are kept, as declared; None where they are not."""
        reads = PAST in parameters(type(self.requirement).check)
        return self.terms.history or (USUAL if reads else None)

    @property
    def judges_a_body(self) -> bool:
        """Whether it is about the body of a test, so that it stands on one."""
        return BODY in self.requirement.needs()


def declare(
    cls: type[Requirement],
    table: object,
    path: Path,
    terms: Terms,
    *,
    where: str,
) -> tuple[Declaration | None, list[Problem]]:
    """One requirement from its table: own options, and the words that every kind shares."""
    if not isinstance(table, dict):
        return None, [no_table(path, table)]
    problems: list[Problem] = []
    identity, uses = table.get("id"), table.get("uses", {})
    if identity is not None and not (
        isinstance(identity, str) and re.fullmatch(r"[\w.-]+", identity)
    ):
        text = f"'id' must be a word of letters, digits, '_', '-' and '.', got {shown(identity)}"
        problems.append(Problem((*path, "id"), text))
    merged = {**msgspec.structs.asdict(terms), **{k: v for k, v in table.items() if k in TERMS}}
    own_terms, wrong = convert(Terms, merged, path)
    problems += wrong
    options = {key: value for key, value in table.items() if key not in WORDS}
    known = {field.name for field in msgspec.structs.fields(cls)}
    tables = [k for k, value in options.items() if isinstance(value, dict) and k not in known]
    several = [key for key in tables if nearest(key, known) is None]
    if several:  # tables that were meant to be one more of the kind
        text = (
            "has no option {!r}; if there are several of a kind, write [[...]] with an 'id' "
            "for each"
        )
        return None, [*problems, *(Problem((*path, key), text.format(key)) for key in several)]
    requirement, wrong = convert(cls, options, path)
    problems += wrong
    names = cls.subjects() if requirement is None else requirement.needs()
    taken = {} if requirement is None else requirement.supplied()
    problems += _misused(cls, names, taken, uses, (*path, "uses"))
    if problems or requirement is None or own_terms is None:
        return None, problems
    kind = cls.kind()
    return (
        Declaration(
            name=kind if identity is None else f"{kind}[{identity}]",
            requirement=requirement,
            uses=uses,
            terms=own_terms,
            where=where,
            table=table,
        ),
        [],
    )


def _misused(
    cls: type[Requirement],
    names: tuple[str, ...],
    taken: Mapping[str, str],
    uses: object,
    path: Path,
) -> Iterator[Problem]:
    if not isinstance(uses, dict):
        yield Problem(path, f"'uses' must be a table of subjects and fixtures, got {shown(uses)}")
        return
    for subject, fixture in uses.items():
        if subject not in cls.subjects():
            near = suggestion(subject, cls.subjects())
            yield Problem((*path, subject), f"examines no subject {subject!r}{near}")
        elif subject not in names:
            yield Problem((*path, subject), f"examines no {subject!r} with these options")
        elif taken.get(subject, subject) != subject:
            text = f"an option says already that {taken[subject]!r} is its {subject!r}"
            yield Problem((*path, subject), text)
        elif not (isinstance(fixture, str) and fixture.isidentifier()):
            text = f"'uses': {subject!r} must name a fixture, got {shown(fixture)}"
            yield Problem((*path, subject), text)
