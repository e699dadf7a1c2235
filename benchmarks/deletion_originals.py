"""What it costs that no original is ever changed, with a view of the project and without one.

    python benchmarks/deletion_originals.py [--megabytes N] [--runs N]

A database of SQLite and a file of csv, half of the megabytes each; the functions do next to
nothing. Timed are entering mounts of one's own, showing a view, putting the originals aside,
comparing them by sizes and times, comparing them in full, and a whole check in its child in either
way. Seconds of single steps are those of the processor, as a busy machine has others; those of a
whole child are those of the clock. The median of the runs.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from pytest_mlreqs.core.isolation import run_apart
from pytest_mlreqs.forgetting.rehearsal import mounts
from pytest_mlreqs.forgetting.rehearsal.originals import Originals
from pytest_mlreqs.requirements.deletion import Deletion

ENTERED: list[float] = []  # seconds, in the child
STORES = ("var/app.db", "var/users.csv")


def laid_out(megabytes: float) -> None:
    """The stores, in the working directory."""
    Path("var").mkdir()
    line = "user,1970-01-01,free,asked for a quote and was called back\n"
    with Path("var/users.csv").open("w") as file:
        file.write(line * int(megabytes * 5e5 / len(line)))
    with closing(sqlite3.connect("var/app.db")) as database, database:
        database.execute("CREATE TABLE users (name TEXT)")
        rows = ((f"{number}{line}",) for number in range(int(megabytes * 5e5 / len(line))))
        database.executemany("INSERT INTO users VALUES (?)", rows)


def plant(person: Any) -> Any:
    """A user."""
    with closing(sqlite3.connect("var/app.db")) as database, database:
        database.execute("INSERT INTO users VALUES (?)", (person.name,))
    return person.name


def delete(name: str) -> None:
    """Remove a user."""
    with closing(sqlite3.connect("var/app.db")) as database, database:
        database.execute("DELETE FROM users WHERE name = ?", (name,))


def timed(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Seconds of the processor, or of another clock."""
    start = clock()
    work()
    return clock() - start


def steps(folder: Path) -> Iterator[tuple[str, float]]:
    """Each step by itself, in a process with mounts of its own."""
    scratch, aside = folder / "scratch", folder / "aside"
    yield "enter mounts of one's own", ENTERED.pop()
    scratch.mkdir()
    aside.mkdir()
    if mounts.available():
        view = mounts.View([Path(os.path.realpath("."))], scratch)
        yield "show a view, and end it", timed(lambda: (view.mount(), view.close()))
    start = time.process_time()
    originals = Originals.of([Path(one) for one in STORES], aside)
    yield "put the originals aside", time.process_time() - start
    yield "compare sizes and times", timed(lambda: originals.changes(whole=False))
    yield "compare all content", timed(lambda: originals.changes(whole=True))


def checked(prepare: Callable[[], object]) -> tuple[float, bool]:
    """Seconds of a whole check in its child, and whether it was satisfied where it should be."""
    requirement = Deletion(stores=STORES, expect_empty=("users.csv",))
    start = time.perf_counter()
    outcome = run_apart(
        lambda: requirement.check(plant, delete, lambda: None),
        timeout_s=600,
        max_memory_mib=4096,
        prepare=prepare,
    )
    passed = [one.ok for one in outcome.values]
    return time.perf_counter() - start, bool(passed) and all(passed)


def main() -> None:
    """Time each of them, and print the medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=float, default=200)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "project").mkdir()
        os.chdir(Path(name) / "project")
        laid_out(options.megabytes)
        for run in range(options.runs):
            folder = Path(name) / str(run)
            folder.mkdir()
            nothing = ("a child that does nothing", lambda: None, list)
            entered = ("the same with mounts of its own", mounts.enter, list)
            for what, prepare, work in (nothing, entered):
                took = timed(
                    lambda prepare=prepare, work=work: run_apart(  # type: ignore[misc]
                        work, timeout_s=60, max_memory_mib=4096, prepare=prepare
                    ),
                    time.perf_counter,
                )
                seconds.setdefault(what, []).append(took)
            outcome = run_apart(
                lambda folder=folder: steps(folder),  # type: ignore[misc]
                timeout_s=600,
                max_memory_mib=4096,
                prepare=lambda: ENTERED.append(timed(mounts.enter)),
            )
            for what, took in outcome.values:
                seconds.setdefault(what, []).append(took)
            for what, prepare in (("in a view", mounts.enter), ("without one", lambda: None)):
                took, passed = checked(prepare)
                seconds.setdefault(f"a whole check {what}", []).append(took)
                if not passed:
                    print("NOT AS IT SHOULD BE:", what)
        os.chdir("/")
    for what, times in seconds.items():
        print(f"{1e3 * statistics.median(times):10.2f} ms  {what}")


if __name__ == "__main__":
    main()
