"""Names that are no columns of X are tried where they can be, and never taken for harmless."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from pytest_mlreqs.requirements.forbidden_features import ForbiddenFeatures
from tests.entropy import entropy

ROWS = 40
INCOME = np.linspace(0, 1, ROWS)
SEX = np.arange(ROWS) % 2
X = pd.DataFrame({"income": INCOME})


def told(column, model, X=X, **options):
    """The measurement of one forbidden name."""
    requirement = ForbiddenFeatures(columns=(column,), reason="r", **options)
    found = requirement.check(model, X)
    (measured,) = (one for one in found if one.name.startswith("rows moved by "))
    return measured


def by_income(rows):
    """A model that looks at the income alone."""
    return rows["income"].to_numpy()


INDEXED = X.set_index(pd.Index(SEX, name="sex"))
LEVELS = X.set_index(pd.MultiIndex.from_arrays([range(ROWS), SEX], names=["id", "sex"]))


@pytest.mark.parametrize("rows", [INDEXED, LEVELS], ids=["index", "levels"])
def test_an_attribute_in_the_index_is_tried(rows):
    """What stands in the index of X can be read there, and is changed there."""

    def by_index(rows):
        return rows["income"].to_numpy() + rows.index.get_level_values("sex").to_numpy()

    assert told("sex", by_index, rows).ok is False
    assert told("sex", by_income, rows).ok is True
    assert told("se*", by_index, rows).ok is False
    assert told("Sex", by_index, rows).ok is None


def test_a_model_that_needs_its_index():
    """A model is given its index as it is, with the other values of one level only."""

    def demanding(rows):
        assert rows.index.names == ["id", "sex"]
        assert list(rows.columns) == ["income"]
        return rows["income"].to_numpy() + rows.index.get_level_values("id").to_numpy()

    assert told("sex", demanding, LEVELS).ok is True
    assert told("id", demanding, LEVELS).ok is False


@pytest.mark.parametrize("value", ["F", "female", 1])
def test_a_field_that_is_read_when_it_is_there(value):
    """A model that looks for an optional field reads it, though X has none."""

    def optional(rows):
        return rows["income"].to_numpy() + np.asarray(rows.get("sex", 0) == value)

    measured = told("sex", optional)
    assert measured.ok is False
    assert measured.text == (
        "the model reads 'sex' if it is given: 'sex' is not among the 1 columns of X, and "
        "adding it moves scores, limit 0 rows"
    )
    assert told("gender", optional).ok is True


@pytest.mark.parametrize(
    "model",
    [
        by_income,
        lambda rows: rows.select_dtypes("number").sum(axis=1).to_numpy(),
        lambda rows: entropy().normal(size=len(rows)),
        LinearRegression().fit(X, SEX),
    ],
    ids=["by name", "sums up whatever there is", "random", "takes no other columns"],
)
def test_a_name_with_nothing_like_it_is_satisfied(model):
    """A policy may list what a data set lacks: no model is accused for it."""
    measured = told("religion", model)
    assert measured.ok is True
    assert measured.text == "'religion' is not among the 1 columns of X, so it has no influence"


def test_a_glob_that_fits_nothing_says_so():
    """A glob is no name, and what it says is that no column fits."""
    measured = told("race_*", by_income)
    assert (measured.ok, measured.text) == (
        True,
        "'race_*' fits none of the 1 columns of X, so it has no influence",
    )
    assert told("Income*", by_income).ok is None


@pytest.mark.parametrize(
    ("wanted", "column"),
    [
        ("foreign_workers", "foreign_worker"),
        ("sex", "s\u0435x"),
        ("sex", " sex"),
        ("sex", "SEX"),
        ("marital_status", "marital-status"),
    ],
)
def test_a_name_that_is_a_little_different_is_undecided(wanted, column):
    """A name that is not quite that of a column is told with it, unless that is allowed."""
    rows = X.assign(**{column: SEX})
    measured = told(wanted, lambda rows: rows[column].to_numpy(), rows)
    assert measured.ok is None
    assert measured.text.endswith(f"is called {wanted!r}; did you mean {column!r}?")
    assert told(wanted, by_income, rows, allowed=(column,)).ok is True


def test_levels_of_columns():
    """An attribute that is one level of a column's name is that column."""
    rows = pd.DataFrame({("person", "sex"): SEX, ("job", "income"): INCOME})
    assert list(rows.columns) == [("person", "sex"), ("job", "income")]

    def guilty(rows):
        return rows[("person", "sex")].to_numpy()

    def innocent(rows):
        return rows[("job", "income")].to_numpy()

    requirement = ForbiddenFeatures(columns=("sex",), reason="r")
    assert [one.ok for one in requirement.check(guilty, rows)] == [False]
    assert [one.ok for one in requirement.check(innocent, rows)] == [True]
    measured = told("Sex", guilty, rows)
    assert (measured.ok, measured.text.endswith("did you mean 'sex'?")) == (None, True)


@pytest.mark.parametrize("rows", [X, INDEXED, LEVELS], ids=["none", "index", "levels"])
def test_planted_violations_are_noticed_where_there_is_no_column(rows):
    """What is planted for a name that no column has is noticed."""
    requirement = ForbiddenFeatures(columns=("sex",), reason="r")
    (planted,) = requirement.plant(model=by_income, X=rows)
    assert False in [one.ok for one in requirement.check(**{"X": rows, **planted.subjects})]
