"""sieve: SQL that keeps the few cells which may tell of planted people, for Python to look at.

It asks for what all of a group share (the mark, the digits that ids begin with, the length of a
digest), so that it costs the same for one person and for ten thousand.
"""

from __future__ import annotations

from pytest_mlreqs.forgetting.traces.databases.database import Column, Database
from pytest_mlreqs.forgetting.traces.people import People

_GIVEN = 400  # further ids in one statement; SQLite nests 1,000 deep at most
_DIGESTS = (32, 40, 64)  # hexadecimal digits of md5, sha1, sha256


def sieve(database: Database, column: Column, people: People) -> str:
    """SQL that is true for a cell which may tell of somebody; empty where none can."""
    if column.kind == "bytes":  # what is packed in them is seen by nobody but Python
        return f"{column.cell} IS NOT NULL"
    if column.kind == "text":
        return _text(database, column.cell, people)
    if column.kind == "number":
        return _number(column.cell, people)
    if column.kind == "any":
        return (
            f"CASE typeof({column.cell}) WHEN 'blob' THEN 1 WHEN 'null' THEN 0"
            f" WHEN 'text' THEN {_text(database, column.cell, people)}"
            f" ELSE {_number(column.cell, people)} END"
        )
    return ""


def _text(database: Database, cell: str, people: People) -> str:
    lengths = ", ".join(map(str, _DIGESTS))
    wanted = [
        database.within(database.lower(cell), people.mark),
        database.within(cell, people.prefix),
        database.within(cell, people.small_prefix),
        f"length({cell}) IN ({lengths})",
    ]
    given = [one.replace("'", "''") for one in list(people.given)[:_GIVEN]]
    wanted += [database.within(database.lower(cell), one) for one in given]
    if people.rounded:  # rows of numbers, as JSON and the types of vectors have them
        wanted.append(f"({database.within(cell, '[')} AND {database.within(cell, '0.')})")
    return f"({' OR '.join(wanted)})"


def _number(cell: str, people: People) -> str:
    wanted = [f"{cell} BETWEEN {low} AND {high}" for low, high in people.id_ranges]
    whole = [one for one in people.given if one.removeprefix("-").isdecimal()][:_GIVEN]
    if whole:
        wanted.append(f"{cell} IN ({', '.join(whole)})")
    if people.values:
        values = {**people.values, **people.rounded}
        wanted.append(f"{cell} IN ({', '.join(map(_double, values))})")
    return f"({' OR '.join(wanted)})"


def _double(value: float) -> str:
    """With an exponent, or some databases take it for a decimal number."""
    text = repr(value)
    return text if "e" in text else f"{text}e0"
