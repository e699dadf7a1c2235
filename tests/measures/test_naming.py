"""Tests of pytest_mlreqs.measures.naming."""

import pytest

from pytest_mlreqs.measures.naming import matching, nearest, same_letters, sounds_like


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


def test_same_letters():
    """Case, blanks and underscores do not make another name."""
    assert same_letters("birth_date", ["x", "Birth Date"]) == "Birth Date"
    assert same_letters("birth", ["x", "Birth Date"]) is None


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
