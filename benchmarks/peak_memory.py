"""How exactly the peak of a call is known, and what that costs, next to memray and tracemalloc.

    python benchmarks/peak_memory.py [--rounds N]

* known allocations, each in a process of its own: error in %, of the median of the rounds;
* the same call once more after an equal one, whose peak must not be inherited nor hide it;
* processor time of a call while it is measured, over that of the same call by itself, and over
  that with the garbage collector at rest, as it is while measured; and the time that a measurement
  takes beside the call.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from pytest_mlreqs.measures.machine.rest import frozen_garbage
from pytest_mlreqs.measures.memory import peak

MIB = 1 << 20
SIZES = (10, 100)
Call = Callable[[Any], Any]


def pieces(mib: int) -> None:
    """Bytes of Python, a megabyte each."""
    _ = [b"x" * MIB for _ in range(mib)]


def small(mib: int) -> None:
    """Small objects of Python: 64 bytes with their headers, and 8 for each in the list."""
    kept: list[object] = [None] * (mib * MIB // (64 + 8))  # one that grows is there twice meanwhile
    for at in range(len(kept)):
        kept[at] = bytes(64 - 33)


def array(mib: int) -> None:
    """An array that is kept to the end."""
    np.ones(mib * MIB // 8)


def temporary(mib: int) -> None:
    """Two arrays of half the size, one of which is only needed on the way."""
    given = np.ones(mib * MIB // 16)
    np.exp(given).sum()


def native(mib: int) -> None:
    """Memory that only C knows of."""
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    taken = ctypes.c_void_p(library.malloc(mib * MIB))
    ctypes.memset(taken, 1, mib * MIB)
    library.free(taken)


ALLOCATIONS = {
    "bytes of Python": pieces,
    "small objects": small,
    "NumPy": array,
    "NumPy, temporary": temporary,
    "malloc in C": native,
}


def by_kernel(call: Call, given: Any) -> float:
    """As the requirement measures it."""
    return peak.resident(call, given)


def by_tracemalloc(call: Call, given: Any) -> float:
    """As tracemalloc does."""
    return peak.traced(call, given)


def by_memray(call: Call, given: Any) -> float:
    """As memray does."""
    import memray

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "told.bin")
        with memray.Tracker(path, native_traces=False):
            call(given)
        with memray.FileReader(path) as reader:
            return float(reader.metadata.peak_memory)


METERS = {"ours": by_kernel, "tracemalloc": by_tracemalloc}
if importlib.util.find_spec("memray"):
    METERS["memray"] = by_memray


def alone(meter: str, allocation: str, mib: int) -> list[float]:
    """MiB that were found in a new process: by a first call, and by an equal one after it."""
    command = [sys.executable, __file__, "--one", meter, allocation, str(mib)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return list(json.loads(done.stdout))


def one(meter: str, allocation: str, mib: int) -> None:
    """What `alone` asks for."""
    measure, call = METERS[meter], ALLOCATIONS[allocation]
    call(1)
    print(json.dumps([measure(call, mib) / MIB for _ in range(2)]))


def errors(rounds: int) -> None:
    """Print how far off each meter is."""
    print("error in % of a known allocation, first call / the same again")
    print(f"{'':28}" + "".join(f"{meter:>18}" for meter in METERS))
    for allocation in ALLOCATIONS:
        for mib in SIZES:
            line = f"{allocation:20}{mib:4} MiB"
            for meter in METERS:
                seen = [alone(meter, allocation, mib) for _ in range(rounds)]
                first, again = (
                    100 * (statistics.median(found) / mib - 1) for found in zip(*seen, strict=True)
                )
                line += f"{first:+10.1f} /{again:+6.1f}"
            print(line)


def workloads() -> dict[str, tuple[Call, Any]]:
    """Calls of one kind each: of many steps, of large arrays, of small objects."""
    from sklearn.neural_network import MLPClassifier
    from subjects import fitted, mixed, numbers, pipeline

    model, X = fitted(pipeline, mixed)
    network, batch = fitted(lambda: MLPClassifier((256, 128), max_iter=3), numbers)
    row, many = X.iloc[:1], batch.loc[batch.index.repeat(20)]
    return {
        "pipeline, 1 row, 100 times": (lambda _: [model.predict(row) for _ in range(100)], None),
        "neural network, 20,000 rows": (network.predict, many),
        "the same 10 times": (lambda _: [network.predict(many) for _ in range(10)], None),
        "texts sorted, 8 times": (
            lambda _: [sorted([str(at)] * 3 for at in range(20_000)) for _ in range(8)],
            None,
        ),
        "300,000 texts": (lambda _: [str(number) for number in range(300_000)], None),
    }


def spent(call: Call, given: Any) -> float:
    """Processor seconds."""
    start = time.process_time()
    call(given)
    return time.process_time() - start


def measured(measure: Callable[[Call, Any], float], call: Call, given: Any) -> tuple[float, float]:
    """Processor seconds of a call while it is measured, and of the measurement beside it."""
    took: list[float] = []
    whole = spent(lambda _: measure(lambda given: took.append(spent(call, given)), given), None)
    return took[0], whole - took[0]


def costs(rounds: int) -> None:
    """Print what measuring does to a call."""
    print("processor time of a call while it is measured, over that of the call by itself")
    print("(over that with the garbage collector at rest; milliseconds beside the call)")
    print(f"{'':28}" + "".join(f"{meter:>22}" for meter in METERS))
    for name, (call, given) in workloads().items():
        seen: dict[str, list[tuple[float, float, float]]] = {meter: [] for meter in METERS}
        spent(call, given)
        for _ in range(rounds):
            for meter, measure in METERS.items():
                alone = spent(call, given)
                with frozen_garbage():
                    gc.collect()
                    at_rest = spent(call, given)
                within, beside = measured(measure, call, given)
                seen[meter].append((within / alone, within / at_rest, 1e3 * beside))
        line = f"{name:28}"
        for meter in METERS:
            factor, harder, beside = map(statistics.median, zip(*seen[meter], strict=True))
            line += f"{factor:8.2f} ({harder:4.2f};{beside:5.1f})"
        print(line)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(given.one[0], given.one[1], int(given.one[2]))
        return
    errors(given.rounds)
    with threadpool_limits(1):  # threads that wait for work take processor time by chance
        costs(5 * given.rounds)


if __name__ == "__main__":
    main()
