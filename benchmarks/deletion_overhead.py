"""What `deletion` costs without retraining, on stores of about 200 MB, in all and by step.

    python benchmarks/deletion_overhead.py [--megabytes N]

Half of it is a database of SQLite, a quarter a file of parquet and a quarter one of csv; the
project rebuilds nothing, so that all the time is the check's own; seconds are those of the
processor, as a busy machine has others. The goal is 10 seconds.
"""

from __future__ import annotations

import argparse
import collections
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pytest_mlreqs.forgetting.rehearsal import ids, residue, stores, undo
from pytest_mlreqs.forgetting.rehearsal.sandbox import Sandbox
from pytest_mlreqs.forgetting.traces.persons import Person
from pytest_mlreqs.requirements.deletion import Deletion

STORES = ("var/app.db", "var/events.parquet", "var/users.csv")
ROW_BYTES = {"var/app.db": 115, "var/events.parquet": 27, "var/users.csv": 54}  # about
GOAL_S = 10.0

_spent: collections.Counter[str] = collections.Counter()


def table(rows: int, seed: int) -> pd.DataFrame:
    """Users as a shop has them: ids, names, numbers, a day and a category."""
    draw = np.random.default_rng(seed)
    days = np.datetime64("2020-01-01") + draw.integers(0, 1_500, rows)
    return pd.DataFrame(
        {
            "id": np.arange(rows),
            "name": [f"user {number:08x}" for number in draw.integers(0, 2**32, rows)],
            "spent": draw.gamma(2, 40, rows),
            "visits": draw.poisson(9, rows),
            "day": days.astype(str),
            "plan": draw.choice(["free", "plus", "team"], rows),
        }
    )


def laid_out(megabytes: float) -> None:
    """The stores, in the working directory."""
    Path("var").mkdir()
    sizes = zip(STORES, (megabytes / 2, megabytes / 4, megabytes / 4), strict=True)
    for number, (name, size) in enumerate(sizes):
        users = table(int(size * 1e6 / ROW_BYTES[name]), number)
        if name.endswith(".db"):
            notes = [f"asked for a quote, and was called back {n % 9} times" for n in users["id"]]
            with closing(sqlite3.connect(name)) as database:
                users.assign(note=notes).to_sql("users", database, index=False, chunksize=100_000)
        elif name.endswith(".parquet"):
            users.to_parquet(name)
        else:
            users.to_csv(name, index=False)


def plant(person: Person) -> None:
    """Write a person to the database and to the csv file, and to the parquet file with the last."""
    row = (person.id, person.name, 1.5, 2, "2024-01-01", "free")
    with closing(sqlite3.connect("var/app.db")) as database, database:
        database.execute("INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, 'none')", row)
    with Path("var/users.csv").open("a") as file:
        file.write(",".join(map(str, row)) + "\n")
    if person.number == 0:
        users = pd.read_parquet("var/events.parquet")
        users.loc[len(users)] = list(row)
        users.to_parquet("var/events.parquet")


def delete(identity: int) -> None:
    """Remove a person from all three."""
    with closing(sqlite3.connect("var/app.db")) as database, database:
        database.execute("DELETE FROM users WHERE id = ?", (identity,))
    lines = Path("var/users.csv").read_text().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f"{identity},")]
    Path("var/users.csv").write_text("".join(kept))
    users = pd.read_parquet("var/events.parquet", filters=[("id", "==", identity)])
    if len(users):
        users = pd.read_parquet("var/events.parquet")
        users[users["id"] != identity].reset_index(drop=True).to_parquet("var/events.parquet")


def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The same, with its time counted under a name; the name of a store is added."""

    @wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        start = time.process_time()
        try:
            return function(*arguments, **options)
        finally:
            known = [one for one in STORES if str(arguments[:1]).count(Path(one).name)]
            label = f"{name} {known[0]}" if known else name
            _spent[label] += time.process_time() - start

    return call


def main() -> None:
    """Lay out the stores, check them, and print where the time went."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=float, default=200)
    megabytes = parser.parse_args().megabytes
    Sandbox.__enter__ = timed("copy", Sandbox.__enter__)  # type: ignore[method-assign]
    Sandbox.__exit__ = timed("clean up", Sandbox.__exit__)  # type: ignore[method-assign]
    stores.content = timed("hash", stores.content)
    stores.search = timed("search", stores.search)
    undo.held = timed("compare", undo.held)
    ids.held = timed("ids", ids.held)
    residue.residue = timed("residue", residue.residue)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        laid_out(megabytes)
        size = sum(os.path.getsize(one) for one in STORES) / 1e6
        requirement = Deletion(stores=STORES)
        harm = timed("the project's own", plant), timed("the project's own", delete)
        start, start_wall = time.process_time(), time.perf_counter()
        found = list(requirement.check(*harm, lambda: None))
        total, wall = time.process_time() - start, time.perf_counter() - start_wall
        os.chdir("/")
    own = _spent.pop("the project's own")
    for name, seconds in _spent.most_common():
        print(f"{seconds:7.2f} s  {name}")
    for one in found:
        if not one.ok:
            print("NOT AS IT SHOULD BE:", one.text)
    told = f"{size:.0f} MB ({wall:.1f} s by the clock, with the project's own)"
    print(f"{total - own:7.2f} s  in all, for {told}; the goal is {GOAL_S:g} s")


if __name__ == "__main__":
    main()
