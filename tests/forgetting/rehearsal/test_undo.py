"""Tests of pytest_mlreqs.forgetting.rehearsal.undo."""

from dataclasses import replace

import numpy as np

from pytest_mlreqs.forgetting.rehearsal import undo
from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal
from pytest_mlreqs.forgetting.rehearsal.run import Seen
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.search import Search
from pytest_mlreqs.report.evidence import lines

PEOPLE = People.mint(2, seed=1)


def users(*ages, ids=None):
    """A store with a table of users."""
    ids = range(len(ages)) if ids is None else ids
    columns = {"id": list(ids), "age": list(ages)}
    return {"users": {name: np.array(values, np.uint64) for name, values in columns.items()}}


def held(after, *, before=None, twin=None, planted=None, ignore=(), expect_empty=False):
    """The verdict on a store in four states; three users, and two more when planted."""
    before = users(30, 40, 50) if before is None else before
    states = [before if twin is None else twin, before]
    seen = Rehearsal(
        people=PEOPLE,
        clean=tuple(Seen({"app.db": state}) for state in states),
        planted=Seen({"app.db": users(30, 40, 50, 7, 8) if planted is None else planted}),
        deleted=Seen({"app.db": after}),
        found={"app.db": Search()},
        left={"app.db": Search()},
    )
    return undo.held("app.db", seen, ignore, expect_empty=expect_empty)


def test_satisfied():
    """The same rows in another order are the same."""
    measured = held(users(50, 30, 40, ids=[2, 0, 1]))
    assert measured.ok is True
    assert measured.text == "app.db is as it was before people were planted and deleted"
    assert measured.how == "1 table compared by content, rows in any order"


def test_rows_of_others():
    """Rows that went along with the deleted are counted as others'."""
    measured = held(users(30))
    assert (measured.ok, measured.value) == (False, 2)
    assert measured.text == "app.db is not as it was before: 2 rows of others gone from users"
    assert measured.hint == "look at what else the deletion removes from users"


def test_rows_that_stay():
    """A row too many is a violation though nobody's name is in it."""
    measured = held(users(30, 40, 50, 7))
    assert measured.text == "app.db is not as it was before: users has 1 row too many"
    assert measured.hint.startswith("build users anew from what is left: it still holds what came")
    assert "ignore" not in measured.hint


def test_rows_that_planting_did_not_bring():
    """What a deletion adds to a table that planting left alone may be ignored."""
    before = users(30, 40, 50) | {"audit": {"at": np.array([1], np.uint64)}}
    planted = users(30, 40, 50, 7) | {"audit": before["audit"]}
    after = users(30, 40, 50) | {"audit": {"at": np.array([1, 2], np.uint64)}}
    measured = held(after, before=before, planted=planted)
    assert measured.hint.endswith('ignore = ["app.db:audit"]')


def test_values_that_changed():
    """A value that was not taken anew is told with its column, and how to ignore it."""
    measured = held(users(30, 40, 51))
    assert measured.text == "app.db is not as it was before: 1 of 3 rows of users changed"
    assert lines(measured)[1] == "    column age: 1 other value"
    assert measured.hint.endswith('ignore = ["app.db:users.age"]')


def test_all_that_changed_may_be_ignored_at_once():
    """The hint names each place that differs."""
    before = users(30, 40, 50)
    after = users(30, 41, 51, ids=[1, 2, 4])
    log = {"at": np.array([1], np.uint64)}
    later = {"at": np.array([2], np.uint64)}
    states = [before | {"log": log}, after | {"log": later}]
    hint = held(states[1], before=states[0], planted=users(30, 40, 50, 7) | {"log": log}).hint
    assert hint.endswith('ignore = ["app.db:log.at", "app.db:users.age", "app.db:users.id"]')


def test_when_it_was_built():
    """The time of a build may be another one, though two clean builds share it."""
    before, after, planted = users(30, 40, 50), users(30, 40, 50), users(30, 40, 50, 7)
    for time, state in enumerate((before, planted, after)):
        state["features.json"] = {"$.built_at": np.array([time], np.uint64)}
    assert held(after, before=before, planted=planted).ok is True


def test_ignored():
    """What is ignored may differ: a column, a table, and always the time of the last change."""
    assert held(users(30, 40, 51), ignore=["app.db:users.age"]).ok is True
    dated = users(1, 2, 3)
    changed = users(4, 5, 6)
    for state in (dated, changed):
        state["users"]["updated_at"] = state["users"].pop("age")
    planted = users(1, 2, 3, 4)
    planted["users"]["updated_at"] = planted["users"].pop("age")
    assert held(changed, before=dated, planted=planted).ok is True


def test_nothing_was_planted():
    """A store that planting does not change is undecided, unless nobody is expected in it."""
    before = users(30, 40, 50)
    measured = held(before, planted=before)
    assert measured.ok is None
    assert "could not have failed" in measured.text
    assert held(before, planted=before, expect_empty=True).ok is True
    assert held(users(30, 40), planted=before, expect_empty=True).ok is False


def test_what_is_never_the_same():
    """What two clean builds disagree on is named and not compared; all of it is undecided."""
    measured = held(users(9, 9, 9), twin=users(1, 2, 3))
    assert measured.ok is True
    assert measured.how.endswith("not compared, as two clean builds differ in them: users.age")
    measured = held(users(9, 9, 9), twin=users(1, 2, 3, ids=[7, 8, 9]))
    assert measured.ok is None
    assert "comes out differently each time" in measured.text


def test_a_table_that_is_gone():
    """A table that is no longer there is told with its rows."""
    assert held({}).text == "app.db is not as it was before: users is gone, with 3 rows"


def test_a_file_of_one_table():
    """What is one table by itself is not called by two names, and can be ignored as a whole."""
    states = [{"a.csv": users(*ages)["users"]} for ages in ((30, 40), (30, 40, 7), (30, 41))]
    seen = Rehearsal(
        people=PEOPLE,
        clean=(Seen({"a.csv": states[0]}), Seen({"a.csv": states[0]})),
        planted=Seen({"a.csv": states[1]}),
        deleted=Seen({"a.csv": states[1]}),
        found={"a.csv": Search()},
        left={"a.csv": Search()},
    )
    measured = undo.held("a.csv", seen, [])
    assert measured.text == "a.csv is not as it was before: it has 1 row too many"
    assert measured.hint.startswith("build it anew from what is left")
    changed = undo.held("a.csv", replace(seen, deleted=Seen({"a.csv": states[2]})), [])
    assert changed.hint.endswith('ignore = ["a.csv:*.age"]')
    assert undo.held("a.csv", replace(seen, deleted=Seen({"a.csv": states[2]})), ["a.csv:*.age"]).ok
