"""Files are loaded without ceremony if they are ordinary, and refused with the reason if not."""

from __future__ import annotations

import gzip
import hashlib
import pickle
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from pytest_mlreqs.load.loading import ENDINGS, Refused, load
from pytest_mlreqs.models.scoring import scorer

X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.0]])
MODEL = LogisticRegression().fit(X, [0, 0, 1, 1])
FEATURES = """
import os
from os import system
class Clip:
    def __init__(self, low): self.low = low
    class Deep: ...
def clip(x): return x
"""


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The importable module shop.features of a project."""
    module = types.ModuleType("shop.features")
    monkeypatch.setitem(sys.modules, "shop", types.ModuleType("shop"))
    monkeypatch.setitem(sys.modules, "shop.features", module)
    exec(FEATURES, module.__dict__)
    return module


def dumped(folder: Path, value: object, name: str = "model.pkl") -> Path:
    """`value` as a plain pickle."""
    path = folder / name
    path.write_bytes(pickle.dumps(value))
    return path


def digest(path: Path) -> str:
    """The sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_importing_it_is_cheap() -> None:
    """Neither pytest nor any library for data is imported before a file is loaded."""
    heavy = ["pytest", "numpy", "pandas", "joblib", "sklearn", "skops"]
    code = (
        f"import sys, pytest_mlreqs.load.loading; print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("compress", [0, "zlib", "gzip", "bz2", "xz", "lzma"])
@pytest.mark.parametrize("ending", [".joblib", ".pkl", ".pickle"])
def test_joblib_dumps_load_however_compressed(tmp_path: Path, compress: Any, ending: str) -> None:
    """The first bytes tell the compression, whatever the ending says."""
    path = tmp_path / f"model{ending}"
    joblib.dump(MODEL, path, compress=(compress, 3) if compress else 0)
    assert load(path).predict(X).tolist() == [0, 0, 1, 1]  # type: ignore[attr-defined]


def test_plain_pickles_load_under_any_ending(tmp_path: Path) -> None:
    """A pickle called .joblib is a pickle, also when compressed by hand."""
    path = dumped(tmp_path, MODEL, "model.JOBLIB")
    assert isinstance(load(path), LogisticRegression)
    path.write_bytes(gzip.compress(pickle.dumps(MODEL)))
    assert isinstance(load(path), LogisticRegression)


def test_lz4_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """The one compression that is not in the standard library is named."""
    path = tmp_path / "model.joblib"
    path.write_bytes(b"\x04\x22\x4d\x18rest")
    with pytest.raises(Refused, match="lz4"):
        load(path)


def test_tables_load(tmp_path: Path) -> None:
    """A csv file becomes a DataFrame."""
    path = tmp_path / "data.csv"
    path.write_text("a,b\n1,x\n")
    pd.testing.assert_frame_equal(load(path), pd.DataFrame({"a": [1], "b": ["x"]}))  # type: ignore[arg-type]


def test_parquet_loads(tmp_path: Path) -> None:
    """A parquet file becomes a DataFrame."""
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"a": [1]})
    frame.to_parquet(tmp_path / "data.parquet")
    pd.testing.assert_frame_equal(load(tmp_path / "data.parquet"), frame)  # type: ignore[arg-type]


@pytest.mark.parametrize(("ending", "library"), [("parquet", "pyarrow"), ("skops", "skops")])
def test_what_needs_an_extra_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, library: str
) -> None:
    """Without its library a file is refused with the command that installs it."""
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"{library}.io", raising=False)
    (tmp_path / f"x.{ending}").write_bytes(b"")
    with pytest.raises(Refused, match=rf'pip install "pytest-mlreqs\[{ending}\]"'):
        load(tmp_path / f"x.{ending}")


def test_skops_trusts_what_is_declared_or_pinned(tmp_path: Path) -> None:
    """The trusted types of a skops file come from the declaration, never from the file."""
    skops_io = pytest.importorskip("skops.io")
    path = tmp_path / "model.skops"
    skops_io.dump([MODEL, types.SimpleNamespace()], path)
    with pytest.raises(Refused, match=r'trust = \["types.SimpleNamespace"\]'):
        load(path)
    assert load(path, trust=["types.Simple*"])
    assert load(path, sha256=digest(path))


def test_skops_files_of_ordinary_models_are_loaded_as_their_pickles_are(tmp_path: Path) -> None:
    """What a pickle may name without being trusted, a skops file may name, and nothing else."""
    skops_io = pytest.importorskip("skops.io")
    from sklearn.feature_selection import SelectKBest
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.tree import DecisionTreeClassifier

    y, untrusted = [0, 0, 1, 1], 0
    for made in (DecisionTreeClassifier(), KNeighborsClassifier(1), SelectKBest(k=1), MODEL):
        skops_io.dump(made.fit(X, y), tmp_path / "model.skops")
        untrusted += bool(skops_io.get_untrusted_types(file=tmp_path / "model.skops"))
        assert type(load(tmp_path / "model.skops")) is type(made)
    assert untrusted, "skops by itself would load them all"
    skops_io.dump(np.load, tmp_path / "reader.skops")
    with pytest.raises(Refused, match=r"numpy.*load"):
        load(tmp_path / "reader.skops")


def test_a_skops_that_can_be_got_round_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release of skops whose check is known to be broken loads pinned files only."""
    skops = pytest.importorskip("skops")
    skops_io = pytest.importorskip("skops.io")
    path = tmp_path / "model.skops"
    skops_io.dump(MODEL, path)
    monkeypatch.setattr(skops, "__version__", "0.11.0")
    with pytest.raises(Refused, match=r"in skops 0\.11\.0 a file can run"):
        load(path)
    assert load(path, sha256=digest(path))
    monkeypatch.setattr(skops, "__version__", "0.12.dev0")
    assert load(path)


def test_all_that_is_refused_is_named_at_once(tmp_path: Path, shop: Any) -> None:
    """The message holds the file, every name, and the line to paste, which then works."""
    path = dumped(tmp_path, [shop.Clip(1), {"f": shop.clip}, MODEL, shop.Clip.Deep()])
    with pytest.raises(Refused) as refusal:
        load(path)
    text = str(refusal.value)
    names = '["shop.features.Clip", "shop.features.Clip.Deep", "shop.features.clip"]'
    assert str(path) in text
    assert f"trust = {names}" in text
    assert "sha256" in text
    assert load(path, trust=eval(names))[0].low == 1  # type: ignore[index]
    assert load(path, trust=["shop.features.*"])


def test_trust_covers_what_a_module_defines_not_what_it_imported(tmp_path: Path, shop: Any) -> None:
    """`from os import system` in a trusted module does not lend os.system to a file."""
    path, mark = tmp_path / "model.pkl", tmp_path / "ran"
    path.write_bytes(f"cshop.features\nsystem\n(Vtouch {mark}\ntR.".encode())
    with pytest.raises(Refused, match=r"(posix|nt)\.system"):
        load(path, trust=["shop.features.*"])
    assert not mark.exists()
    path.write_bytes(b"cshop.features\nos\n.")
    with pytest.raises(Refused, match="os"):
        load(path, trust=["shop.features.*"])


@pytest.mark.parametrize("pattern", ["*", "*.features", "?hop.x", "shop"])
def test_trust_must_name_a_package(tmp_path: Path, pattern: str) -> None:
    """A pattern that would trust everything, or can match nothing, is refused."""
    with pytest.raises(Refused, match="must begin with the name of a package"):
        load(dumped(tmp_path, MODEL), trust=[pattern])


def test_a_pin_skips_the_list(tmp_path: Path, shop: Any) -> None:
    """The very file that was pinned is loaded whatever it names, joblib dumps included."""
    path = dumped(tmp_path, shop.Clip(3))
    assert load(path, sha256=digest(path).upper()).low == 3  # type: ignore[attr-defined]
    joblib.dump(shop.Clip(4), path, compress=3)
    assert load(path, sha256=digest(path)).low == 4  # type: ignore[attr-defined]


@pytest.mark.parametrize("ending", sorted(ENDINGS))
def test_another_file_than_the_pinned_is_refused(tmp_path: Path, ending: str) -> None:
    """A wrong digest is told with both digests, before anything of the file is read."""
    path = tmp_path / f"model{ending}"
    path.write_bytes(b"anything")
    with pytest.raises(Refused) as refusal:
        load(path, sha256="0" * 64)
    assert digest(path) in str(refusal.value)
    assert "0" * 64 in str(refusal.value)


@pytest.mark.parametrize("pinned", [False, True])
@pytest.mark.parametrize("length", [0, 1, 2, 40, 200, -1])
def test_a_damaged_file_is_refused_in_one_sentence(
    tmp_path: Path, length: int, *, pinned: bool
) -> None:
    """A truncated file has a reason, not a traceback of pickle's."""
    path = dumped(tmp_path, MODEL)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(Refused, match=r"damaged") as refusal:
        load(path, sha256=digest(path) if pinned else None)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("csklearn.nowhere\nModel\n.", "needs what is not there: sklearn.nowhere.Model"),
        ("csklearn.base\nGone\n.", "needs what is not there: sklearn.base.Gone"),
        ("cshop_that_was\nModel\n.", "needs what is not there: shop_that_was.Model"),
        ("(S'a'\nibuiltins\nset\n.", "damaged"),
        ("x", "damaged"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, code: str, reason: str) -> None:
    """A module that is not installed and a name that is gone are told as such."""
    path = tmp_path / "model.pkl"
    path.write_bytes(code.encode())
    with pytest.raises(Refused, match=reason):
        load(path, trust=["shop_that_was.*"])


def test_files_that_are_none_of_these_are_refused(tmp_path: Path) -> None:
    """Other endings, missing files and folders are told apart."""
    with pytest.raises(Refused, match=r"end in \.cbm, \.csv, \.joblib"):
        load(tmp_path / "model.gguf")
    with pytest.raises(Refused, match="cannot be read: No such file"):
        load(tmp_path / "model.pkl")
    (tmp_path / "folder.parquet").mkdir()
    with pytest.raises(Refused, match="cannot be read"):
        load(tmp_path / "folder.parquet")


ROWS = np.array([[1.0, 2.0], [3.0, 1.0], [5.0, 9.0], [7.0, 2.0]] * 10, dtype=np.float32)
LABELS = np.array([0, 0, 1, 1] * 10)


def _written_onnx(path: Path) -> None:
    skl2onnx = pytest.importorskip("skl2onnx")
    pytest.importorskip("onnxruntime")
    model = skl2onnx.to_onnx(LogisticRegression().fit(ROWS, LABELS), ROWS[:1])
    path.write_bytes(model.SerializeToString())


def _written_catboost(path: Path) -> None:
    catboost = pytest.importorskip("catboost")
    model = catboost.CatBoostClassifier(iterations=2, verbose=0, allow_writing_files=False)
    model.fit(ROWS, LABELS).save_model(str(path))


def _written_lightgbm(path: Path) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    model = lightgbm.LGBMClassifier(n_estimators=2, min_child_samples=2, verbose=-1)
    model.fit(ROWS, LABELS).booster_.save_model(path)


def _written_xgboost(path: Path) -> None:
    xgboost = pytest.importorskip("xgboost")
    xgboost.XGBClassifier(n_estimators=2).fit(ROWS, LABELS).save_model(path)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("model.onnx", _written_onnx),
        ("model.cbm", _written_catboost),
        ("model.txt", _written_lightgbm),
        ("model.ubj", _written_xgboost),
        ("model.json", _written_xgboost),
    ],
)
def test_models_in_their_own_formats(tmp_path: Path, name: str, write: Callable[[Path], None]):
    """A model that its own library wrote is loaded and scores; a damaged file is refused."""
    path = tmp_path / name
    write(path)
    scores = scorer(load(path))(ROWS)
    assert len(np.unique(scores)) > 1
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(Refused, match="cannot be read; it is damaged"):
        load(path)
    path.write_bytes(b"hello")
    with pytest.raises(Refused, match=r"is no model of LightGBM|cannot be read; it is damaged"):
        load(path)
