"""Tests of pytest_mlreqs.forgetting.rehearsal.ids."""

from pytest_mlreqs.forgetting.rehearsal import ids
from pytest_mlreqs.forgetting.rehearsal.places import Retained
from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal
from pytest_mlreqs.forgetting.rehearsal.run import Seen
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.search import Search, Trace
from pytest_mlreqs.report.evidence import lines

PEOPLE = People.mint(4, seed=1)
EVERYBODY = frozenset(range(4))


def trace(column="name", who=EVERYBODY, table="users"):
    """People in a column."""
    return Trace(f"table {table}, column {column}", "text", frozenset(who), len(who))


def held(before, after, retained=(), unsearched=()):
    """The verdict on a store where people were found before and after."""
    seen = Rehearsal(
        people=PEOPLE, clean=(), planted=Seen({}), deleted=Seen({}),
        found={"app.db": Search(tuple(before), (), "2 tables, 9 rows")},
        left={"app.db": Search(tuple(after), tuple(unsearched), "2 tables, 5 rows")},
    )  # fmt: skip
    return ids.held("app.db", seen, retained)


def test_satisfied():
    """Nobody is left where everybody was."""
    measured = held([trace(), trace("email")], [])
    assert measured.ok is True
    assert measured.text == "none of 4 deleted people is left in app.db"
    assert measured.how == (
        "2 tables, 5 rows searched; people were in 2 places before, 2 of them clean now"
    )


def test_violated():
    """Whoever is left is counted, and where, with what to do first."""
    measured = held([trace(), trace("email")], [trace("email", {1, 2})])
    assert (measured.ok, measured.value, measured.limit, measured.unit) == (False, 2, 0, "people")
    assert measured.text == "2 of 4 deleted people are still in app.db"
    assert lines(measured) == ("table users, column email  text  2 times",)
    assert measured.how.endswith("people were in 2 places before, 1 of them clean now")
    again = "; if the functions only queue the work: settle_s = 10"
    assert measured.hint == f"remove them from table users: it reached some of them{again}"


def test_one_is_too_many():
    """One person left is a violation, even in a place where nobody was before."""
    assert held([trace()], [trace("note", {3}, "audit")]).ok is False


def test_nobody_was_there():
    """What was empty before proves nothing."""
    measured = held([], [])
    assert measured.ok is None
    assert "could not have failed" in measured.text
    assert measured.hint.endswith("`expect_empty`")


def test_what_could_not_be_searched():
    """A place that could not be looked into leaves it open; a finding elsewhere does not."""
    unsearched = ("old.rar: no reader for it", "b.rar: no reader for it")
    measured = held([trace()], [], unsearched=unsearched)
    assert measured.ok is None
    assert (
        "part of it could not be searched: old.rar: no reader for it (and 1 more)" in measured.text
    )
    assert held([trace()], [trace()], unsearched=unsearched).ok is False


def test_what_is_kept_on_purpose():
    """A place with a reason may keep people, and says why; others may not."""
    retained = [Retained("app.db:invoices", "tax law")]
    invoice = trace("name", table="invoices")
    measured = held([trace(), invoice], [invoice], retained)
    assert measured.ok is True
    assert lines(measured) == ("kept in table invoices: tax law",)
    both = held([trace(), invoice], [trace(), invoice], retained)
    assert both.ok is False
    assert lines(both)[-1] == "kept in table invoices: tax law"


def test_many_places():
    """Of many places the first are shown, and how many there are."""
    measured = held([trace()], [trace(f"c{n}") for n in range(12)])
    assert len(lines(measured)) == 9
    assert lines(measured)[-1] == "and 4 more places"
