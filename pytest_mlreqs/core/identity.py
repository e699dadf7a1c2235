"""identity: what programs know a measurement by, whatever words people read."""

from __future__ import annotations

import re
from typing import Literal, TypedDict

from pytest_mlreqs.core.plain import Plain

Direction = Literal["", "at_most", "at_least", "within", "none"]


class Identity(TypedDict, total=False):
    """What a kind says of a measurement for programs, as `Measurement` has it."""

    id: str
    of: str
    option: str


def identified(name: str, id: str = "", of: str = "") -> tuple[str, str]:
    """What was measured, and of what; taken from the name (`p95 of predict`) without an `id`.

    Raises:
        ValueError: the `id` has other characters than a-z, 0-9 and _.
    """
    if not id:
        what, _, rest = name.partition(" of ")
        return re.sub(r"[^a-z0-9]+", "_", what.lower()).strip("_") or "value", of or rest
    if not re.fullmatch(r"[a-z0-9_]+", id):
        raise ValueError(f"the id of a measurement has a-z, 0-9 and _ only, not {id!r}")
    return id, of


def direction_of(value: Plain, limit: Plain, *, ok: bool | None) -> Direction:
    """On which side of a limit a value has to be, where the verdict on it tells."""
    if limit is None:
        return ""
    if isinstance(limit, list):
        return "within" if limit else "at_most"
    if isinstance(value, (int, float)) and isinstance(limit, (int, float)) and value != limit:
        return "at_least" if ok is not None and ok is (value > limit) else "at_most"
    return "at_most"
