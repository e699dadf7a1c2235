"""Whatever needs an extra names it where it is missing, and never passes."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.declare import pyproject
from pytest_mlreqs.forgetting.traces import files
from pytest_mlreqs.forgetting.traces.databases import copies, redis, server
from pytest_mlreqs.forgetting.traces.databases.database import Unreadable
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.load import loading
from pytest_mlreqs.models.scoring import scorer
from tests.requirements.shop import Shop, required

LOADED = {  # by extra: the package, and a file that is read by it
    "parquet": ("pyarrow", "a.parquet", b"PAR1"),
    "skops": ("skops", "a.skops", b"PK"),
    "onnx": ("onnxruntime", "a.onnx", b"x"),
    "catboost": ("catboost", "a.cbm", b"x"),
    "lightgbm": ("lightgbm", "a.txt", b"tree"),
    "xgboost": ("xgboost", "a.ubj", b"x"),
}
OPENED = {  # by extra: the package, and what opens a store or a service
    "http": ("httpx", lambda: scorer("http://127.0.0.1:1/")(pd.DataFrame({"a": [1]}))),
    "sql": ("sqlalchemy", partial(server.engine, "postgresql://localhost/x")),
    "duckdb": ("duckdb", partial(copies.copy, "duckdb:///a.duckdb", "duckdb:///b.duckdb")),
    "redis": ("redis", partial(redis.connected, "redis://localhost/0")),
}
SEARCHED = {  # by extra: the package, and the beginning of a file that is read by it
    "parquet": ("pyarrow", b"PAR1\0"),
    "hdf5": ("h5py", b"\x89HDF\r\n\x1a\n"),
    "zstd": ("zstandard", b"\x28\xb5\x2f\xfd"),
}
DRIVER = {"postgresql"}  # that of a database, which SQLAlchemy needs: tests of `server`
SHOWN = {"lime", "shap", "memray"}  # pictures of a verdict, which stands without: tests of each
FASTER = {"scan", "xlsx"}  # the same is found without; numbers in Excel's XML are text


@pytest.fixture
def without(monkeypatch):
    """Let a package be as if it were not installed."""

    def block(package):
        for name in [*sys.modules]:
            if name.split(".")[0] == package:
                monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.setitem(sys.modules, package, None)

    return block


def test_every_extra_is_tried():
    """No extra of the project is without a test of what is said where it is missing."""
    path = Path(__file__).parents[1] / "pyproject.toml"
    tables = pyproject.parsed(path, path.read_bytes())
    named = {*LOADED, *OPENED, *SEARCHED, *DRIVER, *SHOWN, *FASTER}
    assert set(tables["project"]["optional-dependencies"]) == named


@pytest.mark.parametrize("extra", LOADED)
def test_a_file_that_is_loaded(tmp_path, without, extra):
    """A model or a table whose library is missing is refused."""
    package, name, data = LOADED[extra]
    (tmp_path / name).write_bytes(data)
    without(package)
    with pytest.raises(loading.Refused, match=rf"pytest-mlreqs\[{extra}\]"):
        loading.load(tmp_path / name)


@pytest.mark.parametrize("extra", OPENED)
def test_a_store_or_a_service(tmp_path, monkeypatch, without, extra):
    """What cannot be opened is no fault of the subject."""
    monkeypatch.chdir(tmp_path)
    Path("a.duckdb").touch()
    package, opens = OPENED[extra]
    without(package)
    with pytest.raises((Unreadable, DeclarationError), match=rf"pytest-mlreqs\[{extra}\]"):
        opens()


@pytest.mark.parametrize(
    "extra",
    [
        "parquet",
        "hdf5",
        pytest.param(
            "zstd", marks=pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python reads it")
        ),
    ],
)
def test_a_file_that_is_searched(tmp_path, without, extra):
    """A file that is not looked into for want of a package is told apart from other such."""
    package, beginning = SEARCHED[extra]
    without(package)
    (tmp_path / "file").write_bytes(beginning)
    (tmp_path / "old.rar").write_bytes(b"Rar!\x1a\x07\x01\0")
    found = files.search(tmp_path, People.mint(2, seed=0))
    assert [line.partition(":")[0] for line in found.unsearched] == ["file", "old.rar"]
    (needed,) = found.extras
    assert f"pytest-mlreqs[{extra}]" in needed


def test_a_store_with_such_a_file(tmp_path, monkeypatch, without):
    """A deletion from a store of which a part is not searched for want of an extra is an error."""
    monkeypatch.chdir(tmp_path)
    shop = Shop().open()
    (shop.folder / "old.parquet").write_bytes(b"PAR1\0")
    without("pyarrow")
    parts = []
    with pytest.raises(DeclarationError, match=r"old.parquet: .*pytest-mlreqs\[parquet\]"):
        parts.extend(one.part for one in required(["var/"]).check(**shop.functions()))
    assert parts == ["state:var"]
