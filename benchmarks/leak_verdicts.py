"""How many leaks of a kilobyte a call are found, and how often models without one are accused.

    python benchmarks/leak_verdicts.py [--runs N] [--leaks N] [--processes N]

Gradient boosting, a neural network, nearest neighbours and a text pipeline, none of which the
floors were chosen by. Each keeps a kilobyte of every call, of one of four sorts, or nothing, or
what is no leak: a buffer of a fixed size, one answer. Prints how many were found, after how many
calls the alarm was raised and after how many it was believed.
"""

from __future__ import annotations

import argparse
import collections
import ctypes
import itertools
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from subjects import MODELS, fitted

from pytest_mlreqs.measures import growth

WARMUP = 70
LIBRARY = ctypes.CDLL(None)
LIBRARY.malloc.restype = ctypes.c_void_p
Run = tuple[str, str]

LEAKS: dict[str, Callable[[], Any]] = {
    "bytes": lambda: bytes(1_024),
    "an array": lambda: np.ones(128),
    "small objects": lambda: [bytes(95) for _ in range(8)],
    "malloc in C": lambda: LIBRARY.malloc(1_024),
}
KEPT = {"nothing": 0, "a buffer of 32": 32, "the last answer": 1}


def keeping(predict: Callable[[Any], Any], run: Run) -> Callable[[Any], Any]:
    """A call that keeps something."""
    kept: Any = []
    if run[1] in KEPT:
        kept = collections.deque(maxlen=KEPT[run[1]])

    def call(given: Any) -> Any:
        answer = predict(given)
        kept.append(LEAKS[run[1]]() if run[1] in LEAKS else answer)
        return answer

    return call


def held(run: Run) -> tuple[Run, bool | None, str, int, int, float]:
    """The verdict, why, the calls until the alarm and until the verdict, and seconds."""
    model, X = fitted(*MODELS[run[0]])
    call = keeping(model.predict, run)
    start = time.process_time()
    seen = growth.hold(call, growth.inputs_of(X, 1), 0, warmup=WARMUP, max_seconds=120)
    took = time.process_time() - start
    alarm = WARMUP + growth.WINDOWS * growth.ROUNDS[0]
    return run, seen.ok, seen.why, alarm, seen.calls, took


def report(title: str, seen: Iterable[Any], *, leaking: bool) -> None:
    """One line for each model and sort, and one for all."""
    by_case: dict[Run, list[Any]] = collections.defaultdict(list)
    for one in seen:
        by_case[one[0]].append(one)
    print(title)
    everything = [one for runs in by_case.values() for one in runs]
    for case, runs in [*sorted(by_case.items()), (("all", ""), everything)]:
        answers = collections.Counter(one[1] for one in runs)
        calls = [one[4] for one in runs]
        told = f"{answers[False]:3} of {len(runs)} accused, {answers[None]} undecided"
        told += f", {statistics.median(calls):.0f} calls at the median"
        told += f", {statistics.median(one[5] for one in runs):.2f} s of CPU"
        print(f"  {case[0]:22}{case[1]:18}{told}")
        for why in {one[2] for one in runs if one[1] is None and case[0] != "all"}:
            print(f"      undecided: {why}")
    if leaking:
        print(f"  the alarm is raised after {everything[0][3]} calls, and the rest confirms it")


def plan(kinds: Iterable[str], runs: int) -> Iterator[Run]:
    """So many runs over all models and kinds in turn."""
    return itertools.islice(itertools.cycle(itertools.product(MODELS, kinds)), runs)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=60, help="of models without a leak")
    parser.add_argument("--leaks", type=int, default=20, help="runs of models with one")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    given = parser.parse_args()
    with multiprocessing.Pool(given.processes, maxtasksperchild=5) as pool:
        for title, kinds, runs in (("no leak", KEPT, given.runs), ("a leak", LEAKS, given.leaks)):
            seen = pool.imap_unordered(held, plan(kinds, runs))
            report(title, seen, leaking=kinds is LEAKS)


if __name__ == "__main__":
    main()
