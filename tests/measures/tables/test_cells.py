"""Tests of pytest_mlreqs.measures.tables.cells."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.measures.tables.cells import cells

DAYS = pd.Series(pd.date_range("2020-01-30", periods=40))
MOMENTS = pd.Series(pd.date_range("2020-01-30 10:11:12.345678", periods=40, freq="37h"))
NUMBERS = pd.Series(np.random.default_rng(0).normal(size=40) * 1000)


def equal(mine, theirs):
    """How many values of one column equal that of the other one in the same row."""
    here, there = cells(pd.DataFrame({"a": mine}), pd.DataFrame({"a": theirs}, index=None))
    return int((here == there).sum())


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ([1, 2], [1.0, 2.0]),
        ([True, False], [1, 0]),
        (["a", None], np.array(["a", None], dtype=object)),
        (["a", "b"], pd.Categorical(["a", "b"])),
        ([1, 2], pd.Categorical([1, 2])),
        (pd.Categorical([1.0, 2.5]), pd.Categorical([2.5, 1.0], categories=[2.5, 1.0])[::-1]),
        ([1.0, np.nan], pd.array([1, None], dtype="Int64")),
        ([1.0, np.nan], [1, None]),
        ([0.0, 1.0], [-0.0, 1.0]),
        ([[1], [2]], [[1], [2]]),
        ([1, 2], ["1", "2"]),
        ([1.5, np.nan], ["1.5", ""]),
        ([1.5, np.nan], ["1.50", "nan"]),
        (["1", "2"], ["1.0", "2.0"]),
        ([7, 8], ["007", "008"]),
        ([True, False], ["True", "false"]),
        ([Decimal("1.5"), Decimal(2)], [1.5, 2.0]),
        (["a", None], ["a", ""]),
        (NUMBERS, NUMBERS.astype("float32")),
        (NUMBERS, NUMBERS.round(2)),
        (NUMBERS, NUMBERS.map("{:.3f}".format)),
        (NUMBERS, NUMBERS.map("{:.6g}".format)),
        (NUMBERS, NUMBERS.map("{:.9g}".format)),
        (NUMBERS.round(2), NUMBERS.round(2).astype("float32")),
        (NUMBERS.round(4).astype("float32"), NUMBERS.round(1)),
        (NUMBERS, NUMBERS.astype(str)),
        ([100_000_001, 2**60 + 1], [100_000_001, 2**60 + 1]),
    ],
)
def test_equal_numbers_and_texts(mine, theirs):
    """Equal values are equal whatever their type, how they are written, and gaps included."""
    assert equal(mine, theirs) == len(mine)
    assert equal(theirs, mine) == len(mine)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (DAYS, DAYS.astype(str)),
        (DAYS, DAYS.dt.strftime("%Y-%m-%dT%H:%M:%S")),
        (DAYS, DAYS.dt.date),
        (DAYS.astype(str), DAYS.dt.strftime("%Y-%m-%d 00:00:00")),
        (DAYS, DAYS.dt.to_period("D")),
        (DAYS, DAYS.where(DAYS.index > 0).astype("datetime64[s]").fillna(DAYS[0])),
        (DAYS, DAYS.astype(str).astype("category")),
        (DAYS, DAYS.map(lambda day: day.to_datetime64()).astype(object)),
        (MOMENTS, MOMENTS.astype(str)),
        (MOMENTS, MOMENTS.dt.floor("s").astype(str)),
        (MOMENTS, MOMENTS.astype("datetime64[ms]")),
        (MOMENTS, MOMENTS.dt.date),
        (MOMENTS, MOMENTS.dt.tz_localize("UTC")),
        (MOMENTS, MOMENTS.dt.tz_localize("Asia/Tokyo")),
        (MOMENTS, MOMENTS.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")),
        (MOMENTS, MOMENTS.dt.tz_localize("UTC").astype(str)),
        (MOMENTS.dt.tz_localize("UTC"), MOMENTS.dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")),
        (MOMENTS, MOMENTS.astype("datetime64[ns]").astype("int64")),
        (MOMENTS, MOMENTS.astype("datetime64[ns]").astype("int64") // 10**9),
        (MOMENTS.where(MOMENTS.index > 3), MOMENTS.astype(str).where(MOMENTS.index > 3)),
        (pd.to_timedelta(range(40), "h"), 3600.0 * np.arange(40)),
    ],
    ids=range(21),
)
def test_equal_times(mine, theirs):
    """A time is the same time as text, of another precision, with a zone, and counted."""
    assert equal(mine, theirs) == 40
    assert equal(theirs, mine) == 40


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (["007", "a"], ["7", "b"]),
        ([2**60], [2**60 + 1]),
        (["12345678901234567890"], ["12345678901234567891"]),
        ([100_000_001], [100_000_002]),
        (["a", ""], [None, "b"]),
        (DAYS, DAYS + pd.Timedelta("1D")),
        (MOMENTS, MOMENTS.astype(str)[::-1].reset_index(drop=True)),
        (NUMBERS, NUMBERS * 1.0001),
        (NUMBERS, NUMBERS * (1 + 1e-9)),
        (NUMBERS.astype("float32"), NUMBERS * (1 + 1e-6)),
        (DAYS, ["x"] * 40),
        ([1], ["x"]),
        ([1 + 1j], [1.0]),
        ([datetime.date(2020, 1, 30)], ["2020-01-31"]),
    ],
    ids=range(14),
)
def test_other_values(mine, theirs):
    """Values that differ are different, codes with zeros before them and long numbers too."""
    assert equal(mine, theirs) == 0


def test_texts_that_are_no_numbers_stay_texts():
    """Among texts most of which are numbers the others are compared as they are."""
    assert equal([1, 2, 3], ["1", "2", "x"]) == 2


ZOO = {
    "lists": pd.Series([[n] for n in range(6)]),
    "complex": pd.Series([1j, np.nan] * 3),
    "period": pd.Series(pd.period_range("2020", periods=6, freq="D")),
    "interval": pd.Series(pd.interval_range(0, 6)),
    "bytes": pd.Series([b"a"] * 6),
    "two zones": pd.Series(
        [pd.Timestamp("2020", tz="UTC"), pd.Timestamp("2020", tz="Asia/Tokyo")] * 3
    ),
    "zone or none": pd.Series([pd.Timestamp("2020", tz="UTC"), pd.Timestamp("2020")] * 3),
    "far": pd.Series([datetime.date(1, 1, 1), datetime.date(9999, 1, 1)] * 3),
    "far text": pd.Series(["0001-01-01", "9999-12-31"] * 3),
    "no date": pd.Series(["2020-13-45", "2020-01-01"] * 3),
    "no decimal": pd.Series([Decimal("NaN"), Decimal("Infinity")] * 3),
    "huge": pd.Series([10**30] * 6),
    "unsigned": pd.Series(np.arange(6, dtype="uint64") + 2**63),
    "infinite": pd.Series([np.inf, -np.inf, np.nan] * 2),
    "mixed": pd.Series([1, "a", None, 2.5, [1], {"a": 1}]),
    "times of no day": pd.Series([pd.NaT] * 6),
    "durations": pd.Series(pd.to_timedelta([None, 1] * 3)),
    "nothing": pd.Series([None] * 6),
    "nullable": pd.Series([True, pd.NA] * 3, dtype="boolean"),
    "categories": pd.Series(pd.Categorical([1, "a"] * 3)),
}


@pytest.mark.parametrize("mine", ZOO)
def test_any_type(mine):
    """Values of any type can be compared with those of any other, and equal themselves."""
    for theirs in ZOO.values():
        assert equal(ZOO[mine], theirs) <= 6
    assert equal(ZOO[mine], ZOO[mine]) == 6
