"""contract: what every model owes its caller, checked on the way.

A prediction has one entry per row, is a number or a label rather than NaN, leaves its input as it
was, and does not flood the output. A model that breaks this is faulty whatever is required of it.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pytest_mlreqs.core.measurement import DeclarationError, Fault, Undecided, counted, described
from pytest_mlreqs.models.frames import take

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
        except BaseException as error:
            blame(error, name)
            raise

    return predict


def blame(error: BaseException, name: str) -> None:
    """Blame an exception that left a call into a subject on the subject, if it is to blame.

    It is for all of them: pytest's own `skip` and asyncio's cancellation are no `Exception`. Not so
    what an adapter has said already, and Ctrl-C, which only the first thread is told of.

    Raises:
        Fault: `name` has raised it; its type, message and place.
    """
    if isinstance(error, (Fault, DeclarationError, Undecided)):
        return
    first = threading.current_thread() is threading.main_thread()
    if not (first and isinstance(error, KeyboardInterrupt)):
        raise Fault(f"{name} raised {described(error)}") from error


def probe(
    call: Callable[[Any], Any], name: str, X: Any, *, turned: bool = False
) -> np.ndarray[Any, Any]:
    """Call once and hold the model to its contract.

    Args:
        call: the predicting method; takes what `X` is.
        name: how the method is called in messages.
        X: a frame or array of n rows, which are not the user's own: the model may change them.
        turned: whether an answer of n rows and n columns is looked at twice, as it may have its
            rows where its columns should be.

    Returns:
        The output as an array whose first axis has n entries.

    Raises:
        DeclarationError: it answers with a column for each row.
        Fault: it raised, changed its input, wrote a megabyte, or returned a wrong length or NaN.
    """
    state, before = _state(X), _written()
    rows = len(X)
    output = guarded(call, name)(X)
    written = _written() - before
    if written >= MAX_OUTPUT_BYTES:
        raise Fault(
            f"{name} wrote {written / 1e6:.1f} MB of output in one call on {counted(rows, 'row')}"
        )
    changed = _changed(state, _state(X))
    if changed is not None:
        raise Fault(f"{name} changed its input: {changed}; let it work on a copy")
    answer = checked(output, name, rows)
    if turned and answer.ndim >= 2 and rows > 1 and answer.shape[1] == rows:
        fewer = _shape(guarded(call, name)(take(X, range(rows - 1))))
        if fewer[:1] != (rows - 1,) and fewer[1:2] == (rows - 1,):
            raise _sideways(name, fewer[0], rows - 1)
    return answer


def _shape(output: Any) -> tuple[int, ...]:
    import numpy as np

    return np.shape(_dense(output))


def _sideways(name: str, length: int, rows: int) -> DeclarationError:
    """What to say of answers that have a column for each row, such as curves of survival."""
    return DeclarationError(
        f"{name} answers with {length} rows and {rows} columns for {rows} rows of X: one column "
        "each; give a function that turns it: lambda X: np.asarray(model." + name + "(X)).T"
    )


def checked(output: Any, name: str, rows: int) -> np.ndarray[Any, Any]:
    """`output` as an array with one entry per row and no NaN.

    Several arrays, one per target, become the columns of one.

    Raises:
        DeclarationError: there is a column for each row.
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
        array = _array(_dense(output), rows)
    except Exception as error:  # what a tensor that needs its gradient raises is its own affair
        raise Fault(f"{name} returned something that is no array: {error}") from error
    if array.ndim == 0:
        raise Fault(f"{name} returned one {type(output).__name__} for {counted(rows, 'row')}")
    if len(array) != rows and array.ndim == 2 and array.shape[1] == rows > 1:
        raise _sideways(name, len(array), rows)
    if len(array) != rows:
        raise Fault(
            f"{name} returned {counted(len(array), 'prediction')} for {counted(rows, 'row')}"
        )
    missing = pd.isna(array)
    bad = np.flatnonzero(missing.reshape(rows, -1).any(axis=1)) if rows else np.array([], int)
    if len(bad):
        where = ", ".join(map(str, bad[:5])) + (", ..." if len(bad) > 5 else "")
        raise Fault(f"{name} returned NaN for {len(bad)} of {rows} rows (row {where})")
    return array


def _array(output: Any, rows: int) -> np.ndarray[Any, Any]:
    """An array; of answers of different lengths, such as lists of labels, each as one object.

    Where numbers stand beside words, they stay numbers.
    """
    import numpy as np

    try:
        array = np.asarray(output)
        mixed = isinstance(output, list) and array.ndim == 2 and array.dtype.kind == "U"
        return np.array(output, dtype=object) if mixed else array
    except ValueError:  # NumPy has no array of parts of different lengths
        if not isinstance(output, (list, tuple)) or len(output) != rows:
            raise
        whole = np.empty(rows, dtype=object)
        whole[:] = [_plain(one) for one in output]
        return whole


def _plain(part: Any) -> Any:
    """A part of an answer so that equal ones are equal: sequences as tuples."""
    part = part.tolist() if hasattr(part, "tolist") else part
    return tuple(map(_plain, part)) if isinstance(part, (list, tuple)) else part


def _dense(output: Any) -> Any:
    """A sparse matrix filled up, a tensor without its gradient and from wherever it lies."""
    if hasattr(output, "toarray"):
        return output.toarray()
    return output.detach().cpu() if hasattr(output, "detach") else output


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
        return {"its columns are": X.columns, **_polars(X)}
    return {}


def _polars(X: Any) -> dict[str, Any]:
    """Of objects it says that none is equal to itself: these by their text."""
    objects = {
        name: tuple(map(repr, X[name].to_list()))
        for name, dtype in X.schema.items()
        if str(dtype) == "Object"
    }
    return {
        "its values are": X.drop(list(objects)).clone(),
        **{f"column {name!r} is": texts for name, texts in objects.items()},
    }


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
