"""Tests of pytest_mlreqs.forgetting.traces.databases.parity."""

import pytest

from pytest_mlreqs.forgetting.traces.databases.database import Column, Table
from pytest_mlreqs.forgetting.traces.databases.parity import untouched
from pytest_mlreqs.forgetting.traces.databases.sql import place, search, tables
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.search import Trace

pytestmark = pytest.mark.filterwarnings("default:NOT TESTED")

PEOPLE = People.mint(1)


def table(name, *columns, kept=True):
    """A table of columns with these names."""
    return Table(name, name, tuple(Column(one, one, "text") for one in columns), kept=kept)


@pytest.mark.parametrize(
    "name",
    [
        "user_id",
        "userId",
        "CustomerID",
        "customer",
        "owner_uuid",
        "created_by_user_id",
        "billing_email",
        "e_mail",
        "EMail",
        "uid",
        "username",
        "phone_number",
        "Passenger-Id",
        "email_hash",
    ],
)
def test_names_of_keys(name):
    """A column that is named like a user's key is listed where nobody was ever planted."""
    assert [str(one) for one in untouched([table("t", name)])] == [
        f"table t, column {name}: is named like a user's key"
    ]


@pytest.mark.parametrize(
    "name",
    ["id", "amount", "user_agent", "mailing", "usage", "customer_count", "product_id", "fluid"],
)
def test_other_names(name):
    """Other columns are not, although they have letters of such a name."""
    assert untouched([table("t", name)]) == ()


def test_what_was_touched():
    """A column where people were found is not listed, nor are other keys of its table."""
    one = table("users", "id", "user_id", "email", "contact_email")
    traces = [Trace(place("users", "email"), "text", frozenset({0}))]
    assert [o.column for o in untouched([one], traces)] == ["contact_email"]
    assert [o.column for o in untouched([one])] == ["user_id", "email", "contact_email"]


def test_bookkeeping_is_let_pass():
    """The database's own tables are not listed."""
    assert untouched([table("ft_data", "user_id", kept=False)]) == ()


def test_foreign_keys(url, write):
    """A column that refers to where people were found is listed, whatever its name, on all."""
    write(
        url,
        "CREATE TABLE riders (id INTEGER PRIMARY KEY, label VARCHAR(99))",
        "CREATE TABLE trips (id INTEGER PRIMARY KEY, who INTEGER REFERENCES riders (id))",
        "CREATE TABLE towns (id INTEGER PRIMARY KEY, label VARCHAR(99))",
        "CREATE TABLE stops (id INTEGER PRIMARY KEY, town INTEGER REFERENCES towns (id))",
        f"INSERT INTO riders VALUES (1, '{PEOPLE[0].key}')",
    )
    found = untouched(tables(url), search(url, PEOPLE).traces)
    assert [str(one) for one in found] == [
        "table trips, column who: refers to riders, where people were found"
    ]
