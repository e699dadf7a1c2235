"""Tests of pytest_mlreqs.forgetting.traces.files and of what it is made of."""

import bz2
import gzip
import io
import json
import os
import pickle
import random
import sys
import tarfile
import zipfile
import zlib

import numpy as np
import pytest

from pytest_mlreqs.forgetting.traces.files import search, unpacking
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.search import Trace

PEOPLE = People.mint(8, seed=6)
ANN, BOB = PEOPLE[0], PEOPLE[1]


def found(folder, **files):
    """The traces in files of these names and contents."""
    for name, data in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return list(search(folder, PEOPLE).traces)


def test_csv_is_told_by_column(tmp_path):
    """In CSV the column is named, quoted fields and other delimiters included."""
    text = f'id;note\n1;nobody\n2;"for {ANN.name}; by {BOB.email}"\n3;{ANN.key}\n'
    assert found(tmp_path, notes__csv=text) == [
        Trace("notes.csv, column note", "text", frozenset({0, 1}), 3)
    ]


def test_a_table_without_names_shows_none_of_its_data(tmp_path):
    """A first line of data is not taken for the names of columns."""
    text = f"Braund,22\nAllen,35\n{ANN.name},1\n"
    assert found(tmp_path, plain__csv=text) == [Trace("plain.csv, line 3", "text", {0}, 1)]


def test_json_lines_are_told_by_path(tmp_path):
    """In JSON lines the first line and the path are named, lists and names of entries included."""
    rows = [{"user": {"id": 1}}, {"user": {"id": ANN.id}}, {"seen": [{"who": BOB.key}]}]
    rows += [{"user": {"id": ANN.id}}, {"by": {BOB.key: 1}}]
    text = "\n".join(map(json.dumps, rows)).encode()
    assert found(tmp_path, log__jsonl__gz=gzip.compress(text)) == [
        Trace("log.jsonl.gz, line 2, $.user.id", "digits", frozenset({0}), 2),
        Trace("log.jsonl.gz, line 3, $.seen[*].who", "text", frozenset({1}), 1),
        Trace("log.jsonl.gz, line 5, names in $.by", "text", frozenset({1}), 1),
    ]


def test_a_log_is_told_by_line(tmp_path):
    """In any other text the first line is named, with how often it happens."""
    text = "start\n" * 40_000 + f"login {ANN.email}\nlogout {BOB.email}\n"
    assert found(tmp_path, app__log=text) == [
        Trace("app.log, line 40001", "text", frozenset({0, 1}), 2)
    ]


def test_a_line_without_an_end(tmp_path):
    """A line of megabytes is searched as any other."""
    text = "x," * 500_000 + ANN.key + ",y" * 500_000
    assert found(tmp_path, one__txt=text) == [Trace("one.txt, line 1", "text", frozenset({0}), 1)]


def test_content_counts_and_not_the_name(tmp_path):
    """A packed file is unpacked whatever it is called, and text is text."""
    (trace,) = found(tmp_path, picture__png=bz2.compress(b"hello " + ANN.key.encode()))
    assert trace.where == "picture.png, line 1"
    (trace,) = found(tmp_path, picture__png=b"", table__parquet=ANN.key)
    assert trace.where == "table.parquet, line 1"


def test_names_of_files_tell_too(tmp_path):
    """Somebody who is told by the name of a folder, a file or a member of an archive is found."""
    (tmp_path / ANN.key).mkdir()
    (tmp_path / ANN.key / "empty").touch()
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as file:
        file.writestr(f"{BOB.id}.txt", "nothing")
    assert set(search(tmp_path, PEOPLE).traces) == {
        Trace(f"{ANN.key}/empty", "file name", frozenset({0}), 1),
        Trace(f"all.zip/{BOB.id}.txt", "file name", frozenset({1}), 1),
    }


def test_archives_within_archives(tmp_path):
    """What is packed several times over is found, and told by its way there."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("deep/users.csv", f"id,name\n1,{ANN.name}\n2,x\n")
    outer = io.BytesIO()
    with tarfile.open(fileobj=outer, mode="w:gz") as file:
        info = tarfile.TarInfo("old/users.zip")
        info.size = len(inner.getvalue())
        file.addfile(info, io.BytesIO(inner.getvalue()))
    assert found(tmp_path, backup__tgz=outer.getvalue()) == [
        Trace("backup.tgz/old/users.zip/deep/users.csv, column name", "text", frozenset({0}), 1)
    ]


def test_too_large_unpacked_is_unsearched(tmp_path):
    """What unpacks to more than there is room for is not clean, whatever it is packed by."""
    zeros = bytes(2_000_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("small", ANN.key)
        file.writestr("zeros", zeros)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(zeros))
    (tmp_path / "bomb.z").write_bytes(zlib.compress(zeros))
    result = search(tmp_path, PEOPLE, cap=1_000_000)
    why = "unpacked it has more than 1,000,000 bytes"
    assert result.unsearched == (f"bomb.gz: {why}", f"bomb.z: {why}", f"bomb.zip/zeros: {why}")
    assert [trace.where for trace in result.traces] == ["bomb.zip/small, line 1"]
    assert not search(tmp_path, PEOPLE, cap=10_000_000).unsearched


def test_archives_without_end_are_unsearched(tmp_path):
    """An archive in an archive in an archive ends somewhere."""
    data = ANN.key.encode()
    for _ in range(10):
        data = gzip.compress(data)
    (tmp_path / "deep").write_bytes(data)
    result = search(tmp_path, PEOPLE)
    assert result.unsearched == ("deep: more than 8 archives inside each other",)


def test_large_members_go_through_a_file(tmp_path, monkeypatch):
    """What is too large for memory is unpacked all the same."""
    monkeypatch.setattr(unpacking, "_IN_MEMORY", 1_000)
    (tmp_path / "log.gz").write_bytes(gzip.compress(b"a\n" * 3_000 + ANN.key.encode()))
    (trace,) = search(tmp_path, PEOPLE).traces
    assert trace.where == "log.gz, line 3001"


BROKEN = {
    "short.gz": gzip.compress(random.Random(0).randbytes(9_000))[:5_000],
    "short.z": zlib.compress(random.Random(0).randbytes(9_000))[:5_000],
    "not.zip": b"PK\x03\x04 and nothing else\0",
    "not.parquet": b"PAR1\0\0\0PAR1",
    "not.feather": b"ARROW1\0\0\0\0",
    "not.npy": b"\x93NUMPY\x01\0\0",
    "not.h5": b"\x89HDF\r\n\x1a\n\0\0",
    "a.7z": b"7z\xbc\xaf\x27\x1c\0\0",
    "a.rar": b"Rar!\x1a\x07\x01\0",
    "a.orc": b"ORC\x01\0\0",
    "a.avro": b"Obj\x01\0\0",
    "a.pdf": b"%PDF-1.7\0\0",
    "secret": random.Random(0).randbytes(10_000),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_unsearched(tmp_path, name):
    """A broken file, or one that nothing reads, is named with why, and its bytes are searched."""
    if name.endswith(("parquet", "feather")):
        pytest.importorskip("pyarrow")
    (tmp_path / name).write_bytes(BROKEN[name])
    (line,) = search(tmp_path, PEOPLE).unsearched
    assert line.startswith(f"{name}: ")
    assert len(line) > len(name) + 8
    (tmp_path / name).write_bytes(BROKEN[name] + ANN.key.encode())
    assert search(tmp_path, PEOPLE).people == {0}


@pytest.mark.parametrize(
    ("package", "beginning", "extra"),
    [
        ("pyarrow", b"PAR1\0", "parquet"),
        ("pyarrow", b"ARROW1\0\0", "parquet"),
        ("h5py", b"\x89HDF\r\n\x1a\n", "hdf5"),
        pytest.param(
            "zstandard",
            b"\x28\xb5\x2f\xfd",
            "zstd",
            marks=pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python reads it"),
        ),
    ],
)
def test_a_missing_reader_is_named(tmp_path, monkeypatch, package, beginning, extra):
    """Without the package that reads a format, its files are unsearched, with what to install."""
    for name in [*sys.modules]:
        if name == package or name.startswith(f"{package}."):
            monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / "file").write_bytes(beginning)
    (line,) = search(tmp_path, PEOPLE).unsearched
    assert line.endswith(f"needs {package}: pip install pytest-mlreqs[{extra}]")


def test_an_encrypted_member_is_unsearched(tmp_path):
    """A member that asks for a password is named."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("secret.txt", "something")
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    (line,) = search(path, PEOPLE).unsearched
    assert line.startswith("a.zip/secret.txt: cannot be unpacked: ")


class _Bomb:
    def __reduce__(self):
        return os._exit, (3,)


def test_pickles_are_never_loaded(tmp_path):
    """A pickle that would end the process is searched, its numbers and texts are found."""
    data = {"key": ANN.key, "small": BOB.small_id, "bomb": _Bomb(), "id": PEOPLE[2].id}
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(data))
    np.save(tmp_path / "objects.npy", np.array([_Bomb(), PEOPLE[3].key], dtype=object))
    result = search(tmp_path, PEOPLE)
    assert result.people == {0, 1, 2, 3}
    assert not result.unsearched


def test_recorded_values(tmp_path):
    """The numbers that were given out are found in arrays of doubles, and rounded to singles."""
    people = People.mint(8, seed=7)
    column = np.random.default_rng(0).uniform(0, 100, 5_000)
    clean = column.copy()
    column[:8] = [one.value("fare", 0, 100) for one in people]
    np.save(tmp_path / "double.npy", column)
    np.save(tmp_path / "single.npy", column.astype(np.float32))
    (tmp_path / "single.pkl").write_bytes(pickle.dumps(column.astype(np.float32)))
    traces = search(tmp_path, people).traces
    assert {(one.where, one.how, len(one.people)) for one in traces} == {
        ("double.npy", "recorded value", 8),
        ("single.npy", "recorded value, rounded", 8),
        ("single.pkl", "recorded value, rounded", 8),
    }
    for name, kind in (("double.npy", np.float64), ("single.npy", np.float32)):
        np.save(tmp_path / name, clean.astype(kind))
    (tmp_path / "single.pkl").unlink()
    assert not search(tmp_path, people).traces


def test_a_coincidence_of_singles_is_none(tmp_path):
    """Where singles lie so close that everybody's is somebody's, nobody is told by one."""
    people = People.mint(8, seed=7)
    values = np.array([one.value("share", 1, 1.001) for one in people], dtype=np.float32)
    every = np.arange(values.view(np.uint32).min(), values.view(np.uint32).max() + 1)
    np.save(tmp_path / "all.npy", every.astype(np.uint32).view(np.float32))
    assert not search(tmp_path, people).traces


def test_integers_of_any_width(tmp_path):
    """Small ids are found in arrays of 32 bits, and in records with names."""
    np.save(tmp_path / "a.npy", np.array([1, ANN.small_id, 3], dtype=np.int32))
    pairs = np.array([(1, "x"), (2, str(BOB.small_id))], dtype=[("n", "i4"), ("who", "U10")])
    np.save(tmp_path / "b.npy", pairs)
    assert list(search(tmp_path, PEOPLE).traces) == [
        Trace("a.npy", "whole number", frozenset({0}), 1),
        Trace("b.npy, column who", "digits", frozenset({1}), 1),
    ]


@pytest.mark.parametrize("kind", ["U10", "S10"])
def test_digits_end_with_their_cell(tmp_path, kind):
    """In an array of texts that fill their cells, digits of one do not run into the next."""
    cells = ["1234567890", str(ANN.small_id), "1234567890"]
    np.save(tmp_path / "a.npy", np.array(cells).astype(kind))
    assert search(tmp_path, PEOPLE).people == {0}


def test_parquet_beyond_its_columns(tmp_path):
    """Nested columns are searched, and so are statistics, metadata and what no column shows."""
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    table = pa.table({"rows": [[{"who": ANN.key}], [{"who": "x"}]], "n": [1, 2]})
    table = table.replace_schema_metadata({"made by": BOB.key})
    pq.write_table(table, tmp_path / "a.parquet", compression="zstd")
    first, second = search(tmp_path, PEOPLE).traces[:2]
    assert first == Trace("a.parquet, column rows", "text", frozenset({0}), 1)
    assert (second.where, second.how) == ("a.parquet, outside its columns", "text")
    assert second.people == {0, 1}  # Ann by the largest value of her column


def test_links(tmp_path):
    """Links that lead out are named and not followed; those within lead to nothing new."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "real.txt").write_text(ANN.key)
    (inside / "a.txt").write_text(BOB.key)
    try:
        (inside / "b.txt").symlink_to(inside / "a.txt")
        (inside / "loop").symlink_to(inside)
        (inside / "out").symlink_to(outside)
    except OSError:
        pytest.skip("no links can be made here")
    result = search(inside, PEOPLE)
    assert result.people == {1}
    assert [trace.where for trace in result.traces] == ["a.txt, line 1"]
    assert result.unsearched == (f"out: a link to {outside.resolve()}, which is outside",)
    assert result.searched.startswith("1 file, ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_what_never_ends_is_unsearched(tmp_path):
    """A pipe is named and not waited for; neither is a file that is not there."""
    os.mkfifo(tmp_path / "pipe")
    assert search(tmp_path, PEOPLE).unsearched == ("pipe: neither a file nor a folder",)
    (line,) = search(tmp_path / "nothing", PEOPLE).unsearched
    assert line == "nothing: No such file or directory"


def test_nothing_is_changed(tmp_path):
    """A search leaves files as they were."""
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(f"id,who\n1,{ANN.key}\n".encode()))
    before = [(one.name, one.stat().st_mtime_ns, one.read_bytes()) for one in tmp_path.iterdir()]
    assert search(tmp_path, PEOPLE).people == {0}
    after = [(one.name, one.stat().st_mtime_ns, one.read_bytes()) for one in tmp_path.iterdir()]
    assert before == after


def test_how_much_was_searched(tmp_path):
    """The files and their size are told."""
    for number in range(3):
        (tmp_path / f"{number}.txt").write_bytes(b"a" * (1 << 19))
    assert search(tmp_path, PEOPLE).searched == "3 files, 1.5 MiB"
