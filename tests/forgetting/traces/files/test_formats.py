"""Acceptance of pytest_mlreqs.forgetting.traces.files: in which formats people are found."""

import base64
import bz2
import gzip
import hashlib
import io
import lzma
import pickle
import sqlite3
import zipfile

import joblib
import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.forgetting.traces.files import search
from pytest_mlreqs.forgetting.traces.people import People

ROWS = 1_500
PEOPLE = People.mint(50, seed=4)


def frame(people):
    """A table of users, some of whom are these people."""
    random = np.random.default_rng(0)
    user = np.array([f"u{value:08x}" for value in random.integers(0, 2**32, ROWS)], dtype=object)
    number = random.integers(1, 2**40, ROWS)
    for row, one in zip(random.choice(ROWS, len(people), replace=False), people, strict=True):
        user[row], number[row] = one.key, one.id
    x = random.normal(size=ROWS)
    return pd.DataFrame({"user": user, "uid": number, "x": x, "note": "order placed"})


def csv(table):
    """The table as a program writes it."""
    return table.to_csv(index=False).encode()


def archive(table, path):
    """A zip archive of one member."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.csv", csv(table))


def zstd(table, path):
    """CSV, by zstandard."""
    zstandard = pytest.importorskip("zstandard")
    path.write_bytes(zstandard.compress(csv(table)))


def parquet(**options):
    """A writer of parquet."""

    def write(table, path):
        pq = pytest.importorskip("pyarrow.parquet")
        import pyarrow

        given = dict(options)
        if given.pop("delta", False):
            coding = {"user": "DELTA_BYTE_ARRAY", "uid": "DELTA_BINARY_PACKED"}
            given["column_encoding"] = {c: coding[c] for c in table if c in coding}
        pq.write_table(pyarrow.Table.from_pandas(table), path, **given)

    return write


def feather(compression):
    """A writer of feather."""

    def write(table, path):
        pytest.importorskip("pyarrow.feather").write_feather(
            table, str(path), compression=compression
        )

    return write


def hdf5(table, path):
    """A dataset for each column, compressed."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        for name in table.columns.intersection(["user", "uid"]):
            values = table[name].to_numpy()
            values = values.astype("S32") if name == "user" else values
            file.create_dataset(name, data=values, compression="gzip")


def excel(table, path):
    """A workbook."""
    pytest.importorskip("openpyxl")
    with io.BytesIO() as file:
        table.to_excel(file, index=False)
        path.write_bytes(file.getvalue())


def sqlite(table, path):
    """A table in SQLite."""
    connection = sqlite3.connect(path)
    table.to_sql("t", connection, index=False)
    connection.commit()
    connection.close()


def duckdb(table, path):
    """A table in DuckDB."""
    connection = pytest.importorskip("duckdb").connect(str(path))
    connection.register("given", table)
    connection.execute("create table t as select * from given")
    connection.execute("checkpoint")
    connection.close()


def column(table, name):
    """A column as it is, or none of that name."""
    if name not in table:
        pytest.skip("the format has one column")
    return table[name].to_numpy()


def npz(table, path):
    """Both columns, compressed."""
    arrays = {name: table[name].to_numpy() for name in table.columns.intersection(["uid"])}
    arrays |= {n: table[n].to_numpy().astype("U32") for n in table.columns.intersection(["user"])}
    np.savez_compressed(path, **arrays)


def hashed(salt):
    """CSV with the keys hashed."""

    def write(table, path):
        keys = [hashlib.sha256((salt + key).encode()).hexdigest() for key in column(table, "user")]
        path.write_bytes(csv(table.assign(user=keys)))

    return write


FOUND = {
    "plain.csv": lambda table, path: path.write_bytes(csv(table)),
    "utf16.csv": lambda table, path: table.to_csv(path, index=False, encoding="utf-16"),
    "rows.jsonl": lambda table, path: table.to_json(path, orient="records", lines=True),
    "rows.csv.gz": lambda table, path: path.write_bytes(gzip.compress(csv(table))),
    "rows.csv.bz2": lambda table, path: path.write_bytes(bz2.compress(csv(table))),
    "rows.csv.xz": lambda table, path: path.write_bytes(lzma.compress(csv(table))),
    "rows.csv.zst": zstd,
    "rows.zip": archive,
    **{
        f"{compression}, dictionary {dictionary}.parquet": parquet(
            compression=compression, use_dictionary=dictionary
        )
        for compression in ("none", "snappy", "zstd")
        for dictionary in (True, False)
    },
    "delta.parquet": parquet(compression="none", use_dictionary=False, delta=True),
    **{f"{name}.feather": feather(name) for name in ("uncompressed", "lz4", "zstd")},
    "table.pkl": lambda table, path: table.to_pickle(path),
    "dicts.pkl": lambda table, path: path.write_bytes(pickle.dumps(table.to_dict("records"))),
    "plain.joblib": joblib.dump,
    "packed.joblib": lambda table, path: joblib.dump(table, path, compress=3),
    "uid.npy": lambda table, path: np.save(path, column(table, "uid")),
    "user.npy": lambda table, path: np.save(path, column(table, "user").astype("U32")),
    "both.npz": npz,
    "real.npy": lambda table, path: np.save(path, column(table, "uid").astype("f8")),
    "table.xlsx": excel,
    "packed.h5": hdf5,
    "table.sqlite": sqlite,
    "table.duckdb": duckdb,
    "sha256.csv": hashed(""),
    "base64.log": lambda table, path: path.write_bytes(
        b"\n".join(base64.b64encode(f"id={one};".encode()) for one in table.iloc[:, 0])
    ),
}
HIDDEN = {
    "salted.csv": hashed("pepper"),
    "rows.csv": lambda table, path: path.write_bytes(csv(table[["x"]])),
}
RAW_ONLY = {("table.duckdb", "uid")}  # packed into fewer bits


def test_formats_are_counted():
    """Of 34 formats people are found in 32."""
    assert (len(FOUND), len(HIDDEN)) == (32, 2)


@pytest.mark.parametrize("who", ["user", "uid"])
@pytest.mark.parametrize("name", FOUND)
def test_everybody_is_found(tmp_path, name, who):
    """Everybody is found in each format, by a key or by an id; and nobody who is not in it."""
    if (name, who) in RAW_ONLY:
        pytest.skip("the adapter of databases finds it")
    place = tmp_path / name
    FOUND[name](frame(PEOPLE)[[who, "x", "note"]], place)
    found = search(place, PEOPLE)
    assert found.people == set(range(50))
    assert all(trace.where.startswith(name) for trace in found.traces)
    assert bool(found.unsearched) == (name in ("table.sqlite", "table.duckdb"))
    place.unlink()
    FOUND[name](frame(())[[who, "x", "note"]], place)
    assert not search(place, PEOPLE).traces


@pytest.mark.parametrize("name", HIDDEN)
def test_what_cannot_be_found(tmp_path, name):
    """A salted digest and a table without anything of theirs tell nobody."""
    HIDDEN[name](frame(PEOPLE)[["user", "x"]], tmp_path / name)
    assert not search(tmp_path / name, PEOPLE).traces
