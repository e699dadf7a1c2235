"""A Polars frame is judged as pandas and scored as Polars, of the same schema."""

import datetime
import decimal
import sys

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.models.frames import columns, opened, take
from pytest_mlreqs.models.scoring import scorer

pl = pytest.importorskip("polars")

DAY = datetime.datetime.fromisoformat("2020-10-24T12:00:00.000123")  # and the clocks change
DAYS = [DAY + datetime.timedelta(days=day) if day != 2 else None for day in range(6)]
COLUMNS = {
    "integers": pl.Series([1, 2, 3, 4, 5, 6], dtype=pl.Int8),
    "integers with nulls": pl.Series([1, None, 3, 4, 5, 6], dtype=pl.Int64),
    "integers beyond floats": pl.Series([2**60 + 1, None, 1, 2, 3, -(2**63)], dtype=pl.Int64),
    "unsigned beyond floats": pl.Series([2**64 - 1, None, 1, 2, 3, 4], dtype=pl.UInt64),
    "floats": pl.Series([1.5, None, 2.0, 3.0, 4.0, 5.0], dtype=pl.Float32),
    "floats with NaN": pl.Series([1.5, float("nan"), 2.0, 3.0, 4.0, 5.0]),
    "text": pl.Series(["a", None, "c", "d", "", "ü"]),
    "booleans": pl.Series([True, False] * 3),
    "booleans with nulls": pl.Series([True, None, False, True, True, False]),
    "days": pl.Series(DAYS).cast(pl.Date),
    "times": pl.Series(DAYS, dtype=pl.Datetime("ns")),
    "zoned": pl.Series(DAYS).dt.replace_time_zone("Europe/Berlin"),
    "spans": pl.Series([datetime.timedelta(seconds=1), None] * 3, dtype=pl.Duration("ms")),
    "clock": pl.Series([datetime.time(3), None] * 3),
    "category": pl.Series(["x", None, "y", "x", "y", "z"], dtype=pl.Categorical),
    "enum": pl.Series(["x", None, "y", "x", "y", "z"], dtype=pl.Enum(["z", "y", "x", "w"])),
    "decimals": pl.Series([decimal.Decimal("1.50"), None] * 3, dtype=pl.Decimal(10, 2)),
    "lists": pl.Series([[1, 2], None, [], [3], [4], [5]]),
    "structs": pl.Series([{"a": 1, "b": "x"}] * 6),
    "bytes": pl.Series([b"a", None] * 3),
    "nothing": pl.Series([None] * 6),
}
X = pl.DataFrame({"age": [1.0, 2.0, 3.0, 4.0], "income": [5, 6, 7, 8], "sex": ["m", "f"] * 2})


@pytest.mark.parametrize("rows", [[0, 1, 2, 3, 4, 5], [3, 1, 1, 0], [0], [1], []], ids=str)
@pytest.mark.parametrize("name", COLUMNS)
def test_there_and_back(name, rows):
    """Every sort of column, whole or in part, comes back with its values, nulls and dtype."""
    given = pl.DataFrame({name: COLUMNS[name]})
    seen = opened(given)
    back = seen.back(seen.frame.iloc[rows])
    assert back.schema == given.schema
    assert back.equals(given[rows])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("integers with nulls", "float64"),
        ("floats", "float32"),
        ("booleans", "bool"),
        ("days", "datetime64"),
        ("times", "datetime64"),
        ("zoned", "datetime64"),
        ("category", "category"),
        ("enum", "category"),
    ],
)
def test_what_is_measured(name, kind):
    """Numbers are numbers to pandas, times are times and categories are categories."""
    assert str(opened(pl.DataFrame({name: COLUMNS[name]})).frame[name].dtype).startswith(kind)


@pytest.mark.parametrize("values", [[1, 2], [1.0, 2.0]], ids=["whole", "float"])
def test_numbers_are_not_copied(values):
    """Numbers without gaps are seen where Polars has them, however many rows there are."""
    given = pl.DataFrame({"a": values, "b": values})
    assert np.shares_memory(opened(given).frame["a"].to_numpy(), given["a"].to_numpy())


def test_other_columns():
    """Columns may be left out, put elsewhere or added; the rest keeps its schema."""
    seen = opened(X)
    back = seen.back(seen.frame[["sex", "age"]].assign(more=1))
    assert back.schema == {"sex": pl.String, "age": pl.Float64, "more": pl.Int64}
    assert back["age"].to_list() == [1.0, 2.0, 3.0, 4.0]


def test_the_model_gets_polars():
    """A model that knows nothing but Polars is judged, on a column it reads and one it does not."""
    seen = opened(X)
    given = []

    def model(rows):
        given.append(rows)
        return rows.select(pl.col("age") * 2).to_series().to_numpy()

    score = scorer(model).on(seen)
    assert score(seen.frame).tolist() == score.probed(seen.frame).tolist() == [2, 4, 6, 8]
    assert all(rows.equals(X) and rows.schema == X.schema for rows in given)


def test_forbidden_columns(judged):
    """A forbidden column is found in a frame of Polars, and its absence is no influence."""
    many = pl.concat([X] * 10)

    def model(rows):
        return rows["age"].to_numpy() + (rows["sex"] == "m").to_numpy()

    told = judged(model, many, "age", "sex", "income", "ssn")
    assert [m.ok for m in told] == [False, False, True, True]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: rows.replace_column(0, rows["age"] * 2), "values are not the same"),
        (lambda rows: rows.insert_column(0, pl.Series("new", [0] * 4)), "columns are not the same"),
    ],
    ids=["values", "columns"],
)
def test_a_model_that_changes_its_input(change, told):
    """Polars frames can be changed in place, and a model that does so is faulty."""
    given = X.clone()

    def model(rows):
        change(rows)
        return [0] * 4

    with pytest.raises(Fault, match=told):
        scorer(model).probed(given)


def test_a_value_that_the_schema_has_not():
    """What does not fit into the schema is told, and never made a null."""
    seen = opened(pl.DataFrame({"enum": COLUMNS["enum"]}))
    with pytest.raises(Fault, match="converting the rows back to the type of X raised"):
        scorer(lambda rows: [0] * 6).on(seen)(pd.DataFrame({"enum": ["elsewhere"] * 6}))


def test_rows_and_names():
    """Rows are taken as Polars takes them, and the names are those of the frame."""
    assert take(X, [2, 0]).equals(X[[2, 0]])
    assert columns(X) == ("age", "income", "sex")


def test_a_lazy_frame_is_no_frame():
    """Nothing is collected behind the user's back."""
    assert opened(X.lazy()) is None


def test_without_pyarrow(monkeypatch):
    """Polars can do without pyarrow, and so can this."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    seen = opened(X)
    assert seen.back(seen.frame).equals(X)
    np.testing.assert_array_equal(seen.frame["income"], [5, 6, 7, 8])
