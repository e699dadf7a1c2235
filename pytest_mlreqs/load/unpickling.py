"""unpickling: pickle and joblib files, read with an allow-list of what they may name.

A pickle is a program: it names classes and functions and says what to call. Here it may name only
what ordinary models are made of, and what the project trusts. That is a safety net against files
that are not what they seem, and no sandbox: the libraries below were not written to be fed by an
attacker. Imported only when such a file is loaded, because joblib is slow to import.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import io
import pickle
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any, BinaryIO

import numpy as np
from joblib.numpy_pickle import NumpyArrayWrapper, NumpyUnpickler

# What anything may be made of, and what these libraries call to rebuild their objects from data.
_NAMED = frozenset(
    f"{module}.{name}"
    for module, names in {
        "_codecs": "encode",
        "builtins": "bool bytearray bytes complex dict float frozenset int list object range set "
        "slice str tuple",
        "collections": "Counter OrderedDict defaultdict deque",
        "datetime": "date datetime time timedelta timezone",
        "decimal": "Decimal",
        "fractions": "Fraction",
        "joblib.numpy_pickle": "NumpyArrayWrapper",
        "numpy": "mean",
        "numpy._core.multiarray": "_reconstruct scalar",
        "numpy._core.numeric": "_frombuffer",
        "numpy.core.multiarray": "_reconstruct scalar",
        "numpy.core.numeric": "_frombuffer",
        "numpy.ma.core": "_mareconstruct",
        "numpy.random._pickle": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
        "numpy.random.bit_generator": "__pyx_unpickle_SeedSequence",
        "pandas": "NA",
        "pandas._libs.arrays": "__pyx_unpickle_NDArrayBacked",
        "pandas._libs.internals": "_unpickle_block",
        "pandas._libs.interval": "__pyx_unpickle_IntervalMixin",
        "pandas._libs.missing": "NA",
        "pandas._libs.tslibs.nattype": "__nat_unpickle _nat_unpickle",
        "pandas._libs.tslibs.timedeltas": "_timedelta_unpickle",
        "pandas._libs.tslibs.timestamps": "_unpickle_timestamp",
        "pandas.core.indexes.base": "_new_Index",
        "pandas.core.indexes.datetimes": "_new_DatetimeIndex",
        "pandas.core.indexes.interval": "_new_IntervalIndex",
        "pandas.core.indexes.period": "_new_PeriodIndex",
        "pandas.core.indexes.timedeltas": "_new_TimedeltaIndex",
        "pathlib": "PosixPath PurePosixPath PureWindowsPath WindowsPath",
        "pathlib._local": "PosixPath PurePosixPath PureWindowsPath WindowsPath",  # Python 3.13
        "pyarrow.lib": "_restore_array chunked_array py_buffer type_for_alias",
        "scipy._lib.array_api_compat.numpy._aliases": "asarray",
        "sklearn.metrics._dist_metrics": "newObj",
        "sklearn.neighbors._ball_tree": "newObj",
        "sklearn.neighbors._kd_tree": "newObj",
        "uuid": "UUID",
    }.items()
    for name in names.split()
)
# Kept narrow on purpose: a `scipy.stats` distribution executes a string of its state, a convex hull
# may write a file, a `numpy.memmap` opens one, and `pandas.core.computation` evaluates.
_CLASSES = (
    "sklearn.*", "numpy.*[0-9]", "numpy.bool*", "numpy.*long*", "numpy.bytes_", "numpy.str_",
    "numpy.void", "numpy.dtype", "numpy.dtypes.*", "numpy.matrix", "numpy.ndarray", "numpy.rec*",
    "numpy.random.*", "numpy.ma.MaskedArray", "numpy.ma.core.MaskedArray",
    "scipy.interpolate._bsplines.BSpline", "scipy.interpolate._interpolate.*",
    "scipy.sparse.*_array", "scipy.sparse.*_matrix", "scipy.spatial._ckdtree.cKDTree",
    "scipy.spatial._kdtree.KDTree", "pandas.DataFrame", "pandas.Series", "pandas.*Index",
    "pandas.*Dtype", "pandas.Categorical", "pandas.Interval", "pandas.Period", "pandas.Timedelta",
    "pandas.Timestamp", "pandas.arrays.*", "pandas.core.arrays.*", "pandas.core.dtypes.dtypes.*",
    "pandas.core.indexes.*", "pandas.core.internals.*", "pandas.core.frame.DataFrame",
    "pandas.core.series.Series", "pandas._libs.internals.*", "pandas._libs.interval.*",
    "pandas._libs.sparse.*", "pandas._libs.tslibs.*", "catboost.core.CatBoost*",
    "lightgbm.basic.Booster", "lightgbm.sklearn.*", "xgboost.core.Booster", "xgboost.sklearn.*",
)  # fmt: skip
# Functions that estimators keep: losses, and the scores of selectors and searches.
_FUNCTIONS = (
    "sklearn._loss._loss.__pyx_unpickle_Cy*", "sklearn.cluster._kmeans._kmeans_single_*",
    "sklearn.feature_selection._mutual_info.mutual_info_*",
    "sklearn.feature_selection._univariate_selection.[fr]_*",
    "sklearn.feature_selection._univariate_selection.chi2", "sklearn.metrics.*_deviance",
    "sklearn.metrics.*_error", "sklearn.metrics.*_loss", "sklearn.metrics.*_score",
    "sklearn.metrics.*.matthews_corrcoef", "sklearn.metrics.*_likelihood_ratio",
)  # fmt: skip
_UFUNCS = ("numpy.*", "scipy.special.*")
# Parts of a module's name that rule it out: what reads, writes, tests, builds or comes along.
_CORNERS = {
    "callback", "conftest", "datasets", "distutils", "estimator_checks", "externals", "f2py", "io",
    "main", "mocking", "parallel", "setup", "testing", "tests",
}  # fmt: skip
# Protocol 2 and older spell the built-in names as Python 2 did.
_PYTHON_2 = {"long": "int", "unicode": "str", "xrange": "range"}


class Inert:
    """Stands in for what was refused, so that the rest of the file can be looked through."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def __setstate__(self, state: object) -> None: ...


class _Array(NumpyArrayWrapper):  # type: ignore[misc]
    """An array in a joblib file; before 1.6 joblib itself reads one of objects by pickle.load."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Nothing but data: a file that replaces `read` would get hold of the unpickler.
        for name in ("subclass", "shape", "order", "dtype", "allow_mmap"):
            setattr(self, name, state[name])
        self.numpy_array_alignment_bytes = state.get("numpy_array_alignment_bytes")

    def read_array(self, unpickler: AllowListed, *options: Any) -> Any:
        if not isinstance(self.dtype, np.dtype):
            raise pickle.UnpicklingError("an array in it has no type")
        if self.dtype.hasobject:
            return unpickler.nested().load()
        return super().read_array(unpickler, *options)


def _step(opcode: bytes, depth: int, *, named: bool) -> Callable[[AllowListed], None]:
    """The step of an opcode, taken only if its operand is, or is not, what the file names.

    Only what find_class let pass may be called, and none of it may be altered: no model that was
    dumped asks for more, and objects that can be called are the classic way round an allow-list.
    """
    plain = NumpyUnpickler.dispatch[opcode[0]]

    def step(unpickler: AllowListed) -> None:
        if (id(unpickler.stack[-depth]) in unpickler.named) is not named:
            raise pickle.UnpicklingError("it calls or alters what no dumped model does")
        plain(unpickler)

    return step


class AllowListed(NumpyUnpickler):  # type: ignore[misc]
    """Unpickles what the allow-list and `trust` let pass, and collects what they do not.

    The caller must look at `refused` after load(), whether load() returned or raised.
    """

    dispatch = {  # noqa: RUF012 - the name and kind are pickle's
        **{
            code: step
            for code, step in NumpyUnpickler.dispatch.items()
            if bytes([code]) not in {pickle.INST, pickle.OBJ}  # Python 3 writes neither
        },
        pickle.REDUCE[0]: _step(pickle.REDUCE, 2, named=True),
        pickle.NEWOBJ[0]: _step(pickle.NEWOBJ, 2, named=True),
        pickle.NEWOBJ_EX[0]: _step(pickle.NEWOBJ_EX, 3, named=True),
        pickle.BUILD[0]: _step(pickle.BUILD, 2, named=False),
    }

    def __init__(
        self, file: BinaryIO, trust: Iterable[str] = (), refused: dict[str, None] | None = None
    ) -> None:
        parameters = inspect.signature(NumpyUnpickler).parameters
        native = "ensure_native_byte_order"  # Asked for from joblib 1.5 on; before, always done.
        super().__init__("", file, **({native: True} if native in parameters else {}))
        self.trust = tuple(trust)
        self.refused: dict[str, None] = {} if refused is None else refused  # an ordered set
        self.named: dict[int, object] = {}

    def nested(self) -> AllowListed:
        """An unpickler for a pickle within this one."""
        return AllowListed(self.file_handle, self.trust, self.refused)

    def find_class(self, module: str, name: str) -> Any:
        """What the file names, if it may have it; pickle asks here for every name."""
        if module == "__builtin__":
            module, name = "builtins", _PYTHON_2.get(name, name)
        full = f"{module}.{name}"
        found = self._found(module, name, full)
        self.named[id(found)] = found
        return found

    def _found(self, module: str, name: str, full: str) -> Any:
        trusted = _matches(full, self.trust)
        listed = "." not in name and (
            full in _NAMED or _listed(full, (*_CLASSES, *_FUNCTIONS, *_UFUNCS))
        )
        if not (trusted or listed):  # Not even imported.
            return self._refuse(full)
        try:
            found = functools.reduce(getattr, name.split("."), importlib.import_module(module))
        except (ImportError, AttributeError) as error:
            raise ImportError(f"{full} ({error})") from error
        if full in _NAMED:
            return _Array if found is NumpyArrayWrapper else found
        if isinstance(found, np.ufunc) and _listed(full, _UFUNCS):
            return found
        # A module also offers what it imported: judged is where the thing was made.
        home = f"{getattr(found, '__module__', '')}.{getattr(found, '__qualname__', '')}"
        patterns = _CLASSES if isinstance(found, type) else _FUNCTIONS
        if (trusted and _matches(home, self.trust)) or (
            listed and _listed(full, patterns) and _listed(home, patterns)
        ):
            return found
        return self._refuse(home if trusted and home.strip(".") else full)

    def _refuse(self, full: str) -> type[Inert]:
        self.refused[full] = None
        return Inert


def allows(full: str) -> bool:
    """Whether a file may name `module.name`, trusted or not."""
    module, _, name = full.rpartition(".")
    try:
        return AllowListed(io.BytesIO()).find_class(module, name) is not Inert
    except ImportError:
        return False


def _matches(full: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(full, pattern) for pattern in patterns)


def _listed(full: str, patterns: Iterable[str]) -> bool:
    parts = {part.strip("_") for part in full.split(".")}
    return _matches(full, patterns) and not parts & _CORNERS
