"""How often honest tables are said to share rows, and copies are found, in one column and several.

    python benchmarks/shared_verdicts.py [--runs 300]

Each run draws 1,800 rows and splits them, 600 for the test. Then a tenth of the test rows are put
into the training rows as well, as they are or as a file may have written them (dates and numbers as
text, numbers with three decimals, times of a zone), and, in another run, a fifth of all records
stand twice before the split. Prints how many runs are violated, undecided and satisfied.
"""

from __future__ import annotations

import argparse
import collections
import os
from collections.abc import Callable

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
import pandas as pd

from pytest_mlreqs.measures.tables.twins import twins

ROWS, TEST = 1_800, 600
Table = Callable[[np.random.Generator], pd.DataFrame]


def one(draw: Callable[[np.random.Generator], object]) -> Table:
    """A table of one column."""
    return lambda r: pd.DataFrame({"a": draw(r)})


def several(r: np.random.Generator) -> pd.DataFrame:
    """A measurement, a price, a category and a day."""
    return pd.DataFrame(
        {
            "size": r.normal(size=ROWS) * 100,
            "price": np.round(r.lognormal(3, 1, ROWS), 2),
            "kind": r.choice(list("abc"), ROWS),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(r.integers(0, 900, ROWS), "D"),
        }
    )


def categories(r: np.random.Generator) -> pd.DataFrame:
    """Four categories and an age, that depend on each other."""
    common = r.normal(size=ROWS)
    columns = {f"c{k}": np.floor((common + r.normal(size=ROWS)) * k) for k in (1, 1.5, 2, 3)}
    return pd.DataFrame(columns).assign(age=np.round(40 + 10 * common))


TABLES: dict[str, Table] = {
    "texts": one(lambda r: [f"text {n} of some words" for n in r.permutation(ROWS)]),
    "words, by Zipf": one(lambda r: r.zipf(1.3, ROWS)),
    "rarer words": one(lambda r: r.zipf(1.1, ROWS)),
    "five categories": one(lambda r: r.choice(list("abcde"), ROWS)),
    "one of 600 numbers": one(lambda r: r.integers(0, 600, ROWS)),
    "one of 10,000 numbers": one(lambda r: r.integers(0, 10_000, ROWS)),
    "prices": one(lambda r: np.round(r.lognormal(3, 1, ROWS), 1)),
    "measurements": one(lambda r: r.normal(size=ROWS)),
    "several columns": several,
    "several categories": categories,
}


def written(frame: pd.DataFrame) -> pd.DataFrame:
    """As a file of texts may have it, with three decimals."""
    made = {}
    for name, values in frame.items():
        made[name] = values
        if values.dtype.kind == "f":
            made[name] = values.map("{:.3f}".format)
        elif values.dtype.kind == "M":
            made[name] = values.dt.tz_localize("UTC").astype(str)
        elif values.dtype.kind == "i":
            made[name] = values.astype(str)
    return pd.DataFrame(made)


def split(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Test and training rows."""
    return frame[:TEST], frame[TEST:]


def leaking(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A tenth of the test rows are training rows, too."""
    return frame[:TEST], pd.concat([frame[: TEST // 10], frame[TEST:]])


def rewritten(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same, through a file."""
    test, train = leaking(frame)
    return test, written(train)


def repeated(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A fifth of the records stand twice."""
    twice = pd.concat([frame, frame[: ROWS // 5]]).sample(frac=1, random_state=0)
    return twice[:TEST], twice[TEST:]


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=300)
    runs = parser.parse_args().runs
    for way in (split, leaking, rewritten, repeated):
        print((way.__doc__ or "").strip())
        for name, table in TABLES.items():
            told: collections.Counter[bool | None] = collections.Counter()
            for seed in range(runs if way is split else runs // 10):
                told[twins(*way(table(np.random.default_rng(seed)))).within(0)] += 1
            counts = [told[ok] for ok in (False, None, True)]
            print("    {:22} {} violated, {} undecided, {} satisfied".format(name, *counts))


if __name__ == "__main__":
    main()
