"""native: what boosters keep outside of Python, in their libraries' own words.

Their trees are read from the documented forms: UBJSON of XGBoost, text of LightGBM.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Parts = Iterator[tuple[str, Any]]

_SPLITS = b"split_conditions[$d#L"  # an array of big-endian float32; its length, 8 bytes, follows


def parts(model: Any) -> Parts | None:
    """What a booster is made of, each with the end of its path; None for what is no booster."""
    for cls in type(model).__mro__:
        known = _KNOWN.get((cls.__module__.partition(".")[0], cls.__name__))
        if known is not None:
            return known(model)
    return None


def _xgboost(booster: Any) -> Parts:
    raw = bytes(booster.save_raw("ubj"))
    yield ".save_raw()", raw
    found = []
    start = raw.find(_SPLITS)
    while start >= 0:
        start += len(_SPLITS)
        length = int.from_bytes(raw[start : start + 8], "big")
        found.append(np.frombuffer(raw, ">f4", length, start + 8))
        start = raw.find(_SPLITS, start + 8 + 4 * length)
    if found:
        yield ".split_conditions", np.concatenate(found).astype("f4")


def _lightgbm(booster: Any) -> Parts:
    text = booster.model_to_string(num_iteration=-1)
    yield ".model_to_string()", text
    thresholds = [
        line.partition("=")[2] for line in text.splitlines() if line.startswith("threshold=")
    ]
    yield ".threshold", np.array(" ".join(thresholds).split(), dtype=float)
    infos = next((line for line in text.splitlines() if line.startswith("feature_infos=")), "")
    ends = [
        end for one in infos.split() if ":" in one for end in one.rpartition("[")[2][:-1].split(":")
    ]
    yield ".feature_infos", np.array([end for end in ends if _number(end)], dtype=float)


def _catboost(model: Any) -> Parts:
    state = model.__reduce_ex__(4)[2]
    for name, part in state.items():
        yield f".__getstate__()[{name!r}]", part
    if model.is_fitted():
        for feature, borders in model.get_borders().items():
            yield f".get_borders()[{feature}]", np.asarray(borders, dtype=float)


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


_KNOWN = {
    ("xgboost", "Booster"): _xgboost,
    ("lightgbm", "Booster"): _lightgbm,
    ("catboost", "CatBoost"): _catboost,
}
