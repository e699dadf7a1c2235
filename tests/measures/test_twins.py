"""Tests of pytest_mlreqs.measures.twins."""

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.measures.twins import Twins, twins


def people(rows, seed=0, *, bound=0.5):
    """Rows of a few categories and an age that depend on each other as strongly as `bound`."""
    generator = np.random.default_rng(seed)
    common = generator.normal(size=rows)

    def draw():
        return bound * common + (1 - bound**2) ** 0.5 * generator.normal(size=rows)

    return pd.DataFrame(
        {
            **{f"c{k}": np.floor(draw() * k).astype(int) for k in range(1, 5)},
            "age": np.round(40 + 10 * draw()),
        }
    )


MEASURED = pd.DataFrame(np.random.default_rng(1).normal(size=(300, 4)), columns=list("abcd"))


def test_known_answer():
    """Equal rows are found by position, and so are those that differ in one column."""
    rows = pd.DataFrame({"a": [1, 2, 3, 4], "b": list("xyzx")})
    others = pd.DataFrame({"a": [1.0, 2.0, 9.0], "b": list("xxz")})
    seen = twins(rows, others)
    assert (seen.rows, seen.near) == ((0,), (1, 2, 3))


@pytest.mark.parametrize(
    "lossy", [lambda f: f.astype("float32"), lambda f: f.astype(str).astype(float)]
)
def test_copies_that_went_through_a_file(lossy):
    """A row whose numbers lost their last figures is the same row; infinities and zeros stay."""
    odd = MEASURED.assign(a=[0.0, -0.0, np.inf, -np.inf, np.nan] * 60)
    assert len(twins(odd, lossy(odd)).rows) == 300
    assert len(twins(odd, lossy(odd.assign(b=odd["b"] * 1.0001))).rows) == 0


def test_whole_numbers_are_exact():
    """Numbers that may be names are not rounded."""
    known = pd.DataFrame({"a": [100_000_001, 2**50]})
    assert twins(known + 1, known).rows == ()
    assert twins(known, known).rows == (0, 1)


@pytest.mark.parametrize("copies", [0, 1, 30])
def test_copies_of_measurements(copies):
    """Among measurements each copy is found, and none is due to chance."""
    seen = twins(MEASURED[200:], MEASURED[: 200 + copies])
    assert seen.rows == tuple(range(copies))
    assert seen.chance < 0.5
    assert seen.within(0) is (copies == 0)


@pytest.mark.parametrize("bound", [0, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("encode", [lambda frame: frame, lambda f: pd.get_dummies(f.astype(str))])
def test_coincidences(bound, encode):
    """Chance explains most of what honest tables share, one-hot columns included."""
    for seed in range(5):
        frame = encode(people(3000, seed, bound=bound))
        seen = twins(frame[2000:], frame[:2000])
        assert len(seen.rows) > 10
        assert 0.25 < seen.chance / len(seen.rows) < 1.6
        assert seen.within(0) is not False


def test_copies_among_coincidences():
    """Copies are found though many rows are equal by chance."""
    frame = people(3000)
    frame["fare"] = np.round(np.random.default_rng(2).lognormal(3, 1, 3000))
    assert twins(frame[2000:], frame[:2000]).within(0) is not False
    assert twins(frame[2000:], frame[:2400]).within(0) is False


def test_repeated_records():
    """Records that stand twice in the data before it is split are shared, not coincidences."""
    frame = pd.concat([MEASURED, MEASURED]).sample(frac=1, random_state=0)
    seen = twins(frame[:200], frame[200:])
    assert len(seen.rows) > 50
    assert seen.within(0) is False


@pytest.mark.parametrize(
    ("shared", "chance", "own", "within"),
    [
        (0, 0, 0, True),
        (5, 0, 0, True),  # as many as allowed
        (6, 0, 0, False),
        (6, 0.1, 0, None),
        (105, 100, 0, True),
        (180, 100, 0, None),  # more than chance explains, and less than twice as many
        (180, 100, 175, True),  # as the others among each other
        (300, 100, 275, True),
        (480, 100, 475, False),  # repeated records: far more than chance explains
    ],
)
def test_within(shared, chance, own, within):
    """Twice what chance explains is too much, unless the others are as alike, within four times."""
    assert Twins(tuple(range(shared)), (), chance, own).within(5) is within


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ([1, 2], [1.0, 2.0]),
        ([True, False], [1, 0]),
        (["a", None], np.array(["a", None], dtype=object)),
        (["a", "b"], pd.Categorical(["a", "b"])),
        ([1.0, np.nan], pd.array([1, None], dtype="Int64")),
        ([0.0, 1.0], [-0.0, 1.0]),
        ([[1], [2]], [[1], [2]]),
        (pd.date_range("2020", periods=2), pd.date_range("2020", periods=2)),
    ],
)
def test_equal_values_of_other_types(mine, theirs):
    """Equal values are equal whatever their type, gaps included."""
    rows, others = pd.DataFrame({"a": mine}), pd.DataFrame({"a": theirs}, index=[7, 7])
    assert twins(rows, others).rows == (0, 1)


def test_text_is_no_number():
    """A number and its text are not the same value."""
    assert twins(pd.DataFrame({"a": [1]}), pd.DataFrame({"a": ["1"]})).rows == ()


def test_one_column():
    """In one column any value may stand twice by chance."""
    frame = MEASURED[["a"]]
    assert twins(frame, frame).within(0) is True


def test_duplicate_names():
    """Columns are taken by position."""
    rows = pd.DataFrame([[1, 2]], columns=["a", "a"])
    assert twins(rows, rows).rows == (0,)
    assert twins(rows, rows.iloc[:, ::-1]).rows == ()


def test_nothing_to_compare():
    """No rows share none."""
    assert twins(MEASURED.head(0), MEASURED).rows == ()
    assert twins(MEASURED, MEASURED.head(0)).rows == ()
