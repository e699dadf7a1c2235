"""Tests of pytest_mlreqs.measures.tables.twins."""

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.measures.tables.twins import Twins, twins


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


def test_values_that_are_equal_by_chance_or_by_copying():
    """Where chance or repeated records may have made equal rows, it is undecided, up to twice."""
    assert [Twins(tuple(range(n)), (), 0, 60, 60).within(5) for n in (5, 60, 157, 158)] == [
        True, None, None, False,
    ]  # fmt: skip


WORDS = np.array([f"text {n} of some words" for n in range(1800)])
DRAW = np.random.default_rng(3)


def shared(values, start=600):
    """Whether the first 600 values are within no shared rows, given those from `start` on."""
    frame = pd.DataFrame({"text": values})
    return twins(frame[:600], frame[start:]).within(0)


@pytest.mark.parametrize(
    ("values", "start", "within"),
    [
        (WORDS, 600, True),
        (WORDS, 0, False),
        (WORDS, 580, False),
        (np.arange(1800) / 7, 0, False),
        (DRAW.choice(list("abcde"), 1800), 600, True),
        (DRAW.choice(list("abcde"), 1800), 0, True),
        (DRAW.zipf(1.5, 1800), 600, True),
        (DRAW.zipf(1.2, 1800), 600, True),
        (np.round(DRAW.lognormal(3, 1, 1800), 1), 600, True),
        (DRAW.permutation(np.repeat(np.arange(900), 2)), 600, False),
        (DRAW.permutation(np.repeat(np.arange(600), 3)), 600, False),
        (DRAW.permutation([*range(1440), *range(360)]), 600, False),
        (DRAW.permutation([*range(1710), *range(90)]), 600, None),
    ],
    ids=[
        "texts", "the same texts", "twenty copies", "the same numbers", "categories",
        "the same categories", "words", "rarer words", "prices", "doubled records",
        "tripled records", "a fifth doubled", "a few doubled",
    ],
)  # fmt: skip
def test_one_column(values, start, within):
    """In one column copies and repeated records are told from values that are frequent."""
    assert shared(values, start) is within


def test_duplicate_names():
    """Columns are taken by position."""
    rows = pd.DataFrame([[1, 2]], columns=["a", "a"])
    assert twins(rows, rows).rows == (0,)
    assert twins(rows, rows.iloc[:, ::-1]).rows == ()


def test_nothing_to_compare():
    """No rows share none."""
    assert twins(MEASURED.head(0), MEASURED).rows == ()
    assert twins(MEASURED, MEASURED.head(0)).rows == ()
