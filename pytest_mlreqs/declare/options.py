"""options: turn a TOML table into a frozen class, or say everything that is wrong with it.

msgspec checks one value against one type and stops at the first error. Here each option is
checked on its own, so that ten mistakes give ten problems, each worded for the person who typed
the table.
"""

from __future__ import annotations

import datetime
import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import msgspec.inspect as types

Path = tuple[str | int, ...]
_MOST = 2**63  # whole numbers of TOML have 64 bits
T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the configuration: the key path where it stands, and a sentence."""

    path: Path
    text: str


def convert(cls: type[T], table: object, path: Path) -> tuple[T | None, list[Problem]]:
    """An instance of `cls` from `table`, or None with all that is wrong."""
    if not isinstance(table, dict):
        return None, [no_table(path, table)]
    fields = {field.name: field for field in msgspec.structs.fields(cls)}
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in fields:
            problems.append(
                Problem((*path, key), f"has no option {key!r}{suggestion(key, fields)}")
            )
            continue
        try:
            values[key] = _checked(value, fields[key].type)
        except (msgspec.ValidationError, ValueError, OverflowError, SystemError):
            wanted = expected(types.type_info(fields[key].type))
            text = f"option {key!r} must be {wanted}, got {shown(value)}"
            problems.append(Problem((*path, key), text))
    for name, field in fields.items():
        if field.required and name not in table:
            meaning = description(field.type)
            text = f"needs the option {name!r}" + (f": {meaning}" if meaning else "")
            problems.append(Problem(path, text))
    if problems:
        return None, problems
    try:
        return cls(**values), []
    except (TypeError, ValueError) as error:  # what options must fulfil together: __post_init__
        return None, [Problem((*path, *_named_in(str(error), table)), str(error))]


def no_table(path: Path, value: object) -> Problem:
    """What to say of something that stands in place of a table."""
    name = next(part for part in reversed(path) if isinstance(part, str)) if path else "it"
    return Problem(path, f"{name!r} must be a table, got {shown(value)}")


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or what there is where nothing is near."""
    known = list(known)
    near = nearest(word, known)
    if near is not None:
        return f"; did you mean {near!r}?"
    return f" (known: {', '.join(known)})" if known else ""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The name that `word` was most likely meant to be, or None.

    Spelling alone would not see that `p95` means `max_p95_ms`, so shared parts count as well.
    """
    parts = set(re.split(r"[_\-\s]+", word.lower()))

    def likeness(name: str) -> float:
        spelling = difflib.SequenceMatcher(None, word.lower(), name.lower()).ratio()
        shared = parts & set(re.split(r"[_\-\s]+", name.lower()))
        return spelling + 0.5 * len(shared) / len(parts)

    best = max(known, key=likeness, default=None)
    return best if best is not None and likeness(best) >= 0.65 else None


def expected(kind: types.Type, *, several: bool = False) -> str:
    """A type as a phrase: `a number above 0`, `a list of strings, at least one`.

    With `several` it is the phrase for many of them: `numbers above 0`.
    """

    def noun(word: str, rest: str = "") -> str:
        return (f"{word}s" if several else f"a {word}") + rest

    match kind:
        case types.Metadata():
            return expected(kind.type, several=several)
        case types.UnionType():
            members = [member for member in kind.types if not isinstance(member, types.NoneType)]
            return " or ".join(expected(member, several=several) for member in members)
        case types.BoolType():
            return "true or false"
        case types.IntType():
            return noun("whole number", _bounds(kind))
        case types.FloatType():
            return noun("number", _bounds(kind))
        case types.StrType(pattern=str() as pattern):
            return noun("string", f" like {pattern}")
        case types.StrType():
            verb = "are" if several else "is"
            return noun("string", f" that {verb} not empty" if kind.min_length else "")
        case types.LiteralType():
            return " or ".join(map(repr, kind.values))
        case types.DateType():
            return noun("date", " such as 2027-01-31")
        case (
            types.ListType()
            | types.VarTupleType()
            | types.SetType()
            | types.FrozenSetType() as many
        ):
            items = expected(many.item_type, several=True)
            return noun("list", f" of {items}" + (", at least one" if many.min_length else ""))
        case types.DictType():
            return noun("table", f" of {expected(kind.value_type, several=True)}")
        case types.StructType():
            return noun("table")
        case _:
            return "another type"


def description(hint: object) -> str:
    """What `Meta(description=...)` says of an option, else nothing."""
    info = types.type_info(hint)
    members = info.types if isinstance(info, types.UnionType) else (info,)
    for member in members:
        if isinstance(member, types.Metadata) and member.extra_json_schema:
            return str(member.extra_json_schema.get("description", ""))
    return ""


def shown(value: object) -> str:
    """A value for a message, short."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    try:
        text = repr(list(value) if isinstance(value, tuple) else value)  # as TOML has them
    except ValueError:  # Python does not write out numbers of more than 4,300 digits
        return "a number too large to show"
    return text if len(text) <= 60 else f"{text[:60]}..."


def _checked(value: object, hint: object) -> Any:
    if not _finite(value):
        raise ValueError("no option is infinite, or beyond what TOML has numbers for")
    return msgspec.convert(value, hint)


def _named_in(text: str, table: Mapping[str, Any]) -> tuple[str, ...]:
    """The option that a sentence names first, of those that stand in the table."""
    return next(((word,) for word in re.findall(r"\w+", text) if word in table), ())


def _finite(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(map(_finite, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_finite, value))
    if isinstance(value, int):
        return abs(value) < _MOST
    return not isinstance(value, float) or math.isfinite(value)


def _bounds(kind: types.IntType | types.FloatType) -> str:
    words = {"gt": "above", "ge": "of at least", "lt": "below", "le": "of at most"}
    bounds = [
        f"{word} {getattr(kind, name):,.12g}"
        for name, word in words.items()
        if getattr(kind, name) is not None
    ]
    return (" " + " and ".join(bounds)) if bounds else ""
