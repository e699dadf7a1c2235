"""Who is accused when the time of a check is over, on an idle machine and beside neighbours.

Runs checks that cannot end in their time, some of which hang, and counts the verdicts. Then times
a check that does nothing, against a process that is forked and waited for.

    python benchmarks/time_limits.py [runs] [neighbours] [timeout_s]
"""

from __future__ import annotations

import collections
import multiprocessing
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator

import numpy  # noqa: F401  (what a session with models has loaded)
import sklearn.ensemble  # noqa: F401

from pytest_mlreqs.core.isolation import run_apart
from pytest_mlreqs.models.contract import guarded

lock = threading.Lock()


def burn() -> None:
    """Keep a core busy."""
    while True:
        pass


def waits(_: object) -> None:
    """Hang in a lock."""
    with lock, lock:
        pass


def spins(_: object) -> None:
    """Hang at work."""
    burn()


def sleeps(seconds: float, work: int = 0) -> Callable[[object], object]:
    """A model that takes its time, of which it works a part."""
    return lambda _: (time.sleep(seconds), sum(range(work)))


SUBJECTS: dict[str, tuple[Callable[[object], object] | None, bool]] = {
    "hangs in a lock": (waits, False),
    "hangs at work": (spins, False),
    "calls of 15 ms, asleep": (sleeps(0.015), True),
    "calls of 1 ms, at work": (sleeps(0, 30_000), True),
    "calls of a quarter of the time": (None, True),
}


def verdicts(
    call: Callable[[object], object], runs: int, timeout_s: float, *, again: bool
) -> dict[str, int]:
    """How often which verdict came about."""
    model = guarded(call, "predict")

    def work() -> Iterator[int]:
        yield 1
        model(None)
        while again:
            model(None)

    found: collections.Counter[str] = collections.Counter()
    for _ in range(runs):
        outcome = run_apart(work, timeout_s=timeout_s, max_memory_mib=1000)
        found["violated" if outcome.fault else "undecided" if outcome.limit else "other"] += 1
    return dict(found)


def cost(runs: int = 40) -> list[float]:
    """Milliseconds of a check that does nothing, and of a process that does."""
    checks: list[float] = []
    processes: list[float] = []
    for _ in range(runs):
        start = time.perf_counter()
        run_apart(lambda: [1], timeout_s=60, max_memory_mib=1000)
        checks.append(time.perf_counter() - start)
        start = time.perf_counter()
        pid = os.fork()
        if not pid:
            os._exit(0)
        os.waitpid(pid, 0)
        processes.append(time.perf_counter() - start)
    return [1e3 * statistics.median(each) for each in (checks, processes)]


def main(runs: int = 5, neighbours: int = 0, timeout_s: float = 2.0) -> None:
    """Print all of it."""
    others = [multiprocessing.Process(target=burn, daemon=True) for _ in range(neighbours)]
    for other in others:
        other.start()
    print(f"{neighbours} neighbours, time limit {timeout_s:g} s, {runs} runs of each")
    for name, (call, again) in SUBJECTS.items():
        found = verdicts(call or sleeps(timeout_s / 4), runs, timeout_s, again=again)
        print(f"  {name:32} {found}", flush=True)
    print("  a check that does nothing {:.0f} ms; a forked process {:.0f} ms".format(*cost()))
    for other in others:
        other.kill()


if __name__ == "__main__":
    main(*(kind(word) for kind, word in zip((int, int, float), sys.argv[1:], strict=False)))
