"""Tests of pytest_mlreqs.forgetting.traces.narrow: own values in fewer bits, in all stores."""

import json
import pickle
import sqlite3
import struct
import zlib
from contextlib import closing

import joblib
import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.forgetting.rehearsal import stores
from pytest_mlreqs.forgetting.traces.narrow import in_narrow
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.scan import Scanner

SIZE, ROWS = 8, 300
PEOPLE = People.mint(8, seed=3, alike=True)
VECTORS = np.array([[one.value(f"v{at}", -1, 1) for at in range(SIZE)] for one in PEOPLE])


def single(count):
    """Vectors of float32, those of so many of the people among them."""
    vectors = np.random.default_rng(0).uniform(-1, 1, (ROWS, SIZE))
    vectors[100 : 100 + count] = VECTORS[:count]
    return vectors.astype("f4")


def parquet(make):
    """A writer of parquet."""

    def write(vectors, folder):
        pa = pytest.importorskip("pyarrow")
        pq = pytest.importorskip("pyarrow.parquet")
        pq.write_table(pa.table(make(pa, vectors)), folder / "a.parquet", compression="zstd")

    return write


def table(kind, make):
    """A writer of a column in SQLite."""

    def write(vectors, folder):
        with closing(sqlite3.connect(folder / "a.db")) as connection, connection:
            connection.execute(f"CREATE TABLE t (v {kind})")
            connection.executemany("INSERT INTO t VALUES (?)", [(make(one),) for one in vectors])

    return write


def duckdb(kind, make):
    """A writer of a column in DuckDB."""

    def write(vectors, folder):
        module = pytest.importorskip("duckdb")
        with closing(module.connect(str(folder / "a.duckdb"))) as connection:
            connection.execute(f"CREATE TABLE t (v {kind})")
            values = [make(one) for one in vectors]  # as numbers: old versions misread some texts
            connection.execute(f"INSERT INTO t SELECT unnest(?::{kind}[])", [values])

    return write


def structs(pa, vectors):
    """A column of structures."""
    kind = pa.struct([("a", pa.float32()), ("b", pa.float32())])
    return {"s": pa.array([{"a": one[0].item(), "b": one[1].item()} for one in vectors], kind)}


FAISS = b"IxFI" + struct.pack("<iqqqBi", SIZE, ROWS, 1 << 20, 1 << 20, 1, 1)
WRITTEN = {  # vectors in one piece: one person's is enough
    "lists in parquet": parquet(lambda pa, v: {"v": pa.array(list(v), pa.list_(pa.float32()))}),
    "lists of one size in parquet": parquet(
        lambda pa, v: {"v": pa.FixedSizeListArray.from_arrays(pa.array(v.ravel()), SIZE)}
    ),
    "bin": lambda v, folder: v.tofile(folder / "a.bin"),
    "big-endian": lambda v, folder: v.astype(">f4").tofile(folder / "a.bin"),
    "by columns": lambda v, folder: np.ascontiguousarray(v.T).tofile(folder / "a.bin"),
    "16 bits": lambda v, folder: v.astype("f2").tofile(folder / "a.bin"),
    "faiss": lambda v, folder: (folder / "a.faiss").write_bytes(FAISS + v.tobytes()),
    "hnswlib": lambda v, folder: (folder / "a.hnsw").write_bytes(
        bytes(96) + b"".join(bytes(132) + one.tobytes() + struct.pack("<Q", 7) for one in v)
    ),
    "csv": lambda v, folder: pd.DataFrame(v).to_csv(folder / "a.csv", index=False),
    "json": lambda v, folder: (folder / "a.jsonl").write_text(
        "\n".join(json.dumps({"v": [float(str(one)) for one in row]}) for row in v)
    ),
    "json of doubles": lambda v, folder: (folder / "a.json").write_text(json.dumps(v.tolist())),
    "npy": lambda v, folder: np.save(folder / "a.npy", v),
    "npz": lambda v, folder: np.savez_compressed(folder / "a.npz", v=v),
    "pickle": lambda v, folder: (folder / "a.pkl").write_bytes(pickle.dumps({"v": v})),
    "pickled lists": lambda v, folder: (folder / "a.pkl").write_bytes(pickle.dumps(v.tolist())),
    "joblib": lambda v, folder: joblib.dump({"v": v}, folder / "a.joblib"),
    "cells of bytes": table("BLOB", lambda one: one.tobytes()),
    "packed cells": table("BLOB", lambda one: zlib.compress(one.tobytes())),
    "cells of json": table("TEXT", lambda one: json.dumps([float(str(n)) for n in one])),
    "lists in DuckDB": duckdb("FLOAT[]", lambda one: one.tolist()),
}
COLUMNS = {  # numbers by themselves: many are found, and of one it is said
    "columns of parquet": parquet(lambda _, v: {f"v{at}": v[:, at] for at in range(SIZE)}),
    "structures in parquet": parquet(structs),
    "one column of csv": lambda v, folder: pd.DataFrame({"a": v[:, 0], "b": 1}).to_csv(
        folder / "a.csv", index=False
    ),
    "cells of numbers": table("REAL", lambda one: one[0].item()),
    "numbers in DuckDB": duckdb("FLOAT", lambda one: one[0].item()),
}
HELD = {
    "array": lambda v: v,
    "by columns": lambda v: v.T.copy(),
    "arrays": lambda v: dict(enumerate(v)),
    "lists": lambda v: v.tolist(),
    "bytes": lambda v: {"v": v.tobytes()},
    "column of arrays": lambda v: pd.DataFrame({"v": list(v)}),
    "answers": lambda v: lambda: ({"id": at, "v": one} for at, one in enumerate(v)),
    "answers in lists": lambda v: lambda: ({"id": at, "v": n.tolist()} for at, n in enumerate(v)),
}


def searched(write, count, folder):
    """What a search finds of so many people."""
    write(single(count), folder)
    return stores.search(str(folder), PEOPLE)


@pytest.mark.parametrize("name", WRITTEN)
def test_vectors_in_files(tmp_path, name):
    """Everybody's vector is found, and one person's; nobody's where there is none."""
    for count in (8, 1):
        assert searched(WRITTEN[name], count, tmp_path).people == set(range(count))
        for path in tmp_path.iterdir():
            path.unlink()
    found = searched(WRITTEN[name], 0, tmp_path)
    assert (found.traces, found.unsearched) == ((), ())


@pytest.mark.parametrize("name", COLUMNS)
def test_numbers_in_columns(tmp_path, name):
    """Many numbers of theirs are found; of one it is said that it may be others', too."""
    for count in (8, 1, 0):
        found = searched(COLUMNS[name], count, tmp_path)
        assert found.people == (set(range(8)) if count == 8 else set())
        doubts = [one for one in found.unsearched if "in 32 bits, which others may have" in one]
        assert bool(doubts) == (count == 1)
        for path in tmp_path.iterdir():
            path.unlink()


@pytest.mark.parametrize("name", HELD)
def test_vectors_in_memory(name):
    """The same in what a fixture gives."""
    for count in (8, 1, 0):
        found = stores.search(HELD[name](single(count)), PEOPLE)
        assert (found.people, found.unsearched) == (set(range(count)), ())


def test_frames_in_memory():
    """Columns of a frame are as columns of a file."""
    assert stores.search(pd.DataFrame(single(8)), PEOPLE).people == set(range(8))
    assert "others may have" in stores.search(pd.DataFrame(single(1)), PEOPLE).unsearched[0]
    assert stores.search(pd.DataFrame(single(0)), PEOPLE).unsearched == ()


def test_columns_of_16_bits(tmp_path):
    """They are never called clean."""
    write = parquet(lambda _, v: {"v": v[:, 0].astype("f2")})
    (told,) = searched(write, 0, tmp_path).unsearched
    assert told == "a.parquet, column v: numbers of 16 bits are too short to identify anybody"


def test_coincidences():
    """Among a million float32 some are as theirs by chance, and nobody is accused for it."""
    scanner = Scanner(PEOPLE)
    random = np.random.default_rng(1)
    for _ in range(3):
        doubts = []
        numbers = random.uniform(-1, 1, 1_000_000).astype("f4")
        assert not list(in_narrow(numbers, scanner, doubts))
        assert doubts == []
