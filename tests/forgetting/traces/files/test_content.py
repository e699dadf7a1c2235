"""Tests of pytest_mlreqs.forgetting.traces.files.content and .hashing."""

import gzip
import json
import os
import pickle
import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.forgetting.traces.files import lines
from pytest_mlreqs.forgetting.traces.files.content import content
from pytest_mlreqs.forgetting.traces.hashing import hashed
from pytest_mlreqs.forgetting.traces.known import Known

FRAME = pd.DataFrame(
    {"n": [1, 2, 3], "x": [0.1, np.nan, -2.5], "who": ["a", "", "c"], "ok": [True, False, True]}
)


def plain(found):
    """Content that can be compared by ==."""
    return {name: {one: cells.tolist() for one, cells in t.items()} for name, t in found.items()}


def arrow(table):
    """An Arrow table."""
    return pytest.importorskip("pyarrow").Table.from_pandas(table)


def zipped(table, path):
    """CSV in an archive."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.csv", table.to_csv(index=False))


def hdf5(table, path):
    """A dataset for each column that is a number."""
    with pytest.importorskip("h5py").File(path, "w") as file:
        for name in ("n", "x"):
            file[name] = table[name].to_numpy()


def excel(table, path):
    """A workbook."""
    pytest.importorskip("openpyxl")
    table.to_excel(path, index=False)


WRITERS = {
    "a.csv": lambda table, path: table.to_csv(path, index=False),
    "b.csv.gz": lambda table, path: table.to_csv(path, index=False),
    "c.tsv": lambda table, path: table.to_csv(path, index=False, sep="\t", encoding="utf-16"),
    "d.jsonl": lambda table, path: table.to_json(path, orient="records", lines=True),
    "e.parquet": lambda table, path: pytest.importorskip("pyarrow.parquet").write_table(
        arrow(table), path
    ),
    "f.feather": lambda table, path: pytest.importorskip("pyarrow.feather").write_feather(
        arrow(table), str(path)
    ),
    "g.npy": lambda table, path: np.save(path, table["x"].to_numpy()),
    "h.npz": lambda table, path: np.savez(path, n=table["n"], x=table["x"]),
    "i.h5": hdf5,
    "j.xlsx": excel,
    "k.pkl": lambda table, path: table.to_pickle(path),
    "l.zip": zipped,
    "m.log": lambda table, path: path.write_text(
        "\n".join(["start", *(f"{x} by {who}" for x, who in zip(table.x, table.who, strict=True))])
    ),
}
TABLES = {"h.npz": ["h.npz/n.npy", "h.npz/x.npy"], "l.zip": ["l.zip/a.csv"], "i.h5": None}
TABLES["j.xlsx"] = ["j.xlsx/Sheet1"]
NAMES = {"g.npy": ["value"], "k.pkl": ["content"], "m.log": ["line"]}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_is_told_by_its_cells(tmp_path, name):
    """Equal tables have equal content, and one changed cell changes that cell and no other."""
    path = tmp_path / name
    WRITERS[name](FRAME, path)
    first = plain(content(path))
    assert sorted(first) == (TABLES.get(name, [name]) or ["i.h5/n", "i.h5/x"])
    columns = {column for table in first.values() for column in table}
    if len(first) == 1:
        assert columns >= set(NAMES.get(name, [])) or columns >= {"n", "x"}
    path.unlink()
    WRITERS[name](FRAME, path)
    if name != "k.pkl":
        assert plain(content(path)) == first
    path.unlink()
    WRITERS[name](FRAME.assign(x=[0.1, np.nan, -2.75]), path)
    second = plain(content(path))
    changed = [
        (column.lstrip("$."), row)
        for table, columns in first.items()
        for column, cells in columns.items()
        for row, (a, b) in enumerate(zip(cells, second[table][column], strict=True))
        if a != b
    ]
    expected = {"k.pkl": ("content", 0), "m.log": ("line", 3)}.get(name, ("x", 2))
    assert [row for _, row in changed] == [expected[1]]
    assert changed[0][0] in (expected[0], "value")


@pytest.mark.parametrize("name", ["a.csv", "d.jsonl", "e.parquet", "g.npy", "j.xlsx"])
def test_what_differs_in_the_last_digits_is_equal(tmp_path, name):
    """Floats that agree in 12 digits are equal in text and in binary formats."""
    path = tmp_path / name
    WRITERS[name](FRAME, path)
    first = plain(content(path))
    WRITERS[name](FRAME.assign(x=[0.1 + 1e-15, np.nan, -2.5 * (1 + 1e-15)]), path)
    assert plain(content(path)) == first
    WRITERS[name](FRAME.assign(x=[0.1 + 1e-9, np.nan, -2.5]), path)
    assert plain(content(path)) != first


def test_another_process_agrees(tmp_path):
    """Content is the same in a process whose hashes of texts are salted otherwise."""
    for name in ("a.csv", "d.jsonl", "g.npy", "k.pkl", "m.log"):
        WRITERS[name](FRAME, tmp_path / name)
    code = (
        "import sys; from pytest_mlreqs.forgetting.traces.files.content import content\n"
        "print({t: {c: v.tolist() for c, v in x.items()} for t, x in content(sys.argv[1]).items()})"
    )
    there = subprocess.run(
        [sys.executable, "-c", code, tmp_path],
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert there.stdout.strip() == str(plain(content(tmp_path)))


def test_a_missing_cell_changes_no_other(tmp_path):
    """Whole numbers are equal in columns with and without gaps; all gaps are equal."""
    full = hashed(np.array([1, 2, 3], dtype=np.int32))
    gaps = hashed(np.array([1, None, 3], dtype=object))
    assert (full == gaps).tolist() == [True, False, True]
    missing = np.array([None, float("nan"), pd.NaT, pd.NA], dtype=object)
    assert len({*hashed(missing).tolist(), int(gaps[1])}) == 1
    assert len({*hashed(np.array([0.0, -0.0])).tolist()}) == 1


def test_different_cells_differ():
    """No two of many unlike cells have one hash."""
    cells = [1, 1.5, "1", "a", b"b", "A", (1, 2), [1, 3], {"a": 1}, {"a": 2}, 2**70, 1e300, 5e-300]
    values = np.fromiter(cells, dtype=object, count=len(cells))
    assert len({*hashed(values).tolist()}) == len(cells)
    for array in (np.arange(9).astype("M8[s]"), np.arange(9) * 1j, np.array(["a", "b"], "S3")):
        assert len({*hashed(array).tolist()}) == len(array)


def test_equal_cells_of_any_kind_are_equal():
    """Lists with floats are rounded inside, and the order of entries does not matter."""
    first = np.array([{"a": 0.1, "b": [1.0]}, None], dtype=object)
    second = np.array([{"b": [1.0], "a": 0.1 + 1e-16}, None], dtype=object)
    assert hashed(first).tolist() == hashed(second).tolist()


def test_rows_keep_their_order(tmp_path):
    """Rows in another order are the same cells in another order, in all columns alike."""
    FRAME.to_csv(tmp_path / "a.csv", index=False)
    first = content(tmp_path)["a.csv"]
    FRAME.iloc[::-1].to_csv(tmp_path / "a.csv", index=False)
    second = content(tmp_path)["a.csv"]
    assert all(first[name].tolist() == second[name][::-1].tolist() for name in first)


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        ([], {"logs/a.log": ["line"], "t.csv": ["at", "id"]}),
        (["*.log"], {"t.csv": ["at", "id"]}),
        (["t.csv:at"], {"logs/a.log": ["line"], "t.csv": ["id"]}),
        (["*:at", "*:id", "logs/*"], {}),
    ],
)
def test_what_is_ignored(tmp_path, ignore, left):
    """A pattern leaves out files, or columns of files."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text("started\n")
    (tmp_path / "t.csv").write_text("id,at\n1,2026\n2,2027\n")
    found = content(tmp_path, ignore=ignore)
    assert {name: sorted(table) for name, table in found.items()} == left


def test_only_what_is_in_a_pickle_counts(tmp_path):
    """The same object packed anew is equal, whatever the time in its header; another is not."""
    path = tmp_path / "model.pkl.gz"
    found = []
    for value, time in (([1], 1), ([1], 2), ([2], 2)):
        path.write_bytes(gzip.compress(pickle.dumps(value), mtime=time))
        found.append(plain(content(path)))
    assert found[0] == found[1] != found[2]
    assert list(found[0]) == ["model.pkl.gz"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.gz", gzip.compress(bytes(5_000))[:20]),
        ("a.parquet", b"PAR1\0\0"),
        ("a.zip", b"PK\x03\x04\0"),
        ("a.npy", b"\x93NUMPY\0"),
        ("empty", b""),
        ("bomb.gz", gzip.compress(bytes(5_000_000))),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)}",
)
def test_what_cannot_be_read_counts_by_its_bytes(tmp_path, name, data):
    """A broken or too large file is one cell that changes with any of its bytes."""
    path = tmp_path / name
    path.write_bytes(data)
    first = plain(content(path, cap=1_000_000))
    assert list(first) == [name]
    assert list(first[name]) == ["content"]
    path.write_bytes(data + b"\0")
    assert plain(content(path, cap=1_000_000)) != first


def test_ragged_rows_are_lines(tmp_path):
    """CSV or JSON lines that turn out to be none later are compared line by line."""
    (tmp_path / "a.csv").write_text("a,b\n" + "1,2\n" * 9 + "1,2,3\n")
    rows = [json.dumps({"a": 1})] * 9 + ["{broken"]
    (tmp_path / "b.jsonl").write_text("\n".join(rows))
    (tmp_path / "c.csv").write_text("a,b\n" * 2 + "1,2\n" * 5 + '"' + "x" * 200_000)
    found = content(tmp_path)
    assert {name: {c: len(v) for c, v in t.items()} for name, t in found.items()} == {
        "a.csv": {"line": 11},
        "b.jsonl": {"line": 10},
        "c.csv": {"line": 8},
    }


def test_json_lines_without_a_path_have_a_gap(tmp_path):
    """A path that some lines have not is a column with gaps."""
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n{"b": {"c": [1, 2]}}\n')
    table = content(tmp_path)["a.jsonl"]
    assert {"$.a", "$.b.c[*]"} <= set(table)
    assert {len(cells) for cells in table.values()} == {2}
    assert table["$.a"][1] == table["$.b.c[*]"][0] == hashed(np.array([None]))[0]


def test_a_link_counts_by_where_it_leads(tmp_path):
    """A link that leads out is content that changes with its target."""
    try:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "a").symlink_to(tmp_path / "x")
    except OSError:
        pytest.skip("no links can be made here")
    first = plain(content(tmp_path / "in"))
    (tmp_path / "in" / "a").unlink()
    (tmp_path / "in" / "a").symlink_to(tmp_path / "y")
    assert list(first) == ["a"]
    assert plain(content(tmp_path / "in")) != first


def test_the_same_bytes_are_taken_apart_once(tmp_path):
    """What is known of a file holds while its bytes do, whatever its time of change says."""
    path, other = tmp_path / "a.csv", tmp_path / "b.csv"
    for one in (path, other):
        one.write_text("a,b\n1,2\n")
    known = Known()
    before = content(tmp_path, known=known)
    times = path.stat()
    assert content(tmp_path, known=known)["a.csv"]["a"] is before["a.csv"]["a"]
    path.write_text("a,b\n1,3\n")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    after = content(tmp_path, known=known)
    assert plain(after) == plain(content(tmp_path)) != plain(before)
    assert after["b.csv"]["a"] is before["b.csv"]["a"]


def test_long_csv(tmp_path, monkeypatch):
    """CSV is taken apart some rows at a time, which changes nothing."""
    path = tmp_path / "a.csv"
    path.write_bytes(b'a,b\n1,2\n"x\ny",\xff\n0.1000000000000001,\r\n5,6\n7,8\n')
    whole = plain(content(path))
    monkeypatch.setattr(lines, "_BLOCK", 2)
    assert plain(content(path)) == whole
    assert len(whole["a.csv"]["a"]) == 5
