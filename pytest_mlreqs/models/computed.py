"""computed: what a model answers, once it is there.

Some libraries answer before they have worked: the array computes when it is looked at, the frame is
a plan, the device is still busy. Timed or measured without waiting for that, a call costs next to
nothing. So every call of a model is made through `computing`, which blames on the model what it
raises. That takes a tenth of a microsecond where the answer is an array; of another answer it looks
at the sort, and at what is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from itertools import islice
from typing import Any, cast

from pytest_mlreqs.models.contract import blame

_PLAIN = (str, bytes, bool, int, float, complex, type(None))
_LOOKED_AT = 1_000  # of what is in a list, or in an array of objects
_THERE = ("numpy", "pandas", "scipy", "polars", "pyarrow")  # classes of these, but for the next
_COMPUTED = {  # what gives the values, by library and class; of any class where none is named
    ("polars", "LazyFrame"): "collect",
    ("pyarrow", "RecordBatchReader"): "read_all",
    ("pyarrow", "Dataset"): "to_table",
    ("pyarrow", "Scanner"): "to_table",
    ("duckdb", "DuckDBPyRelation"): "df",
    ("dask", ""): "compute",
    ("jax", ""): "block_until_ready",
    ("jaxlib", ""): "block_until_ready",
    ("torch", "Tensor"): "cpu",
    ("tensorflow", ""): "numpy",
    ("cupy", "ndarray"): "get",
    ("pyspark", "DataFrame"): "toPandas",
    ("ibis", ""): "execute",
    ("concurrent", "Future"): "result",
}


def computing(call: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    """`call`, whose answer is there when it returns; it can be pickled where the call can.

    It raises a `Fault` that says what `name` has raised.
    """
    import numpy as np

    return partial(_answered, call, name, np.ndarray)


def settling(step: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    """A step of a pipeline: the same, but its answer stays of the sort that the next one takes.

    What can only be computed into something else is left to the next step, as in the pipeline.
    """
    return partial(_settled, step, name)


def computed(answer: Any) -> Any:
    """An answer with all that was still to be computed; where nothing was, the answer itself."""
    if _there(answer):
        return answer
    if isinstance(answer, Mapping):
        return {key: computed(value) for key, value in answer.items()}
    if isinstance(answer, (list, tuple)):
        values = map(computed, answer)
        return list(values) if isinstance(answer, list) else tuple(values)
    name = _asked(cast(Any, type(answer)))
    if name:
        return getattr(answer, name)()
    if hasattr(answer, "__array__"):
        import numpy as np

        return np.asarray(answer)
    return answer


def _answered(call: Callable[[Any], Any], name: str, array: Any, given: Any) -> Any:
    try:
        answer = call(given)
        if type(answer) is array and not answer.dtype.hasobject:
            return answer
        return computed(answer)
    except BaseException as error:
        blame(error, name)
        raise


def _settled(step: Callable[[Any], Any], name: str, given: Any) -> Any:
    try:
        answer = step(given)
        method = _asked(cast(Any, type(answer)))
        if method == "collect":
            return answer.collect().lazy()
        if method == "compute":
            return answer.persist()
        if method in ("block_until_ready", "cpu"):  # what is asked is computed by that, too
            getattr(answer, method)()
    except BaseException as error:
        blame(error, name)
        raise
    return answer


def _there(answer: Any) -> bool:
    """Whether nothing is left to compute, by the sort of the answer and of what is in it."""
    cls: Any = type(answer)
    if cls in _PLAIN:
        return True
    if isinstance(answer, Mapping):
        return _all_there(answer.values())
    if isinstance(answer, (list, tuple)):
        return _all_there(answer)
    if _asked(cls) is not None:
        return False
    dtype = getattr(answer, "dtype", None)
    return not getattr(dtype, "hasobject", False) or _all_there(getattr(answer, "flat", ()))


def _all_there(values: Any) -> bool:
    first = list(islice(values, _LOOKED_AT))
    return set(map(type, first)).issubset(_PLAIN) or all(map(_there, first))


@lru_cache(maxsize=256)
def _asked(cls: Any) -> str | None:
    """The method that gives what is to be computed; empty if none is known, None if nothing is."""
    sorts = [(base.__module__.partition(".")[0].lstrip("_"), base.__name__) for base in cls.__mro__]
    for top, name in sorts:
        method = _COMPUTED.get((top, name), _COMPUTED.get((top, ""), ""))
        if method and hasattr(cls, method):
            return method
    return None if any(top in _THERE for top, _ in sorts) else ""
