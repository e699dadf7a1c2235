"""tensors: a PyTorch module, or what else asks for tensors, gets one where a frame does not fit.

Nothing here imports torch: what was made with it has imported it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.models.frames import opened


def fitting(call: Callable[[Any], Any], model: Any) -> Callable[[Any], Any]:
    """`call`, which is given its rows as they are or, where it answers only that, as a tensor.

    Once one of both is answered, it stays so. A module is called without gradients. It stays in
    the mode that it is in: `eval()` is for its owner to call.

    Args:
        call: a method of the model, or itself.
        model: anything.
    """
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "nn"):
        return call
    module = isinstance(model, torch.nn.Module)
    fits: list[bool] = []  # whether rows as they are do, once that is known

    def answer(X: Any) -> Any:
        if fits == [False]:
            return asked(X)
        try:
            if not module:
                output = call(X)
            else:
                with torch.no_grad():
                    output = call(X)
        except Exception as error:
            if fits or not (module or _wanted(error, X, torch)):
                raise
            try:
                output = asked(X)
            except DeclarationError:
                raise
            except Exception as other:
                raise (other if module else error) from error
            fits[:] = [False]
            return output
        fits[:] = [True]
        return output

    def asked(X: Any) -> Any:
        given = _tensor(X, model, torch) if not isinstance(X, torch.Tensor) else X
        with torch.no_grad():
            return call(given)

    answer.__wrapped__ = call  # type: ignore[attr-defined]  # whose name it has in messages
    return answer


def _wanted(error: Exception, X: Any, torch: Any) -> bool:
    """Whether what was raised says that rows were given where a tensor was wanted."""
    if isinstance(error, AttributeError) and error.name and error.obj is X:
        return hasattr(torch.Tensor, error.name)
    return isinstance(error, TypeError) and "tensor" in str(error).lower()


def _tensor(X: Any, model: Any, torch: Any) -> Any:
    """The rows as one tensor of numbers, of the kind and at the place of the model's own.

    Raises:
        DeclarationError: some columns are no numbers.
    """
    import numpy as np
    import pandas as pd

    parameters = getattr(model, "parameters", None)
    own = [one for one in parameters() if one.is_floating_point()] if callable(parameters) else []
    kind, device = (own[0].dtype, own[0].device) if own else (torch.float32, None)
    rows = opened(X)
    if rows is None:
        return torch.tensor(np.array(X), dtype=kind, device=device)
    frame = rows.frame
    other = [
        str(name) for name, dtype in zip(frame.columns, frame.dtypes, strict=True)
        if not pd.api.types.is_numeric_dtype(dtype) or dtype.kind == "c"
    ]  # fmt: skip
    if other:
        raise DeclarationError(
            f"the model ({type(model).__name__}) takes tensors, and these columns of X are no "
            f"numbers: {', '.join(other[:5])}{', ...' if len(other) > 5 else ''}; give a function "
            "of the rows that prepares them and calls it"
        )
    numbers = np.column_stack(
        [frame.iloc[:, at].to_numpy(dtype=float, na_value=np.nan) for at in range(frame.shape[1])]
    )
    return torch.tensor(numbers, dtype=kind, device=device)
