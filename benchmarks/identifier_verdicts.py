"""How often a column of numbers that describe rows is taken for an identifier, and what is found.

    python benchmarks/identifier_verdicts.py [--columns 20000]

Each column is drawn anew: incomes (exact, and rounded by some people), prices (with the usual
endings), counts, numbers spread evenly over any span, distances, postal codes (in runs, towns of
any size; as numbers, padded text and with letters), times (of visits that come in waves and bursts,
in seconds and milliseconds, as dates written in digits), years (drawn, and one row for each). They
have 30 to 10,000 rows. Prints how many were accused, how many are undecided (what may be years or
times), and the upper end of the 95 % interval of the share accused.

Then the same for identifiers: row numbers, serial numbers with gaps, shuffled, as text and with a
prefix, hexadecimal codes, and the serial numbers of a sample: one row of so many in a larger table.
"""

from __future__ import annotations

import argparse
import collections
import os
import time
from collections.abc import Callable

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
import pandas as pd
from scipy.stats import beta

from pytest_mlreqs.measures.tables.identifiers import identifier

Column = Callable[[np.random.Generator, int], object]
SIZES = (30, 100, 300, 1_000, 3_000, 10_000)


def incomes(r: np.random.Generator, rows: int) -> np.ndarray:
    """Log-normal, to the unit."""
    return np.round(r.lognormal(r.uniform(8, 12), r.uniform(0.2, 1.2), rows))


def rounded_incomes(r: np.random.Generator, rows: int) -> np.ndarray:
    """The same, rounded by most people to ten, a hundred or a thousand."""
    unit = r.choice([1, 10, 100, 1_000], rows, p=[0.4, 0.2, 0.2, 0.2])
    return np.round(incomes(r, rows) / unit) * unit


def prices(r: np.random.Generator, rows: int) -> np.ndarray:
    """In cents, most of which end in 99, 95, 50 or 00."""
    whole = np.floor(r.lognormal(r.uniform(2, 8), r.uniform(0.5, 1.5), rows))
    return 100 * whole + r.choice([99, 95, 50, 0, *range(7, 100, 13)], rows)


def counts(r: np.random.Generator, rows: int) -> np.ndarray:
    """Poisson around a log-normal mean."""
    return r.poisson(np.minimum(r.lognormal(r.uniform(4, 12), r.uniform(0.1, 1.5), rows), 1e12))


def even(r: np.random.Generator, rows: int) -> np.ndarray:
    """Any number of a span of 5 to 1,000 times as many as there are rows."""
    return r.integers(0, int(rows * 10 ** r.uniform(0.7, 3)), rows)


def lumps(r: np.random.Generator, rows: int) -> np.ndarray:
    """Distances from a few places: dense here, sparse there."""
    near = r.uniform(0, 10 ** r.uniform(4, 8), 20)
    return np.round(near[r.integers(0, 20, rows)] + r.normal(size=rows) * 10 ** r.uniform(1, 5))


def towns(r: np.random.Generator, rows: int) -> np.ndarray:
    """Postal codes: 2,000 runs of up to 40 codes, each run as populous as a town."""
    start = np.sort(r.choice(99_000, 2_000, replace=False))
    length = r.integers(1, 40, 2_000)
    people = r.pareto(1.1, 2_000) + 1
    town = r.choice(2_000, rows, p=people / people.sum())
    return start[town] + r.integers(0, length[town])


def padded_towns(r: np.random.Generator, rows: int) -> list[str]:
    """As text of five digits."""
    return [f"{code:05d}" for code in towns(r, rows)]


def lettered_towns(r: np.random.Generator, rows: int) -> list[str]:
    """As in Britain, without a blank."""
    letters = np.array(list("ABCDEFGHJKLMNPRSTUWY"))
    parts = (r.choice(letters, rows), r.choice(letters, rows), r.integers(1, 30, rows),
             r.integers(0, 10, rows), r.choice(letters, rows), r.choice(letters, rows))  # fmt: skip
    return [f"{a}{b}{c}{d}{e}{f}" for a, b, c, d, e, f in zip(*parts, strict=True)]


def visits(r: np.random.Generator, rows: int) -> np.ndarray:
    """Times in seconds: any day, more at noon than at night, and half of them in bursts."""
    days = 10 ** r.uniform(0, 3.5)
    noon = np.clip(r.normal(0.5, 0.15, rows), 0, 1)
    times = 1_700_000_000 + 86_400 * (np.floor(r.uniform(0, days, rows)) + noon)
    burst = r.random(rows) < 0.5
    times[burst] = times[r.integers(0, rows, burst.sum())] + r.exponential(30, burst.sum())
    return np.floor(times)


def elapsed(r: np.random.Generator, rows: int) -> np.ndarray:
    """Milliseconds since the first visit."""
    times = 1_000 * visits(r, rows) + r.integers(0, 1_000, rows)
    return times - times.min()


def written_dates(r: np.random.Generator, rows: int) -> np.ndarray:
    """A day for each row, as 20301231."""
    days = pd.date_range("2000-01-01", periods=rows) if rows < 9_000 else visits(r, rows) * 10**9
    return pd.to_datetime(pd.Series(days)).dt.strftime("%Y%m%d").astype(int).to_numpy()


def years(r: np.random.Generator, rows: int) -> np.ndarray:
    """Any year, recent ones more often."""
    return np.maximum(2026 - np.floor(r.exponential(r.uniform(3, 300), rows)), 1)


def each_year(r: np.random.Generator, rows: int) -> np.ndarray:
    """A row for each year."""
    return 1600 + np.arange(min(rows, 400)) + r.integers(0, 20)


DESCRIBE: tuple[Column, ...] = (
    incomes, rounded_incomes, prices, counts, even, lumps, towns, padded_towns, lettered_towns,
    visits, elapsed, written_dates, years, each_year,
)  # fmt: skip


def gaps(r: np.random.Generator, rows: int) -> np.ndarray:
    """Serial numbers of which a third was deleted."""
    return np.flatnonzero(r.random(rows * 3 // 2 + 20) > 1 / 3)[:rows]


def sample(every: int) -> Column:
    """The serial numbers of a sample: one row of so many."""
    return lambda r, rows: r.choice(rows * every, rows, replace=False)


IDENTIFY: dict[str, Column] = {
    "row numbers": lambda r, rows: np.arange(rows) + r.integers(0, 9) * 3_000,
    "serial numbers with gaps": gaps,
    "shuffled": lambda r, rows: r.permutation(rows),
    "in tens": lambda r, rows: 10 * r.permutation(rows),
    "as text after a prefix": lambda r, rows: [f"ID-{n}" for n in gaps(r, rows)],
    "hexadecimal, 8 digits": lambda r, rows: [f"{n:08x}" for n in r.integers(0, 2**32, rows)],
    **{f"one row of {every}": sample(every) for every in (3, 10, 30, 100, 300)},
}


def main() -> None:
    """Draw, look and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--columns", type=int, default=20_000)
    columns = parser.parse_args().columns
    start = time.perf_counter()
    accused: collections.Counter[str] = collections.Counter()
    undecided: collections.Counter[str] = collections.Counter()
    for seed in range(columns):
        kind = DESCRIBE[seed % len(DESCRIBE)]
        r = np.random.default_rng(seed)
        rows = SIZES[seed // len(DESCRIBE) % len(SIZES)]
        found = identifier(pd.Series(kind(r, rows)))
        accused[kind.__name__] += found is not None and not found.or_else
        undecided[kind.__name__] += found is not None and bool(found.or_else)
    print(f"columns that describe ({time.perf_counter() - start:.0f} s)")
    for kind in DESCRIBE:
        name = kind.__name__
        each = columns // len(DESCRIBE)
        print(f"    {name:16} {accused[name]} of {each} accused, {undecided[name]} undecided")
    total = accused.total()
    bound = beta.ppf(0.95, total + 1, columns - total)
    print(f"    {'all':16} {total} of {columns} accused; at most {bound:.4%} (95 %)")
    print("identifiers found, of 50 columns, by rows")
    for name, drawn in IDENTIFY.items():
        told = []
        for rows in (20, *SIZES):
            found = sum(
                identifier(pd.Series(drawn(np.random.default_rng(seed), rows))) is not None
                for seed in range(50)
            )
            told.append(f"{rows}: {found}")
        print(f"    {name:25} {', '.join(told)}")


if __name__ == "__main__":
    main()
