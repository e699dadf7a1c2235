"""pickled: what a pickle says in its own words; it is never loaded, since that runs its code."""

from __future__ import annotations

import pickletools
from collections.abc import Iterator

import numpy as np

from pytest_mlreqs.forgetting.traces.files.mapped import opened
from pytest_mlreqs.forgetting.traces.narrow import in_narrow
from pytest_mlreqs.forgetting.traces.scan import Hit, Scanner

_BATCH = 1 << 16


def in_pickle(data: memoryview, scanner: Scanner, doubts: list[str]) -> Iterator[Hit]:
    """Everybody in the texts, numbers and arrays of a pickle, up to where it can be followed.

    joblib writes arrays between the instructions of a pickle; there it ends, and the raw bytes are
    all that there is.

    Args:
        data: the pickle.
        scanner: of the people.
        doubts: takes why some of it tells of nobody for sure.
    """
    texts: list[str] = []
    numbers: list[float] = []
    try:
        for _, argument, _ in pickletools.genops(opened(data)):
            if isinstance(argument, float):
                numbers.append(argument)
            if isinstance(argument, (str, int, float)):
                texts.append(str(argument))
            elif isinstance(argument, (bytes, bytearray)) and len(argument) % 4 == 0:
                yield from in_narrow(np.frombuffer(argument, dtype="<f4"), scanner, doubts)
            if len(texts) >= _BATCH:
                yield from scanner.hits("\n".join(texts).encode("utf-8", "replace"))
                texts.clear()
    except Exception:  # noqa: S110  # whatever a broken or interleaved one leads to
        pass
    yield from scanner.hits("\n".join(texts).encode("utf-8", "replace"))
    yield from in_narrow(np.array(numbers), scanner, doubts)
