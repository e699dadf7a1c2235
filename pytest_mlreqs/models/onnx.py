"""ONNX Runtime: a session takes one matrix, or one input per column, of exactly its types.

ONNX has no missing value except NaN in floats, and a session converts nothing; whatever would get
lost on the way to its types is a fault. A model with a fixed batch size is given its rows in
batches of that size.

A session in `ORT_PARALLEL` mode waits forever in a forked child: it needs `isolation = "none"`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.models import names
from pytest_mlreqs.models.frames import opened

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_TYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
    "tensor(int8)": "int8",
    "tensor(int16)": "int16",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(uint8)": "uint8",
    "tensor(bool)": "bool",
    "tensor(string)": "object",
}


def call(model: Any, name: str) -> Callable[[Any], Any] | None:
    """`predict` gives the first output, `predict_proba` the probabilities beside a label."""
    outputs = model.get_outputs()
    continuous = [o for o in outputs[1:] if o.type.startswith("seq(map(") or _is_float(o)]
    hard = not _is_float(outputs[0])
    wanted = {"predict": outputs[0]}
    if hard and continuous:
        wanted["predict_proba"] = continuous[0]
    if name not in wanted:
        return None
    return lambda X: _run(model, X, wanted[name].name)


def inputs(model: Any) -> tuple[str, ...] | None:
    """The names of the inputs, where there is one for each column."""
    declared = model.get_inputs()
    if len(declared) == 1 or any(_width(one) != 1 for one in declared):
        return None
    return tuple(one.name for one in declared)


def drops_extras(model: Any) -> bool:
    """Where each column has its input, a session cannot be given any other."""
    return inputs(model) is not None


def _run(model: Any, X: Any, output: str) -> Any:
    import numpy as np

    seen = opened(X, lambda: inputs(model))
    if seen is None:
        raise Fault(f"a {type(X).__name__} has no columns to feed an ONNX session with")
    feed = dict(_feed(model, seen.frame))
    parts = [_array(model.run([output], batch)[0])[:rows] for batch, rows in _batches(model, feed)]
    return np.concatenate(parts)


def _feed(model: Any, frame: pd.DataFrame) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """The inputs by name: one matrix of all columns, or a column for each."""
    declared = model.get_inputs()
    columns = [str(column) for column in frame.columns]
    where = names.positions([one.name for one in declared], columns)
    if len(declared) == 1 and (_width(declared[0]) != 1 or where is None):
        yield declared[0].name, _cast(frame, declared[0])
        return
    for one in declared:
        if _width(one) != 1:
            raise Fault(
                f"the input {one.name!r} of the session takes several columns, and nobody knows "
                "which: give a function that builds its inputs"
            )
    if where is None:
        missing = [
            one.name for one in declared if not any(names.same(c, one.name) for c in columns)
        ]
        told = ", ".join(map(repr, missing)) or "its inputs without doubt"
        raise Fault(f"the session takes one input per column, and X lacks {told}")
    for one, position in zip(declared, where, strict=True):
        column = _cast(frame.iloc[:, [position]], one)
        yield one.name, column.ravel() if len(one.shape) == 1 else column


def _cast(frame: pd.DataFrame, declared: Any) -> np.ndarray[Any, Any]:
    """The columns as the session wants them."""
    import numpy as np

    dtype = _TYPES.get(declared.type)
    if dtype is None:
        raise Fault(f"the input {declared.name!r} takes {declared.type}, which no column can be")
    floats = dtype.startswith("float")
    if not floats and frame.isna().any(axis=None):
        gaps = [str(column) for column in frame.columns[frame.isna().any().to_numpy()]]
        raise Fault(
            f"{', '.join(gaps)} has missing values, and the input {declared.name!r} takes "
            f"{declared.type}, which has none: fill them in X"
        )
    if dtype == "object":
        return frame.astype(str).to_numpy(dtype=object)
    given = frame.to_numpy(dtype="float64", na_value=np.nan) if floats else frame.to_numpy()
    cast = given.astype(dtype)
    if not floats and (cast != given).any():
        raise Fault(f"the input {declared.name!r} takes {declared.type}, and X has other values")
    return np.ascontiguousarray(cast)


def _batches(
    model: Any, feed: dict[str, np.ndarray[Any, Any]]
) -> Iterator[tuple[dict[str, np.ndarray[Any, Any]], int]]:
    """The rows in batches as large as the model demands, each with how many of them count."""
    import numpy as np

    first = model.get_inputs()[0].shape[:1]
    total = len(next(iter(feed.values())))
    if not first or not isinstance(first[0], int) or first[0] < 1 or not total:
        yield feed, total
        return
    size = first[0]
    for start in range(0, total, size):
        at = np.minimum(np.arange(start, start + size), total - 1)  # the last row fills up
        yield {name: array[at] for name, array in feed.items()}, min(size, total - start)


def _array(output: Any) -> np.ndarray[Any, Any]:
    """An output as an array: `ZipMap` gives one dict per row, from class to probability."""
    import numpy as np

    if isinstance(output, list) and output and isinstance(output[0], dict):
        classes = sorted(output[0])
        return np.array([[row[known] for known in classes] for row in output])
    return np.asarray(output)


def _is_float(output: Any) -> bool:
    return output.type in ("tensor(float)", "tensor(double)", "tensor(float16)")


def _width(declared: Any) -> Any:
    """How many columns an input takes: a number, or None or a word where any number will do."""
    return declared.shape[1] if len(declared.shape) > 1 else 1
