"""training: fit a model by what the user gave for it, an estimator or a function (X, y)."""

from __future__ import annotations

import contextlib
import copy
import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.models.contract import blame


def fit(train: Any, X: Any, y: Any, seed: int = 0) -> Any:
    """A fitted model; what is open to chance in training is seeded, and put back afterwards.

    The rows are given away: training may change them.

    Raises:
        Fault: training raised, or gave no model.
    """
    with seeded(seed):
        try:
            if not hasattr(train, "fit"):
                model = train(X, y)
            else:
                model = _unfitted(train, seed)
                model = model.fit(X, y) or model
        except BaseException as error:
            blame(error, "train")
            raise
    if model is None:
        raise Fault("train returned None, not a fitted model")
    return model


def _unfitted(train: Any, seed: int) -> Any:
    """A clone of an estimator, itself and its parts seeded."""
    if not hasattr(train, "get_params"):
        return copy.deepcopy(train)
    from sklearn.base import clone

    model = clone(train)
    open_ = [
        name
        for name, value in model.get_params().items()
        if value is None and name.rpartition("__")[2] == "random_state"
    ]
    return model.set_params(**dict.fromkeys(open_, seed))


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """The global generators of Python and NumPy, which `random_state=None` draws from."""
    before, numpy_before = random.getstate(), np.random.get_state()  # noqa: NPY002
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(before)
        np.random.set_state(numpy_before)  # noqa: NPY002
