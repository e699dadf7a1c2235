"""Tests of pytest_mlreqs.measures.tables.naming."""

import pandas as pd
import pytest

from pytest_mlreqs.measures.tables.naming import alike, matching, missing, nearest, sounds_like


@pytest.mark.parametrize(
    ("wanted", "positions"),
    [("age", [0, 3]), ("race_*", [1, 2]), ("x[0]", [4]), ("Age", []), ("*", [0, 1, 2, 3, 4, 5])],
)
def test_matching(wanted, positions):
    """A name means all columns of that name, a glob those it matches, and case counts."""
    columns = ["age", "race_a", "race_b", "age", "x[0]", 7]
    assert matching(wanted, columns) == positions


def test_numbers_as_names():
    """Columns that are numbered have their number as a name."""
    assert matching("7", [6, 7]) == [1]


@pytest.mark.parametrize(
    ("wanted", "column"),
    [
        ("birth_date", "Birth Date"),
        ("sex", "s\u0435x"),  # a Cyrillic letter
        ("SEX", "\u0405ex"),
        ("sex", " sex\u200b"),
        ("prenom", "pr\u00e9nom"),
        ("foreign_workers", "foreign_worker"),
        ("gender", "gendr"),
        ("gender", "gneder"),
        ("age", "ages"),
        ("nationality_of_birth", "nationalty_of_birh"),
        ("age", ("person", "age ")),
        ("Race_*", "race black"),
    ],
)
def test_a_column_that_is_meant(wanted, column):
    """Names that the eye takes for one another, or that are one letter off, are told."""
    told = alike(wanted, ["x", column])
    assert told == (column[1] if isinstance(column, tuple) else column)


@pytest.mark.parametrize(
    ("wanted", "column"),
    [
        ("birth", "Birth Date"), ("age", "wage"), ("sex", "set"), ("race", "rate"),
        ("income_1", "income_2"), ("religion", "region_code"), ("gender", "income"),
        ("zip_*", "zone_1"), ("column_11", "column_1"),
    ],
)  # fmt: skip
def test_a_column_that_is_not_meant(wanted, column):
    """Another word, another number and a short word with another letter are other columns."""
    assert alike(wanted, ["x", column]) is None


def test_what_is_missing():
    """A name that no column has is told with the one that may be meant."""
    assert missing("Sex", ["sex"]) == "no column of X is called 'Sex'; did you mean 'sex'?"
    assert missing("y", ["a"], "protected") == "no column of protected is called 'y'"


def test_levels_of_columns():
    """Of columns with several levels, the name of one level means them."""
    columns = [("person", "age"), ("person", "sex"), ("job", "wage")]
    assert matching("age", columns) == [0]
    assert matching("person", columns) == [0, 1]
    assert matching("('job', 'wage')", columns) == [2]


@pytest.mark.parametrize(
    ("wanted", "label"),
    [
        ("None", None), ("None", float("nan")), ("NaN", float("nan")), ("nan", None),
        ("<NA>", None), ("1", 1), ("1", 1.0), ("-2", -2.0), ("1.5", 1.5), ("True", True),
        ("age", b"age"), ("2026-01-31", pd.Timestamp("2026-01-31")), ("a.b", ("a", "b")),
        ("a_1", ("a", 1)), ("None", ("a", None)), ("1", ("a", 1.0)),
    ],
)  # fmt: skip
def test_names_that_are_no_text(wanted, label):
    """A name of any sort is found by its text, or by another usual way to write it."""
    assert matching(wanted, ["x", label]) == [1]
    assert matching(wanted, ["x", "text"]) == []


def test_names_of_two_sorts():
    """What has the text is meant; where two could be meant, none is, and both are told."""
    assert matching("1", [1.0, "1"]) == [1]
    assert matching("1", [1, "1"]) == [0, 1]
    assert matching("a.b", [("a", "b"), "a.b"]) == [1]
    columns = [None, float("nan"), "x"]
    assert matching("NA", columns) == []
    assert missing("NA", columns) == "no column of X is called 'NA'; did you mean 'None or nan'?"


def test_nearest():
    """A slip of the pen has a nearest name, another word has none."""
    assert nearest("incom", ["age", "income"]) == "income"
    assert nearest("gender", ["age", "income"]) is None


@pytest.mark.parametrize("name", ["age", "Age", "AGE", "age_bucket", "ageGroup", "my-age", "age2"])
def test_sounds(name):
    """A whole word of a name sounds like it, however the words are joined."""
    assert sounds_like("age", name)


@pytest.mark.parametrize("name", ["wage", "mileage", "language", "image", "AGED", "", "42"])
def test_does_not_sound(name):
    """A part of another word does not sound like it."""
    assert not sounds_like("age", name)


@pytest.mark.parametrize(
    ("wanted", "name"), [("*", "age"), ("x7", "x8"), ("x7", "x7b"), ("v1", "v")]
)
def test_no_word(wanted, name):
    """A glob without letters and a mere code sound like nothing."""
    assert not sounds_like(wanted, name)
