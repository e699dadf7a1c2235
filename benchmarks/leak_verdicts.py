"""How many leaks of a kilobyte a call are found, and how often models without one are accused.

    python benchmarks/leak_verdicts.py [--runs N] [--leaks N] [--estimators N] [--processes N]

Gradient boosting, a neural network, nearest neighbours and a text pipeline, none of which the
floors were chosen by, and all estimators of scikit-learn that fit numbers as they come. Each of
the first keeps a kilobyte of every call, of one of six sorts (one of them is a page), or nothing,
or what is no leak: a buffer of a fixed size, or that is emptied now and then, one answer. Prints
how often the alarm was raised, which takes 120 calls, how often it was believed, and after how many
calls.
"""

from __future__ import annotations

import argparse
import collections
import ctypes
import itertools
import mmap
import multiprocessing
import os
import statistics
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.utils import all_estimators
from subjects import MODELS, fitted, numbers

from pytest_mlreqs.measures.memory import growth, windows

WARMUP = 70
LIBRARY = ctypes.CDLL(None)
LIBRARY.malloc.restype = ctypes.c_void_p
Run = tuple[str, str]


def page() -> Any:
    """4 KiB that no allocator but the system knows of, as of a library that brings its own."""
    made = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    made[0] = 1
    return made


LEAKS: dict[str, Callable[[], Any]] = {
    "bytes": lambda: bytes(1_024),
    "an array": lambda: np.ones(128),
    "small objects": lambda: [bytes(95) for _ in range(8)],
    "malloc in C": lambda: LIBRARY.malloc(1_024),
    "Arrow's pool": lambda: pa.array([b"1" * 1_024]),
    "pages of its own": page,
}
KEPT = {"nothing": 0, "a buffer of 32": 32, "the last answer": 1, "until there are 300": 0}
SAW = 300


def keeping(predict: Callable[[Any], Any], run: Run) -> Callable[[Any], Any]:
    """A call that keeps something."""
    kept: Any = []
    saw: list[bytes] = []
    if run[1] in KEPT:
        kept = collections.deque(maxlen=KEPT[run[1]])

    def call(given: Any) -> Any:
        answer = predict(given)
        kept.append(LEAKS[run[1]]() if run[1] in LEAKS else answer)
        if run[1].startswith("until"):
            saw.append(bytes(1_024))
            if len(saw) == SAW:
                saw.clear()
        return answer

    return call


def held(run: Run) -> tuple[Run, growth.Growth, float]:
    """What was found, and seconds of processor time."""
    model, X = fitted(*MODELS[run[0]])
    call = keeping(model.predict, run)
    start = time.process_time()
    seen = growth.hold(call, growth.inputs_of(X, 1), 0, warmup=WARMUP, max_seconds=120)
    took = time.process_time() - start
    return run, seen, took


def report(title: str, found: Iterable[tuple[Run, growth.Growth, float]]) -> None:
    """One line for each model and sort, and one for all."""
    by_case: dict[Run, list[tuple[growth.Growth, float]]] = collections.defaultdict(list)
    for case, seen, took in found:
        by_case[case].append((seen, took))
    print(title)
    everything = [one for runs in by_case.values() for one in runs]
    for case, runs in [*sorted(by_case.items()), (("all", ""), everything)]:
        answers = collections.Counter(seen.ok for seen, _ in runs)
        alarms = sum(len(seen.medians) > 1 for seen, _ in runs)
        told = f"{alarms:3} alarms in {len(runs)} runs"
        told += f", {answers[False]} accused, {answers[None]} undecided"
        told += f", {statistics.median(seen.calls for seen, _ in runs):.0f} calls at the median"
        told += f", {statistics.median(took for _, took in runs):.2f} s of CPU"
        first = [seen.medians[0] for seen, _ in runs if seen.medians]
        told += f"; at most {max(one.bytes for one in first):.0f} bytes"
        told += f", {max(one.private for one in first):.0f} of private memory"
        told += f" and {max(one.blocks for one in first):.1f} small objects a call at first"
        print(f"  {case[0]:22}{case[1]:18}{told}")
        for why in {seen.why for seen, _ in runs if seen.ok is None and case[0] != "all"}:
            print(f"      undecided: {why}")
    alarm = WARMUP + windows.WINDOWS * growth.ROUNDS[0]
    print(f"  the alarm is raised after {alarm} calls, and the rest confirms it")


def estimators() -> Iterator[Run]:
    """All of scikit-learn's, by name, and given frames or arrays."""
    for (name, _), kind in itertools.product(all_estimators(), ("a frame", "an array")):
        yield name, kind


def held_with_defaults(run: Run) -> tuple[Run, growth.Growth, float] | None:
    """What was found of an estimator as it comes; None where it does not take the numbers."""
    warnings.simplefilter("ignore")
    frame = numbers(rows=400).abs()
    X = frame if run[1] == "a frame" else frame.to_numpy()
    try:
        model = dict(all_estimators())[run[0]]().fit(X, frame["a"] > frame["b"])
        call = model.predict if hasattr(model, "predict") else model.transform
        call(X[:1])
    except Exception:  # whatever an estimator raises that is made for other data
        return None
    start = time.process_time()
    seen = growth.hold(call, growth.inputs_of(X, 1), 0, warmup=WARMUP, max_seconds=120)
    return ("all of scikit-learn", run[1]), seen, time.process_time() - start


def plan(kinds: Iterable[str], runs: int) -> Iterator[Run]:
    """So many runs over all models and kinds in turn."""
    return itertools.islice(itertools.cycle(itertools.product(MODELS, kinds)), runs)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=60, help="of models without a leak")
    parser.add_argument("--leaks", type=int, default=20, help="runs of models with one")
    parser.add_argument("--estimators", type=int, default=60, help="of scikit-learn, 400 for all")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    given = parser.parse_args()
    with multiprocessing.Pool(given.processes, maxtasksperchild=5) as pool:
        for title, kinds, runs in (("no leak", KEPT, given.runs), ("a leak", LEAKS, given.leaks)):
            report(title, pool.imap_unordered(held, plan(kinds, runs)))
        some = itertools.islice(estimators(), given.estimators)
        tried = pool.imap_unordered(held_with_defaults, some)
        report("no leak, as it comes", (one for one in tried if one is not None))


if __name__ == "__main__":
    main()
