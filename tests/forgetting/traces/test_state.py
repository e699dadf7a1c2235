"""Tests of pytest_mlreqs.forgetting.traces.state."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mlreqs.forgetting.traces.state import Change, added, between, compare, same


def table(**columns):
    """A table of small numbers instead of hashes."""
    return {name: np.array(values, np.uint64) for name, values in columns.items()}


PEOPLE = table(id=[1, 2, 3], age=[30, 40, 40])


def changes(after, ignored=None, twin=PEOPLE):
    """What is different from the three people."""
    return compare({"people": PEOPLE}, {"people": after}, {"people": twin}, ignored)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (table(id=[1, 2, 3], age=[30, 40, 40]), None),
        (table(id=[3, 1, 2], age=[40, 30, 40]), None),
        (table(id=[1, 2], age=[30, 40]), Change("people", gone=1, rows=3)),
        (table(id=[1, 2, 3, 9], age=[30, 40, 40, 50]), Change("people", more=1, rows=3)),
        (table(id=[1, 2, 3], age=[30, 40, 41]), Change("people", changed=1, rows=3)),
        (table(id=[2, 1, 3], age=[30, 40, 40]), Change("people", changed=2, rows=3)),
        (table(id=[1, 2], age=[30, 41]), Change("people", gone=1, changed=1, rows=3)),
        (table(id=[1, 2, 3]), Change("people", changed=3, rows=3)),
        (table(), Change("people", gone=0, changed=3, rows=3)),
    ],
)
def test_changes(after, expected):
    """Rows in another order are the same; a row gone, one more and one changed are told apart."""
    found = changes(after)
    assert found.compared == 1
    if expected is None:
        assert found.changes == ()
        return
    (change,) = found.changes
    counts = (change.gone, change.more, change.changed, change.rows)
    if after:
        assert counts == (expected.gone, expected.more, expected.changed, expected.rows)
    assert change.table == "people"
    assert not change.missing


def test_columns_are_named():
    """The column whose values differ is named with how many do, and no other."""
    (change,) = changes(table(id=[1, 2, 3], age=[31, 41, 40])).changes
    assert change.columns == (("age", 2),)


def test_tables_that_come_and_go():
    """A table that is no longer there, and one that was not, are changes."""
    found = compare({"a": PEOPLE}, {"b": PEOPLE}, {"a": PEOPLE})
    assert found.changes == (
        Change("a", gone=3, rows=3, missing=True),
        Change("b", more=3, rows=0),
    )


def test_what_two_clean_states_disagree_on():
    """A column that is another one each time is not compared, and named; the others are."""
    twin = table(id=[1, 2, 3], age=[7, 8, 9])
    found = changes(table(id=[1, 2, 3], age=[0, 0, 0]), twin=twin)
    assert (found.changes, found.unstable, found.compared) == ((), ("people.age",), 1)
    (change,) = changes(table(id=[1, 2, 4], age=[0, 0, 0]), twin=twin).changes
    assert change.columns == (("id", 1),)
    other = compare({"a": PEOPLE}, {}, {})
    assert (other.changes, other.unstable, other.compared) == ((), ("a",), 0)


def test_ignored():
    """What is ignored is neither compared nor named."""
    found = changes(table(id=[1, 2, 3], age=[0, 0, 0]), lambda table, column: column == "age")
    assert (found.changes, found.unstable) == ((), ())
    found = changes(table(id=[7], age=[0]), lambda table, column: table == "people")
    assert (found.changes, found.compared) == ((), 0)


def test_everything_counts_for_sameness():
    """Two states are the same only with the same tables, columns and rows."""
    assert same({"a": PEOPLE}, {"a": table(id=[3, 2, 1], age=[40, 40, 30])})
    assert not same({"a": PEOPLE}, {"a": table(id=[1, 2, 3], age=[30, 40, 41])})
    assert not same({"a": PEOPLE}, {"a": {**PEOPLE, "more": PEOPLE["id"]}})
    assert not same({"a": PEOPLE}, {})
    assert not same({}, {"a": PEOPLE})


def test_added_rows():
    """Rows that were not there are told by position, wherever the others have moved to."""
    after = table(id=[9, 3, 1, 2, 1], age=[20, 40, 30, 40, 30])
    assert added(PEOPLE, after) == [0, 4]
    assert added(PEOPLE, PEOPLE) == []
    assert added(table(id=[]), PEOPLE) == [0, 1, 2]


@pytest.mark.parametrize(
    ("after", "rows"),
    [
        (PEOPLE, range(0)),
        (table(id=[1, 2, 3], age=[30, 40, 40]), range(3, 3)),
        (table(id=[1, 2, 3, 9], age=[30, 40, 40, 50]), range(3, 4)),
        (table(id=[9, 1, 2, 3], age=[50, 30, 40, 40]), range(1)),
        (table(id=[1, 9, 2, 8, 3], age=[30, 50, 40, 50, 40]), range(1, 4)),
        (table(id=[1, 2, 3], age=[30, 41, 40]), range(1, 2)),
        (table(id=[1, 3], age=[30, 40]), range(1, 1)),
        (table(id=[3, 2, 1], age=[40, 40, 30]), range(3)),
        (table(id=[1, 2, 3]), range(3)),
        (table(id=[], age=[]), range(0)),
    ],
)
def test_rows_between(after, rows):
    """What is left between the rows at either end that have not changed is told by position."""
    found = between(PEOPLE, after)
    assert (list(found), found.start) == (list(rows), rows.start)


def test_rows_that_repeat():
    """A row that is there once more is not taken for the one that was there."""
    assert list(between(table(a=[1, 1]), table(a=[1, 1, 1]))) == [2]
    assert list(between(table(a=[1, 2, 1]), table(a=[1, 2, 1, 2, 1]))) == [3, 4]


ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8)


@given(ROWS, ROWS, st.randoms())
def test_rows_add_up(old, new, random):
    """Whatever the rows, those before less the gone and with the more are those after."""

    def made(rows):
        shuffled = random.sample(rows, len(rows))
        return table(a=[row[0] for row in shuffled], b=[row[1] for row in shuffled])

    rows = between(made(old), after := made(new))
    outside = [n for n in range(len(new)) if n not in rows]
    left = Counter(zip(*(after[name][outside].tolist() for name in "ab"), strict=True))
    assert left <= Counter(old)
    found = compare({"t": made(old)}, {"t": made(new)}, {"t": made(old)})
    assert bool(found.changes) == (sorted(old) != sorted(new))
    for change in found.changes:
        assert len(old) - change.gone + change.more == len(new)
        assert change.changed <= min(len(old), len(new))
