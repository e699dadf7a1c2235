"""Tests of pytest_mlreqs.measures.tables.identifiers."""

import uuid

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.measures.tables.identifiers import identifier

GENERATOR = np.random.default_rng(0)
NUMBERS = GENERATOR.choice(10**7, 400, replace=False)

IDENTIFIERS = {
    "row number": np.arange(400),
    "shuffled": GENERATOR.permutation(400) + 17,
    "floats": np.arange(400.0),
    "one in five": GENERATOR.choice(2000, 400, replace=False),
    "gaps": np.where(np.arange(400) % 2, np.arange(400), np.nan),
    "in tens": np.arange(400) * 10,
    "text numbers": [str(n) for n in range(400)],
    "nullable": pd.array([*range(390), *[None] * 10], dtype="Int64"),
    "nearly": [*range(395), 0, 1, 2, 3, 4],
    "uuid": [str(uuid.UUID(int=int(n) ** 5)) for n in NUMBERS],
    "uuid objects": [uuid.UUID(int=int(n) ** 5) for n in NUMBERS],
    "hash": [f"{int(n) ** 3:040x}" for n in NUMBERS],
    "prefix": [f"C-{n:07d}" for n in NUMBERS],
    "padded": [f"{n:010d}" for n in NUMBERS],
    "padded serial": [f"{n:05d}" for n in range(400)],
    "prefixed serial": [f"A-{n}" for n in range(400)],
    "serial with gaps": np.arange(1200)[GENERATOR.random(1200) > 0.5][:400],
    "one far off": [*range(399), 10**9],
    "hexadecimal": [f"{int(n) * 400 % 2**32:08x}" for n in NUMBERS],
    "short hexadecimal": [f"{int(n) % 2**24:06x}" for n in NUMBERS],
    "social security": [f"{n % 899:03d}-{n % 89 + 10}-{n % 8999 + 1000}" for n in NUMBERS],
    "mail": [f"someone{n}@mail.org" for n in NUMBERS],
    "category": pd.Categorical([f"C-{n:07d}" for n in NUMBERS]),
}

NONE = {
    "floats": GENERATOR.normal(size=400),
    "ages": GENERATOR.integers(0, 90, 400),
    "counts": np.round(GENERATOR.lognormal(7, 1, 400)),
    "wide counts": GENERATOR.integers(0, 10**9, 400),
    "dense counts": GENERATOR.integers(0, 4000, 400),
    "incomes": np.round(np.random.default_rng(1).lognormal(10, 0.5, 3000)),
    "postal codes": [f"{n:05d}" for n in GENERATOR.integers(501, 99951, 400)],
    "long postal codes": [f"{n % 99951:05d}-{n % 9999:04d}" for n in NUMBERS],
    "british postal codes": [f"SW{n % 20 + 1}{n % 7}{chr(65 + n % 26)}{chr(65 + n // 26 % 26)}"
                             for n in NUMBERS],
    "codes of letters and digits": [f"AB{n % 10**5:05d}" for n in NUMBERS],
    "amounts": [f"USD{n / 100:.2f}" for n in NUMBERS],
    "dates in digits": pd.date_range("2020-01-01", periods=400).strftime("%Y%m%d").astype(int),
    "minutes in digits": pd.date_range("2020-01-01", periods=400, freq="min")
                         .strftime("%Y%m%d%H%M").astype(int),
    "named months": pd.date_range("2020-01-01", periods=400).strftime("%d-%b-%Y"),
    "complex": np.arange(400) + 1j,
    "salaries": 10 * np.round(GENERATOR.normal(5000, 1500, 400)),
    "groups": np.arange(400) // 2,
    "times": pd.date_range("2020-01-01", periods=400, freq="h"),
    "durations": pd.to_timedelta(np.arange(400), "h"),
    "text dates": pd.date_range("2020-01-01", periods=400).strftime("%Y-%m-%dT%H:%M"),
    "names": [f"Braund, Mr. Owen {n}" for n in range(400)],
    "surnames": ["Smith" + chr(97 + n // 26) + chr(97 + n % 26) for n in range(400)],
    "text floats": [f"{n / 7:.4f}" for n in range(400)],
    "units": [f"{n / 7:.2f}kg" for n in range(400)],
    "large": NUMBERS * 1e12,
    "tickets": [f"PC {n}" for n in range(400)],
    "formulas": [f"C{n}H{n + 2}(O)" for n in range(400)],
    "addresses": [f"https://site.org/{n}" for n in range(400)],
    "codes of groups": [f"C-{n // 2}" for n in range(400)],
    "bools": [True, False] * 200,
    "few": list(range(15)),
    "few codes": [f"C-{n}" for n in range(15)],
    "constant": [7] * 400,
    "empty": [None] * 400,
    "infinite": [*range(399), np.inf],
    "lists": [[n] for n in range(400)],
}  # fmt: skip


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_identifiers(name):
    """Numbers counted through and codes are identifiers, in any order and type."""
    found = identifier(pd.Series(IDENTIFIERS[name]))
    assert found is not None
    assert found.or_else == ""


@pytest.mark.parametrize("name", NONE)
def test_no_identifiers(name):
    """Measurements, groups, times, names and other text are none."""
    assert identifier(pd.Series(NONE[name])) is None


@pytest.mark.parametrize(
    ("values", "or_else"),
    [
        (np.arange(1900, 2020), "years"),
        (1_700_000_000 + np.arange(300), "times in seconds since 1970"),
        (1_700_000_000_000 + 60_000 * np.arange(300), "times in milliseconds since 1970"),
        (1_700_000_000_000_000 + np.arange(300), "times in microseconds since 1970"),
        (np.arange(1900, 2300), ""),
    ],
)
def test_what_may_be_times(values, or_else):
    """Whole numbers that are counted through where years and times lie may be these."""
    found = identifier(pd.Series(values))
    assert found is not None
    assert found.or_else == or_else


def test_words():
    """It is said what makes an identifier, without any of its values."""
    assert identifier(pd.Series(range(1000, 1400))).why == (
        "400 different whole numbers in 400 rows, 399 of them followed by the next one"
    )
    assert identifier(pd.Series(range(5000, 7000, 5)) + np.arange(400) % 2).why == (
        "400 different whole numbers in 400 rows, in a span of 999"
    )
    assert identifier(pd.Series(IDENTIFIERS["prefix"])).why == "400 different codes in 400 rows"


@pytest.mark.parametrize(("rows", "found"), [(19, False), (20, True)])
def test_row_numbers_of_few_rows(rows, found):
    """Row numbers of twenty rows are told, fewer are not."""
    assert (identifier(pd.Series(np.arange(rows))) is not None) is found


@pytest.mark.parametrize(("larger", "found"), [(40_000, False), (30_000, True)])
def test_serial_numbers_of_a_sample(larger, found):
    """Of n serial numbers of a larger table it is told that they are none of chance up to n²/30."""
    sample = np.random.default_rng(0).choice(larger, 1_000, replace=False)
    assert (identifier(pd.Series(sample)) is not None) is found


@pytest.mark.parametrize(("rows", "width"), [(300, 300), (300, 3_000), (300, 300_000),
                                             (10_000, 200_000), (2_000, 40_000)])  # fmt: skip
def test_drawn_at_random(rows, width):
    """Whole numbers drawn at random are never taken for identifiers, however dense or sparse."""
    for seed in range(50):
        drawn = np.random.default_rng(seed).integers(0, width, rows)
        assert identifier(pd.Series(drawn)) is None
