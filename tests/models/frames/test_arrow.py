"""An Arrow table is judged as pandas and scored as a table of the same schema."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.models.frames import columns, opened, take
from pytest_mlreqs.models.scoring import scorer

pa = pytest.importorskip("pyarrow")

DAY = datetime.datetime.fromisoformat("2020-10-24T12:00:00.000123")  # and the clocks change
DAYS = [DAY + datetime.timedelta(days=day) if day != 2 else None for day in range(6)]
WORDS = ["x", None, "y", "x", "y", "z"]
LEVELS = pa.DictionaryArray.from_arrays(
    pa.array([0, 1, None, 2, 1, 0], pa.int8()), pa.array(["lo", "hi", "never"]), ordered=True
)
COLUMNS = {
    "integers": pa.array([1, 2, 3, 4, 5, 6], pa.int8()),
    "integers with nulls": pa.array([1, None, 3, 4, 5, 6]),
    "integers beyond floats": pa.array([2**60 + 1, None, 1, 2, 3, -(2**63)]),
    "unsigned beyond floats": pa.array([2**64 - 1, None, 1, 2, 3, 4], pa.uint64()),
    "integers that are null": pa.array([None] * 6, pa.int64()),
    "floats": pa.array([1.5, None, 2.0, 3.0, 4.0, 5.0], pa.float32()),
    "text": pa.array(["a", None, "c", "d", "", "ü"]),
    "large text": pa.array(["a", None] * 3, pa.large_string()),
    "text in chunks": pa.chunked_array([["a", "b"], ["c", "d", None, "e"]]),
    "booleans": pa.array([True, None, False, True, True, False]),
    "days": pa.array([day and day.date() for day in DAYS]),
    "times": pa.array(DAYS, pa.timestamp("ns")),
    "zoned": pa.array(DAYS, pa.timestamp("us", tz="Europe/Berlin")),
    "spans": pa.array([datetime.timedelta(seconds=1), None] * 3, pa.duration("ms")),
    "clock": pa.array([datetime.time(3), None] * 3),
    "dictionary": pa.array(WORDS).dictionary_encode(),
    "levels": LEVELS,
    "decimals": pa.array([decimal.Decimal("1.50"), None] * 3, pa.decimal128(10, 2)),
    "lists": pa.array([[1, 2], None, [], [3], [4], [5]]),
    "structs": pa.array([{"a": 1, "b": "x"}] * 6),
    "bytes": pa.array([b"a", None] * 3),
    "nothing": pa.nulls(6),
}
X = pa.table({"age": [1.0, 2.0, 3.0, 4.0], "income": [5, 6, 7, 8], "sex": ["m", "f"] * 2})


@pytest.mark.parametrize("rows", [[0, 1, 2, 3, 4, 5], [3, 1, 1, 0], [0], [1], []], ids=str)
@pytest.mark.parametrize("name", COLUMNS)
def test_there_and_back(name, rows):
    """Every sort of column, whole or in part, comes back with its values, nulls and type."""
    given = pa.table({name: COLUMNS[name]})
    seen = opened(given)
    back = seen.back(seen.frame.iloc[rows])
    assert back.schema == given.schema
    assert back.to_pydict() == given.take(pa.array(rows, pa.int64())).to_pydict()


def test_nan_is_no_null():
    """A column that has NaN and no nulls has none afterwards."""
    given = pa.table({"f": pa.array([1.0, float("nan")])})
    back = opened(given).back(opened(given).frame)
    assert back["f"].null_count == 0
    assert np.isnan(back["f"].to_numpy()).tolist() == [False, True]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("integers with nulls", "float64"),
        ("days", "datetime64"),
        ("zoned", "datetime64"),
        ("dictionary", "category"),
    ],
)
def test_what_is_measured(name, kind):
    """Numbers are numbers to pandas, days are times and dictionaries are categories."""
    assert str(opened(pa.table({name: COLUMNS[name]})).frame[name].dtype).startswith(kind)


def test_the_dictionary_stays():
    """Codes mean the same afterwards, also those of words that do not occur."""
    given = pa.table({"levels": LEVELS})
    back = opened(given).back(opened(given).frame)["levels"].combine_chunks()
    back = back.chunk(0) if isinstance(back, pa.ChunkedArray) else back
    assert back.dictionary.to_pylist() == ["lo", "hi", "never"]
    assert back.indices.to_pylist() == [0, 1, None, 2, 1, 0]


def test_other_columns():
    """Columns may be left out, put elsewhere or added; the rest keeps its type."""
    seen = opened(X)
    back = seen.back(seen.frame[["sex", "age"]].assign(more="text"))
    assert back.column_names == ["sex", "age", "more"]
    assert back.schema.types[:2] == [pa.string(), pa.float64()]


def test_a_name_twice():
    """Columns of one name are told apart by their position."""
    given = pa.Table.from_arrays([pa.array([1]), pa.array(["a"])], names=["n", "n"])
    seen = opened(given)
    assert seen.back(seen.frame).equals(given)


def test_an_index_of_pandas_is_a_column():
    """The index that pandas wrote into the table is what it is to the model: a column."""
    given = pa.Table.from_pandas(pd.DataFrame({"a": [1, 2]}, index=pd.Index([5, 7], name="key")))
    seen = opened(given)
    assert list(seen.frame) == ["a", "key"]
    assert seen.back(seen.frame).equals(given, check_metadata=True)


def test_without_columns():
    """A table of no columns is a frame of none."""
    assert opened(pa.table({})).frame.shape == (0, 0)


def test_forbidden_columns(judged):
    """A forbidden column is found in a table, and its absence is no influence."""
    many = pa.concat_tables([X] * 10)

    def model(rows):
        return rows["age"].to_numpy() + np.array([sex == "m" for sex in rows["sex"].to_pylist()])

    told = judged(model, many, "age", "sex", "income", "ssn")
    assert [m.ok for m in told] == [False, False, True, True]
    assert scorer(model).on(opened(X)).probed(opened(X).frame).tolist() == [2, 2, 4, 4]


def test_rows_and_names():
    """Rows are taken as Arrow takes them, and the names are those of the table."""
    assert take(X, [2, 0]).equals(X.take([2, 0]))
    assert columns(X) == ("age", "income", "sex")
