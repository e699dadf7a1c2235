"""sites: which lines of code had allocated what was in use at the peak of a call.

Memray (https://bloomberg.github.io/memray) knows of every allocation, native ones included. A call
takes several times as long under it, so it is asked only about a call that took too much.
"""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytest_mlreqs.core import temporary
from pytest_mlreqs.measures.memory.origin import FRAMES, lines

EXTRA = "for the lines that allocate it, pip install pytest-mlreqs[memray]"


def available() -> bool:
    """Whether memray is installed."""
    return importlib.util.find_spec("memray") is not None


def at_peak(call: Callable[[Any], Any], given: Any) -> list[tuple[str, int]]:
    """Call once more; lines and bytes that they had in use at the peak, see `origin.lines`.

    None are known where somebody else lets memray look at this process.
    """
    import memray

    with tempfile.TemporaryDirectory(dir=temporary.folder()) as folder:
        file = Path(folder, "allocations")
        try:
            with memray.Tracker(file):
                call(given)
        except RuntimeError:  # only one tracker can be active
            return []
        with memray.FileReader(file) as reader:
            records = reader.get_high_watermark_allocation_records(merge_threads=True)
            seen = [(one.stack_trace(max_stacks=FRAMES), one.size) for one in records]
    return lines(([(at[1], at[2]) for at in stack], size) for stack, size in seen)
