"""Tests of pytest_mlreqs.forgetting.traces.databases.mysql: the statements, without a server."""

import pytest

from pytest_mlreqs.forgetting.traces.databases.mysql import MySQL
from pytest_mlreqs.forgetting.traces.databases.sieve import sieve
from pytest_mlreqs.forgetting.traces.people import People

PEOPLE = People.mint(2, seed=1)
LISTED = [
    ("or`ders", "user_id", "bigint", "users"),
    ("or`ders", "note", "text", None),
    ("or`ders", "meta", "JSON", None),
    ("or`ders", "data", "longblob", None),
    ("or`ders", "day", "datetime", None),
    ("or`ders", "where", "point", None),
]


class Listed(MySQL):
    """A database that lists these columns."""

    def __init__(self):
        pass

    def rows(self, statement):
        yield LISTED


def test_statements():
    """A cell is compared as what its type comes as, with names in backticks."""
    database = Listed()
    (table,) = database.tables()
    assert (table.name, table.source) == ("or`ders", "`or``ders`")
    assert [column.kind for column in table.columns] == [
        "number",
        "text",
        "text",
        "bytes",
        "nothing",
        "closed",
    ]
    assert table.columns[0].refers == "users"
    low, high = PEOPLE.id_ranges[0]
    sql = {column.name: sieve(database, column, PEOPLE) for column in table.columns}
    assert sql["user_id"].startswith(f"(`user_id` BETWEEN {low} AND {high} OR ")
    text = "CONVERT(`note` USING utf8mb4)"
    assert sql["note"] == (
        f"(instr(lower({text}), '{PEOPLE.mark}') > 0 OR instr({text}, '{PEOPLE.prefix}') > 0"
        f" OR instr({text}, '{PEOPLE.small_prefix}') > 0 OR length({text}) IN (32, 40, 64))"
    )
    assert sql["data"] == "`data` IS NOT NULL"
    assert (sql["day"], sql["where"]) == ("", "")


@pytest.mark.parametrize(
    ("declared", "kind"),
    [("varchar", "text"), ("enum", "text"), ("uuid", "text"), ("varbinary", "bytes")],
)
def test_kinds(declared, kind):
    """A type that is not known comes as text, as that of MariaDB for UUIDs."""
    assert MySQL.kind(declared) == kind
