"""workers: the threads of BLAS and OpenMP, which libraries keep in pools of their own."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

_QUIET_S = 0.02  # without work of other threads
_LONGEST_S = 2.0


@contextlib.contextmanager
def limited(threads: int | None) -> Iterator[None]:
    """Let each pool use this number of threads meanwhile; None: as many as it does.

    Pools of libraries that are imported later are left as they are.
    """
    if threads is None:
        yield
        return
    from threadpoolctl import threadpool_limits

    with threadpool_limits(threads):
        _settle()  # OpenBLAS starts its threads anew in a forked process, and they spin at first
        yield


def _settle() -> None:
    """Wait until no other thread of this process works, or for two seconds."""
    until = time.monotonic() + _LONGEST_S
    while time.monotonic() < until:
        before = time.process_time() - time.thread_time()
        time.sleep(_QUIET_S)
        if time.process_time() - time.thread_time() - before < _QUIET_S / 10:
            return


def pools() -> str:
    """The pools and how many threads each uses: `openblas 2, openmp 4`; empty without any."""
    from threadpoolctl import threadpool_info

    return ", ".join(
        sorted({f"{one['internal_api']} {one['num_threads']}" for one in threadpool_info()})
    )


def told(threads: int | None) -> str:
    """What `limited` did, as the end of how something was measured."""
    return "" if threads is None else f"; pools of BLAS and OpenMP limited to {threads}"
