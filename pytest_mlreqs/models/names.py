"""names: the columns of the data against the inputs that a model declares.

LightGBM and skl2onnx write `_` for blanks and the like, so `Marital Status` is `Marital_Status`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence


def same(column: str, name: str) -> bool:
    """Whether a model that declares `name` may mean `column` by it."""
    return column == name or _plain(column) == _plain(name)


def positions(wanted: Sequence[str], columns: Sequence[str]) -> list[int] | None:
    """Where in `columns` each of the `wanted` names is; None if one is missing or in two places."""
    for written in (str, _plain):
        known = [written(column) for column in columns]
        if all(known.count(written(name)) == 1 for name in wanted):
            return [known.index(written(name)) for name in wanted]
    return None


def _plain(name: str) -> str:
    return re.sub(r"\W", "_", name)
