"""How fast people are searched for in raw bytes, next to ripgrep and grep with one word.

Writes a log of so many megabytes and as many of float64, which are harder, reads each once so that
it is in memory, and searches it by turns; prints medians of the ratios. Processor time is compared,
since others may use the machine, too.

    python benchmarks/scan_speed.py [megabytes] [rounds] [people]
"""

from __future__ import annotations

import importlib.util
import mmap
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.scan import Scanner

VALUES = 6  # recorded numbers of each person


def write_log(path: Path, megabytes: int) -> None:
    """A log of numbers, addresses and words."""
    source = random.Random(0)
    with path.open("w") as file:
        while file.tell() < megabytes * 1_000_000:
            lines = (
                f"{source.randrange(10**9)},user{source.getrandbits(32):08x}@example.org,"
                f"{source.random():.6f},GET /item/{source.randrange(977)},mozilla\n"
                for _ in range(10_000)
            )
            file.write("".join(lines))


def write_numbers(path: Path, megabytes: int) -> None:
    """Numbers as NumPy stores them."""
    np.random.default_rng(0).normal(size=megabytes * 125_000).tofile(path)


def precise(work: Callable[[], object]) -> float:
    """Processor seconds of this process alone; the kernel counts them finely."""
    before = time.process_time()
    work()
    return time.process_time() - before


def child(command: list[str]) -> float:
    """Processor seconds of another program."""
    null = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    _, _, usage = os.wait4(os.posix_spawnp(command[0], command, os.environ, file_actions=[null]), 0)
    return usage.ru_utime + usage.ru_stime


def main(megabytes: int, rounds: int, count: int) -> None:
    """Measure and print."""
    people = People.mint(count, seed=1, alike=True)
    for one in people:
        for number in range(VALUES):
            one.value(str(number))
    print(f"{megabytes:,} MB, {count:,} people, {VALUES} values each; {rounds} rounds")
    with tempfile.TemporaryDirectory() as folder:
        for name, write in (("log", write_log), ("float64", write_numbers)):
            path = Path(folder) / name
            write(path, megabytes)
            compare(path, people, rounds)


def compare(path: Path, people: People, rounds: int) -> None:
    """Search one file in every way by turns."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        word = people.mark

        def search(scanner: Scanner) -> Callable[[], float]:
            return lambda: precise(lambda: sum(1 for _ in scanner.hits(data)))

        arms: dict[str, Callable[[], float]] = {}
        if shutil.which("rg"):
            arms["ripgrep"] = lambda: child(["rg", "-F", "-a", "-c", word, str(path)])
        arms["grep"] = lambda: child(["env", "LC_ALL=C", "grep", "-F", "-a", "-c", word, str(path)])
        arms["one bytes.find"] = lambda: precise(lambda: data.find(word.encode()))
        arms["all spellings, numpy"] = search(Scanner(people, fast=False))
        if importlib.util.find_spec("ahocorasick_rs"):
            arms["all spellings, ahocorasick_rs"] = search(Scanner(people, fast=True))
        seen: dict[str, list[float]] = {name: [] for name in arms}
        for _ in range(rounds):
            for name in random.sample(list(arms), len(arms)):
                seen[name].append(max(arms[name](), 1e-9))
        size = len(data)
    base = "ripgrep" if "ripgrep" in arms else "grep"
    for name, times in seen.items():
        ratios = [own / other for own, other in zip(seen[base], times, strict=True)]
        rate = size / statistics.median(times) / 1e9
        told = f"{rate:6.2f} GB/s  {statistics.median(ratios):5.2f} x {base}"
        print(f"{path.name:8} {name:30} {told}")


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    main(*(given + [300, 9, 16][len(given) :]))
