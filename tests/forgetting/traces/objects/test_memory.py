"""Tests of pytest_mlreqs.forgetting.traces.objects.memory."""

import datetime
import decimal
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.forgetting.traces.hashing import hashed
from pytest_mlreqs.forgetting.traces.objects.memory import content, search
from pytest_mlreqs.forgetting.traces.people import People

PEOPLE = People.mint(3, seed=4)
DAY = datetime.datetime(2026, 5, 1, 12, 30, 0, 5)  # noqa: DTZ001


def table(library, columns):
    """The columns as a frame of a library."""
    if library == "polars":
        return pytest.importorskip("polars").DataFrame(columns)
    return pa.table(columns) if library == "pyarrow" else pd.DataFrame(columns)


def column(values, dtype=object):
    """Values as an array of one dimension."""
    return np.fromiter(values, dtype=dtype, count=len(values))


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_frames_are_searched_by_column(library):
    """A person is found in the column that tells of them, also within nested values."""
    frame = table(
        library,
        {
            "text": ["a", f"Dear {PEOPLE[1].name}", None],
            "id": [1, 2, PEOPLE[2].id],
            "nested": [{"a": "x"}, {"a": PEOPLE[0].key}, {"a": "y"}],
            "clean": [1.5, None, 2.5],
        },
    )
    found = search(frame, PEOPLE)
    assert [(trace.where.partition("[")[0], set(trace.people)) for trace in found.traces] == [
        ("column text", {1}),
        ("column id", {2}),
        ("column nested", {0}),
    ]
    assert found.searched == "3 rows"
    assert search({"t": frame}, PEOPLE).traces[0].where == "table t, column text"


def test_index_and_categories_are_searched():
    """People in an index, or among categories that no row has any more, are found."""
    frame = pd.DataFrame({"c": pd.Categorical(["x"], ["x", PEOPLE[0].key])}, index=[PEOPLE[1].key])
    assert {trace.where for trace in search(frame, PEOPLE).traces} == {
        "index",
        "categories of column c",
    }


def test_objects_are_searched_by_path():
    """Anything else is walked through."""
    (trace,) = search([{"a": (1, PEOPLE[1].email)}], PEOPLE).traces
    assert trace.where.startswith("the object[0]['a']")


SAME = {
    "whole numbers": [column([1, 2], "i8"), column([1, 2], "u1"), column([1.0, 2.0], "f8")],
    "objects": [column([1, 2]), column([1.0, decimal.Decimal(2)]), column([True, 2])],
    "rounding": [column([0.1 + 0.2, 3.0], "f8"), column([0.3, 3.0000000000000004], "f8")],
    "missing": [column([np.nan, np.nan], "f8"), column([None, pd.NA]), column([pd.NaT, np.nan])],
    "zeros": [column([0.0, -0.0], "f8"), column([0, 0], "i8")],
    "tiny": [column([1e-310, 1e300], "f8"), column([1.0000000000000002e-310, 1e300])],
    "times": [
        np.array([DAY, DAY], dtype="M8[us]"),
        np.array([DAY, DAY], dtype="M8[ns]"),
        column([DAY, pd.Timestamp(DAY, tz="UTC")]),
    ],
    "spans": [np.array([5, 6], "m8[s]"), np.array([5000, 6000], "m8[ms]")],
    "texts": [column(["a", "b"]), column([np.str_("a"), "b"])],
}


@pytest.mark.parametrize("name", SAME)
def test_equal_cells_have_equal_hashes(name):
    """Cells are equal by value: of other types, up to twelve digits, missing in any way."""
    if name == "objects":
        first, *others = [column([1, 2], "i8"), *SAME[name]]
    else:
        first, *others = SAME[name]
    for other in others:
        assert (hashed(first) == hashed(other)).all()


def test_different_cells_have_different_hashes():
    """No two different cells of any type share a hash."""
    cells = [
        0,
        1,
        -1,
        2**53,
        2**53 + 1,
        2**62,
        0.5,
        -0.5,
        1e-12,
        1.00000000001,
        1e20,
        np.inf,
        -np.inf,
    ]
    cells += [
        None,
        "",
        "a",
        "1",
        "None",
        b"b",
        DAY,
        datetime.timedelta(1),
        [1],
        {"a": 1},
        2**70,
    ]
    assert len(set(hashed(column(cells)).tolist())) == len(cells)
    many = np.random.default_rng(0).normal(size=100_000)
    assert len(np.unique(hashed(many))) == 100_000
    assert len(np.unique(hashed(np.arange(100_000)))) == 100_000


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_libraries_agree(library):
    """A frame has the same content whatever library it is of."""
    columns = {
        "a": [1, 2, None],
        "b": ["x", None, "z"],
        "c": [0.1, 0.2, 0.3],
        "d": [DAY, DAY, None],
    }
    one, other = content(pd.DataFrame(columns))["frame"], content(table(library, columns))["frame"]
    assert {n: c.tolist() for n, c in one.items()} == {n: c.tolist() for n, c in other.items()}


def test_hashes_are_stable():
    """Another process makes the same hashes."""
    script = (
        "import pandas as pd, numpy as np;"
        "from pytest_mlreqs.forgetting.traces.objects.memory import content;"
        "frame = pd.DataFrame({'a': ['x', None], 'b': [1.25, 2]});"
        "print(sum(int(c.sum()) for c in content(frame)['frame'].values()),"
        "content([frame, np.arange(3), {'x', 'y'}])['object']['content'][0])"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", script], check=True, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    }
    assert len(runs) == 1
    assert runs.pop().split()[0].isdigit()


def test_content_of_objects():
    """A model fitted on the same rows has the same content; on others, another."""
    X = np.random.default_rng(0).normal(size=(50, 2))

    def told(rows):
        return content(LogisticRegression().fit(rows, rows[:, 0] > 0))["object"]["content"].tolist()

    assert told(X) == told(X.copy())
    assert told(X) != told(X[1:])
    with pytest.raises(Fault, match="cannot be pickled, so its content is not told"):
        content([threading.Lock()])


def test_columns_of_one_name_stay_apart():
    """Names may repeat; every column is kept."""
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    assert len(content(frame)["frame"]) == 2
