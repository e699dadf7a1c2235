"""cells: values of any type, hashed so that equal ones are equal in every process and run."""

from __future__ import annotations

import datetime
import decimal
import json
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd


def hashed(values: Iterable[object]) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """One number per value. Numbers are equal where 12 of their digits are, whatever their type."""
    spelled = np.array([_spelled(value) for value in values], dtype=object)
    return pd.util.hash_array(spelled, categorize=False)


def _spelled(value: Any) -> str:
    if isinstance(value, str):
        return f"t{value}"
    if value is None:
        return "-"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"b{bytes(value).hex()}"
    if isinstance(value, (bool, int, float, decimal.Decimal)):
        return f"n{_number(value)}"
    if isinstance(value, (dict, list, tuple)):
        return f"j{json.dumps(value, sort_keys=True, default=_spelled)}"
    if isinstance(value, (datetime.date, datetime.time)):
        return f"d{value.isoformat()}"
    return f"o{value}"


def _number(value: float | decimal.Decimal) -> str:
    if not math.isfinite(value):
        return str(float(value))
    whole = int(value)
    return str(whole) if whole == value and abs(whole) < 2**63 else f"{float(value):.12g}"
