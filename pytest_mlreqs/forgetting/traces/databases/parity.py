"""parity: columns that look like a user's key, in which no planted person was ever seen.

A search for people can say nothing of a table that they never came into. Nothing is planted for
this: it also works without a sandbox, on the day a new table appears.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pytest_mlreqs.forgetting.traces.databases.database import Column, Table
from pytest_mlreqs.forgetting.traces.databases.sql import place
from pytest_mlreqs.forgetting.traces.search import Trace

_WHO = (
    "account|actor|author|buyer|citizen|client|contact|creator|customer|employee|guest|holder|"
    "member|owner|passenger|patient|payer|person|player|profile|recipient|resident|sender|student|"
    "subject|subscriber|tenant|user|visitor"
)
_KEYS = "id|uuid|guid|key|no|nr|num|number|ref|code|hash|name|email|mail|pk|fk"
_KEY = re.compile(rf"(.*_)?({_WHO})s?(_({_KEYS}))?|(.*_)?(uid|userid|customerid|username|login)")
_ADDRESS = re.compile(r"(.*_)?(e_?mail|phone|mobile|ssn|iban)(_(address|number|no|nr|hash))?")


@dataclass(frozen=True, slots=True)
class Untouched:
    """A column that may tell of users and was seen to tell of nobody.

    Attributes:
        table: its table.
        column: its name.
        why: what makes it look like a user's key.
    """

    table: str
    column: str
    why: str

    def __str__(self) -> str:
        return f"{place(self.table, self.column)}: {self.why}"


def untouched(tables: Collection[Table], traces: Iterable[Trace] = ()) -> tuple[Untouched, ...]:
    """The columns that look like a user's key, in which no trace was found.

    A key may be a number of the database's own, which no search can tell from others: where a table
    tells of people by another column, its keys are let pass, but not addresses and the like.

    Args:
        tables: as `sql.tables` has them.
        traces: what a search found once people had been planted; none, where nobody was.
    """
    seen = {trace.where for trace in traces}
    touched = {
        table.name
        for table in tables
        if any(place(table.name, column.name) in seen for column in table.columns)
    }
    found = []
    for table in tables:
        for column in table.columns if table.kept else ():
            why = _why(column, touched)
            if table.name in touched and not _ADDRESS.fullmatch(_words(column.name)):
                why = ""
            if why and place(table.name, column.name) not in seen:
                found.append(Untouched(table.name, column.name, why))
    return tuple(found)


def _why(column: Column, touched: Collection[str]) -> str:
    if column.refers in touched:
        return f"refers to {column.refers}, where people were found"
    words = _words(column.name)
    named = _KEY.fullmatch(words) or _ADDRESS.fullmatch(words)
    return "is named like a user's key" if named else ""


def _words(name: str) -> str:
    """A name in lower case with `_` between its words: `customer_id` for `CustomerID`."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[\W_]+", "_", name)
    return split.strip("_").lower()
