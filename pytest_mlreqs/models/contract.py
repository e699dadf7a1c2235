"""contract: what every model owes its caller, checked on the way.

A prediction has one entry per row, is a number or a label rather than NaN, leaves its input as it
was, and does not flood the output. A model that breaks this is faulty whatever is required of it.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pytest_mlreqs.measurement import DeclarationError, Fault, Undecided, described

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MAX_OUTPUT_BYTES = 1_000_000
_BLOCK = 2**16  # entries of an array that are read at a time: what reads them needs room for each


def guarded(call: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    """`call` with its exceptions turned into a `Fault` that names type, message and place."""

    def predict(X: Any) -> Any:
        try:
            return call(X)
        except (Fault, DeclarationError, Undecided):  # an adapter has said it already
            raise
        except (Exception, SystemExit) as error:
            raise Fault(f"{name} raised {described(error)}") from error

    return predict


def probe(call: Callable[[Any], Any], name: str, X: Any) -> np.ndarray[Any, Any]:
    """Call once and hold the model to its contract.

    Args:
        call: the predicting method; takes what `X` is.
        name: how the method is called in messages.
        X: a frame or array of n rows, which are not the user's own: the model may change them.

    Returns:
        The output as an array whose first axis has n entries.

    Raises:
        Fault: it raised, changed its input, wrote a megabyte, or returned a wrong length or NaN.
    """
    state, before = _state(X), _written()
    rows = len(X)
    output = guarded(call, name)(X)
    written = _written() - before
    if written >= MAX_OUTPUT_BYTES:
        raise Fault(f"{name} wrote {written / 1e6:.1f} MB of output in one call on {rows} rows")
    changed = _changed(state, _state(X))
    if changed is not None:
        raise Fault(f"{name} changed its input: {changed}; let it work on a copy")
    return checked(output, name, rows)


def checked(output: Any, name: str, rows: int) -> np.ndarray[Any, Any]:
    """`output` as an array with one entry per row and no NaN.

    Several arrays, one per target, become the columns of one.

    Raises:
        Fault: the length is not `rows`, or an entry is NaN or missing.
    """
    import numpy as np
    import pandas as pd

    if output is None:
        raise Fault(f"{name} returned None")
    try:
        parts = output if isinstance(output, list) else ()
        if parts and all(np.ndim(part) == 2 and len(part) == rows for part in parts):
            output = np.hstack(parts)  # scikit-learn's predict_proba with several targets
        array = np.asarray(output)
    except Exception as error:  # what a tensor that needs its gradient raises is its own affair
        raise Fault(f"{name} returned something that is no array: {error}") from error
    if array.ndim == 0:
        raise Fault(f"{name} returned one {type(output).__name__} for {rows} rows")
    if len(array) != rows:
        raise Fault(f"{name} returned {len(array)} predictions for {rows} rows")
    missing = pd.isna(array)
    bad = np.flatnonzero(missing.reshape(rows, -1).any(axis=1)) if rows else np.array([], int)
    if len(bad):
        where = ", ".join(map(str, bad[:5])) + (", ..." if len(bad) > 5 else "")
        raise Fault(f"{name} returned NaN for {len(bad)} of {rows} rows (row {where})")
    return array


def _state(X: Any) -> dict[str, Any]:
    """What a model must leave as it is, in words; digests, as a copy would double the frame."""
    import numpy as np
    import pandas as pd

    if isinstance(X, pd.DataFrame):
        state: dict[str, Any] = {
            "its columns are": X.columns.copy(),
            "its rows are": X.index.copy(),
        }
        for position, column in enumerate(X.columns):
            state[f"column {column!r} is"] = _digest(X.iloc[:, position])
        return state
    if isinstance(X, np.ndarray):
        flat = X.ravel()
        parts = (flat[start : start + _BLOCK] for start in range(0, flat.size, _BLOCK))
        return {"its values are": (X.shape, [_digest(pd.Series(part)) for part in parts])}
    if type(X).__module__.startswith("polars."):  # a clone shares the values; Arrow cannot change
        return {"its columns are": X.columns, "its values are": X.clone()}
    return {}


def _digest(values: pd.Series[Any]) -> Any:
    """One number for the values and their order; where they cannot be hashed, their text."""
    import numpy as np
    import pandas as pd

    places = 2 * np.arange(len(values), dtype=np.uint64) + np.uint64(1)
    if values.dtype in (np.dtype("float64"), np.dtype("int64")):  # their bits will do
        bits = np.ascontiguousarray(values.to_numpy()).view(np.uint64)
        return (str(values.dtype), int((bits * places).sum(dtype=np.uint64)))
    try:
        hashes = pd.util.hash_pandas_object(values, index=False, categorize=False).to_numpy()
    except (TypeError, ValueError):  # lists, dictionaries, sets
        return (str(values.dtype), tuple(map(repr, values)))
    return (str(values.dtype), int((hashes * places).sum(dtype=np.uint64)))


def _changed(before: dict[str, Any], after: dict[str, Any]) -> str | None:
    """What differs, in words."""
    for what, state in before.items():
        then = after.get(what)
        same = state.equals(then) if hasattr(state, "equals") else state == then
        if not same:
            return f"{what} not the same afterwards"
    return None


def _written() -> int:
    """Bytes written so far to standard output and error, where these go to a file.

    Inside the isolated check they do; on a terminal or a pipe nobody can tell, and this is 0.
    """
    total = 0
    files = set()
    for stream, descriptor in ((sys.stdout, 1), (sys.stderr, 2)):
        try:
            stream.flush()
            status = os.fstat(descriptor)
        except (OSError, ValueError, AttributeError):
            continue
        if stat.S_ISREG(status.st_mode) and status.st_ino not in files:
            files.add(status.st_ino)
            total += status.st_size
    return total
