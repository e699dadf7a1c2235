"""plain: values that JSON knows, and text that can be printed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Union

Plain = Union[  # noqa: UP007  (`|` takes no quoted name before Python 3.14)
    None, bool, int, float, str, list["Plain"], dict[str, "Plain"]
]


def legible(text: str) -> str:
    """`text` with what cannot be printed escaped; most of it no XML and no UTF-8 file can hold."""
    if text.isprintable():
        return text
    kept = (
        c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text
    )
    return "".join(kept)


def plain(value: Any) -> Plain:
    """`value` as JSON types: NumPy unpacked, sets sorted, whatever else there is as text."""
    if value is None or type(value) in (bool, float):
        known: Plain = value
        return known
    if type(value) is str:
        return legible(value)
    if type(value) is int:  # what no float holds can neither be written out nor sent
        return value if value.bit_length() <= 1024 else math.copysign(math.inf, value > 0 or -1)
    if hasattr(value, "tolist"):  # NumPy scalars and arrays, without importing NumPy
        unpacked: Any = value.tolist()  # a longdouble stays what it is
        return float(value) if type(unpacked) is type(value) else plain(unpacked)
    if isinstance(value, Mapping):
        return {legible(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, AbstractSet):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [plain(item) for item in value]
    for base in (bool, int, float):
        if isinstance(value, base):
            return plain(base(value))
    return legible(str(value))
