"""numbers: what a text writes of numbers that had 32 bits, as NumPy and pandas write float32."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

_SAMPLE = 1 << 16  # bytes by which a text is told to have such numbers
_MOST = 1 << 28  # bytes that are gone through
_FEW = 0.5  # of the numbers with a fraction: with less, they are of 64 bits or rounded
_NUMBER = re.compile(rb"(?<![\w.])-?\d+\.\d{4,}(?:e[-+]?\d+)?(?![\w.])")


def narrow_numbers(data: memoryview) -> np.ndarray[Any, Any] | str | None:
    """The numbers of a text as float32, in their order; None where they were not of 32 bits.

    Where there are too many to be looked at, it is said why they are not.
    """
    middle = max(0, len(data) // 2 - _SAMPLE // 2)
    samples = [bytes(data[:_SAMPLE]), bytes(data[middle : middle + _SAMPLE])]
    if not any(_are_narrow(_NUMBER.findall(sample)) for sample in samples):
        return None
    if len(data) > _MOST:
        return f"numbers of 32 bits in more than {_MOST >> 20} MiB of text are not looked at"
    with np.errstate(over="ignore"):
        return np.array([*map(float, _NUMBER.findall(data))], dtype=np.float32)


def _are_narrow(written: list[bytes]) -> bool:
    """Whether numbers are written as float32 are: no shorter and no longer."""
    if not written:
        return False
    told = 0
    for text in written:
        value = float(text)
        with np.errstate(over="ignore"):
            single = np.float32(value)
        short = float(str(single)) == value
        told += float(single) == value or (
            short and len(text.lstrip(b"-0.").replace(b".", b"")) > 6
        )
    return told >= _FEW * len(written)
