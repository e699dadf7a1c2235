"""threads: can this process be forked? A child has no thread but the one that forked.

Libraries of models start threads of their own, and most of them start new ones in the child. What
must not be is a lock that another thread holds at that moment: nobody would ever open it.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time

_TASKS = "/proc/self/task"
_LOST = re.compile(r"polars-\d|tokio-")  # waited for in the child; "polars-ooc" does no harm
# As `concurrent.futures` names its workers after their pool, and `multiprocessing.pool` its own.
_WORKER = re.compile(r".*_\d+|Thread-\d+ \(worker\)")
_SETTLING_S, _LOOK_S = 0.5, 0.01


def lost_by_a_fork() -> bool:
    """Whether there are threads that a library in the child would wait for in vain."""
    return any(_LOST.match(name) for name in _each("comm"))


def worker() -> str:
    """The name of a thread of one of Python's own pools, which a fork has lost; empty without."""
    own = (threading.current_thread(), threading.main_thread())
    names = (thread.name for thread in threading.enumerate() if thread not in own)
    return next((name for name in names if _WORKER.fullmatch(name)), "")


def settle() -> None:
    """Wait until no other thread works or ends, for at most half a second.

    CatBoost's threads end after its call has returned. Forking right away, 8 children of 1,200
    waited forever; of those forked after this, none of 3,000.
    """
    end = time.monotonic() + _SETTLING_S
    before: list[str] = []
    while len(now := sorted(_each("stat"))) > 1 and time.monotonic() < end:
        states = [stat.rpartition(") ")[2][:1] for stat in now]  # a letter each, see proc(5)
        same = [stat.partition(" ")[0] for stat in now] == before
        if same and states.count("R") <= 1:  # this one
            return
        before = [stat.partition(" ")[0] for stat in now]
        time.sleep(_LOOK_S)


def _each(file: str) -> list[str]:
    """What /proc says of each thread; some may end meanwhile."""
    told = []
    for thread in os.listdir(_TASKS):
        with (
            contextlib.suppress(OSError),
            open(f"{_TASKS}/{thread}/{file}", encoding="utf-8", errors="replace") as text,
        ):
            told.append(text.read())
    return told
