"""loading: a subject from a file, and never a silent `pickle.load`.

Prefer code: `model = "package.module:load"` runs the project's own loader, with whatever it knows
about its files. A path is the second choice. Pickles are then read with an allow-list, which is a
safety net and no sandbox: load no file that you would not run.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any


class Refused(Exception):
    """A file that will not be loaded; the text says why and what to declare."""


def load(path: Path, *, trust: Sequence[str] = (), sha256: str | None = None) -> object:
    """What the file at `path` holds.

    Args:
        path: A file with one of ENDINGS.
        trust: What a pickle or a skops file may name beside the parts of ordinary models, as
            patterns of "module.name" such as "shop.features.*".
        sha256: The digest of the one file that is meant. Who pins a file vouches for it: what
            it names is not looked at any more.

    Raises:
        Refused: The file cannot be loaded, or should not be.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise Refused(f"{path}: files are loaded that end in {', '.join(sorted(ENDINGS))}.")
    for pattern in trust:
        if not re.match(r"\w+\.", pattern):
            raise Refused(f'{path}: trust = ["{pattern}"] must begin with the name of a package.')
    try:
        data = path.read_bytes()  # Once: what was checked is what is loaded.
        if sha256 is None:
            return read(data, path, trust)
        _check_pin(data, path, sha256.lower())
        return read(data, path, None)
    except Refused:
        raise
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror or error}.") from error
    except ImportError as error:
        raise Refused(f"{path} needs what is not there: {error}.") from error
    except Exception as error:  # A damaged file breaks its reader in any way there is.
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise Refused(
            f"{path} cannot be read; it is damaged, or made by other versions ({reason})."
        ) from error


_SKOPS = (0, 12)  # CVE-2025-54412 and CVE-2025-54413 are mended from here on


def _at_least(version: str, least: tuple[int, ...]) -> bool:
    return tuple(map(int, re.findall(r"\d+", version)[: len(least)])) >= least


def _check_pin(data: bytes, path: Path, pin: str) -> None:
    digest = hashlib.sha256(data).hexdigest()
    if digest != pin:
        raise Refused(f"{path} is not the file that was pinned: its sha256 is {digest}, not {pin}.")


# The readers take what may be trusted, or None for everything.


def _csv(data: bytes, _path: Path, _trust: Sequence[str] | None) -> object:
    import pandas as pd

    return pd.read_csv(io.BytesIO(data))


def _parquet(data: bytes, path: Path, _trust: Sequence[str] | None) -> object:
    import pandas as pd

    with _extra(path, "parquet"):
        import pyarrow as pa  # noqa: F401 - pandas would name its own extras
    return pd.read_parquet(io.BytesIO(data), engine="pyarrow")


def _skops(data: bytes, path: Path, trust: Sequence[str] | None) -> object:
    with _extra(path, "skops"):
        import skops.io
    types = skops.io.get_untrusted_types(data=data)
    if trust is not None:
        from pytest_mlreqs.load.unpickling import allows

        if not _at_least(skops.__version__, _SKOPS):
            raise Refused(
                f"{path} was not loaded: in skops {skops.__version__} a file can run what is in no "
                'list of trusted names. Upgrade it: pip install --upgrade "pytest-mlreqs[skops]".'
            )

        refused = [t for t in types if not (any(fnmatchcase(t, one) for one in trust) or allows(t))]
        if refused:
            raise _untrusted(path, refused)
    return skops.io.loads(data, trusted=types)


def _onnx(data: bytes, path: Path, _trust: Sequence[str] | None) -> object:
    with _extra(path, "onnx"):
        import onnxruntime
    return onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])


def _catboost(data: bytes, path: Path, _trust: Sequence[str] | None) -> object:
    with _extra(path, "catboost"):
        import catboost
    return catboost.CatBoost().load_model(blob=data)


def _lightgbm(data: bytes, path: Path, _trust: Sequence[str] | None) -> object:
    if not data.startswith(b"tree"):  # LightGBM would print a complaint
        raise Refused(f"{path} is no model of LightGBM: of text files, only those are loaded.")
    with _extra(path, "lightgbm"):
        import lightgbm
    return lightgbm.Booster(model_str=data.decode())


def _xgboost(data: bytes, path: Path, _trust: Sequence[str] | None) -> object:
    with _extra(path, "xgboost"):
        import xgboost
    return xgboost.Booster(model_file=bytearray(data))


def _pickle(data: bytes, path: Path, trust: Sequence[str] | None) -> object:
    if trust is None:
        import joblib

        return joblib.load(io.BytesIO(data))
    from pytest_mlreqs.load.unpickling import AllowListed

    unpickler = AllowListed(io.BytesIO(_decompressed(data, path)), trust)
    try:
        subject: object = unpickler.load()
    except Exception:
        if not unpickler.refused:
            raise  # Otherwise it broke on a stand-in.
    if unpickler.refused:
        raise _untrusted(path, unpickler.refused)
    return subject


def _decompressed(data: bytes, path: Path) -> bytes:
    """The pickle itself: joblib compresses, and what was used is told by the first bytes."""
    import bz2
    import gzip
    import lzma
    import zlib

    if data.startswith(b"\x04\x22\x4d\x18"):
        raise Refused(f"{path} is compressed with lz4: dump it with zlib, or pin it by sha256.")
    methods: dict[bytes, Callable[[bytes], bytes]] = {
        b"\x78": zlib.decompress,
        b"\x1f\x8b": gzip.decompress,
        b"BZh": bz2.decompress,
        b"\xfd7zXZ": lzma.decompress,
        b"]\x00\x00": lzma.decompress,
    }
    for magic, decompress in methods.items():
        if data.startswith(magic):
            return decompress(data)
    return data


@contextlib.contextmanager
def _extra(path: Path, extra: str) -> Iterator[None]:
    """Name the extra where an import within finds nothing."""
    try:
        yield
    except ImportError as error:
        raise Refused(f'{path} needs an extra: pip install "pytest-mlreqs[{extra}]".') from error


def _untrusted(path: Path, names: Iterable[str]) -> Refused:
    """What to declare if the names are the project's own, and what if it is only the file."""
    found = sorted(names)
    return Refused(
        f"{path} names what is in no list of harmless things, so it was not loaded, and nothing "
        f"of this was run: {', '.join(found)}.\n"
        f"If you know it to be yours, declare it beside the path: trust = {json.dumps(found)}\n"
        f"A pin of this very file (sha256 = ...) skips the list; an import path needs neither."
    )


_READERS: dict[str, Callable[[bytes, Path, Sequence[str] | None], Any]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".skops": _skops,
    ".onnx": _onnx,
    ".cbm": _catboost,
    ".txt": _lightgbm,
    ".ubj": _xgboost,
    ".json": _xgboost,
    ".joblib": _pickle,
    ".pkl": _pickle,
    ".pickle": _pickle,
}
ENDINGS = frozenset(_READERS)
