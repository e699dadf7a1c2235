"""Columns have the budgets of all, and their own milliseconds."""

from pytest_mlreqs.measures.costs.budgets import Budgets, meant

NAMES = ["Age", "Name", "name_of_ship"]
BUDGETS = Budgets({"share": 0.5}, {"Name": 8.0, "name_*": 4.0})


def test_a_name_comes_before_globs():
    """What stands under the very name counts, else the first glob that fits."""
    assert meant({"a*": 1, "ab": 2}, "ab") == 2
    assert meant({"a*": 1, "*b": 2}, "ab") == 1
    assert meant({"a*": 1}, "b") is None
    assert meant(None, "b") is None


def test_budgets_of_a_column():
    """Its own milliseconds stand in place of those of all, and come first."""
    assert list(BUDGETS.of("Name").items()) == [("ms", 8.0), ("share", 0.5)]
    assert BUDGETS.of("Age") == {"share": 0.5}
    assert Budgets({"ms": 2.0}, {"Name": 8.0}).of("Age") == {"ms": 2.0}
    assert BUDGETS.units() == ["ms", "share"]


def test_columns_that_have_a_budget():
    """Only those that are named count, if any is, and for each unit the first that has one."""
    assert BUDGETS.judged(NAMES) == [0, 1, 2]
    assert Budgets({}, {"Name": 8.0}).judged(NAMES) == [1]
    assert Budgets({"ms": 1.0}, only=("name*",)).judged(NAMES) == [2]
    assert list(BUDGETS.first_judged(NAMES)) == [(1, "ms"), (0, "share")]
