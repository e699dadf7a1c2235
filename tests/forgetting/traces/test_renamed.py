"""Tests of pytest_mlreqs.forgetting.traces.renamed."""

import numpy as np
import pytest

from pytest_mlreqs.forgetting.traces.renamed import put_together
from pytest_mlreqs.forgetting.traces.state import compare

RUNS = ("3f2a9c1e7b6d40558e1f2a3b4c5d6e7f", "9b1c2d3e4f5061728394a5b6c7d8e9f0", "0a1b2c3d4e5f")
UUIDS = (
    "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
    "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b",
    "abcdefab-cdef-4abc-8def-abcdefabcdef",
)
SHAPES = {
    "pandas": lambda n: [f"year=2020/{RUNS[n]}-0.parquet", f"year=2021/{RUNS[n]}-0.parquet"],
    "spark": lambda n: [f"part-0000{at}-{UUIDS[n]}-c000.snappy.parquet" for at in range(2)],
    "folders": lambda n: [f"{RUNS[n]}/data/rows.csv", f"{RUNS[n]}/data/more.csv"],
    "words": lambda n: [f"{('happy-fox', 'sad-cat', 'odd-dog')[n]}.csv", "stays.csv"],
    "times": lambda n: ["features-20261130T1200.csv", f"other-20261130T120{n}.csv"],
}


def content(*tables):
    """Tables of one column each."""
    return {name: {"a": np.array(rows, np.uint64)} for name, rows in tables}


def built(shape, build, *rows):
    """A state whose names are new on every build."""
    return content(*zip(SHAPES[shape](build), rows, strict=True))


@pytest.mark.parametrize("shape", SHAPES)
def test_names_that_vary(shape):
    """What has another name on every build is compared by content: the same, more, and less."""
    clean = [built(shape, n, [1, 2], [3]) for n in (0, 1)]
    for rows, changed in (([1, 2], []), ([1, 2, 9], ["more"]), ([1], ["gone"])):
        after = built(shape, 2, rows, [3])
        one, other, now = map(put_together(clean, [after]), (*clean, after))
        found = compare(one, now, other)
        assert found.unstable == ()
        (*changes,) = found.changes
        assert [name for name in ("gone", "more") for c in changes if getattr(c, name)] == changed


def test_names_that_vary_later_only():
    """Where clean builds were too quick to differ, another state tells that names vary."""
    clean = [content(("rows-1201.csv", [1, 2]), ("b.csv", [1])) for _ in range(2)]
    planted = content(("rows-1202.csv", [1, 2, 9]), ("b.csv", [1]))
    after = content(("rows-1203.csv", [2, 1]), ("b.csv", [1]))
    one, other, now = map(put_together(clean, [planted, after]), (*clean, after))
    assert set(now) == {"rows-*.csv", "b.csv"}
    assert compare(one, now, other).changes == ()


def test_names_that_stay():
    """Files whose names do not vary keep them, also beside some that do; a new one is a change."""
    clean = [content(("users.csv", [1])) for _ in range(2)]
    assert put_together(clean)(clean[0]) is clean[0]
    clean = [content((f"{RUNS[n]}.parquet", [1]), ("users.csv", [1])) for n in (0, 1)]
    after = content((f"{RUNS[2]}.parquet", [1]), ("users.csv", [1]), ("backup.csv", [1]))
    one, other, now = map(put_together(clean, [after]), (*clean, after))
    assert set(now) == {"*.parquet", "users.csv", "backup.csv"}
    (change,) = compare(one, now, other).changes
    assert (change.table, change.more) == ("backup.csv", 1)


def test_a_file_that_is_gone_keeps_its_name():
    """A file that is missing afterwards, with no other like it, is told by its name."""
    clean = [content(("users-1.csv", [1]), ("b.csv", [1])) for _ in range(2)]
    after = content(("b.csv", [1]))
    one, other, now = map(put_together(clean, [after]), (*clean, after))
    (change,) = compare(one, now, other).changes
    assert (change.table, change.missing) == ("users-1.csv", True)


def test_runs_that_add_up():
    """A folder that each build adds to is not compared, and accuses nobody."""
    states = [
        content(*((f"runs/{one}/auc", [n]) for n, one in enumerate(RUNS[:k]))) for k in (1, 2, 3)
    ]
    one, other, now = map(put_together(states[:2], states[2:]), states)
    found = compare(other, now, one)
    assert found.changes == ()
    assert found.unstable == ("runs/*/auc",)


def test_columns_that_some_lack():
    """Tables that are put together have the columns of all."""
    clean = [
        {
            f"{RUNS[n]}.csv": {"a": np.array([1], np.uint64)},
            f"1{RUNS[n]}.csv": {"b": np.array([2], np.uint64)},
        }
        for n in (0, 1)
    ]
    (table,) = put_together(clean)(clean[0]).values()
    assert {name: len(cells) for name, cells in table.items()} == {"a": 2, "b": 2}
