"""Processes that keep the cores busy while something is measured."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_WORK = """
import sys, time
share = float(sys.argv[1])
while True:
    start = time.perf_counter()
    while time.perf_counter() - start < 0.01 * share:
        sum(range(1_000))
    time.sleep(0.01 * (1 - share))
"""


@contextmanager
def hogs(count: int, share: float = 1.0) -> Iterator[None]:
    """So many processes, each of which works for this share of the time."""
    command = [sys.executable, "-c", _WORK, str(share)]
    started = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield
    finally:
        for one in started:
            one.kill()
        for one in started:
            one.wait()
