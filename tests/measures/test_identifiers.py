"""Tests of pytest_mlreqs.measures.identifiers."""

import uuid

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.measures.identifiers import identifier

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
    "padded": [f"{n:08d}" for n in NUMBERS],
    "mail": [f"someone{n}@mail.org" for n in NUMBERS],
    "category": pd.Categorical([f"C-{n:07d}" for n in NUMBERS]),
}

NONE = {
    "floats": GENERATOR.normal(size=400),
    "ages": GENERATOR.integers(0, 90, 400),
    "counts": np.round(GENERATOR.lognormal(7, 1, 400)),
    "wide counts": GENERATOR.integers(0, 10**9, 400),
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
    assert identifier(pd.Series(IDENTIFIERS[name]))


@pytest.mark.parametrize("name", NONE)
def test_no_identifiers(name):
    """Measurements, groups, times, names and other text are none."""
    assert identifier(pd.Series(NONE[name])) == ""


def test_words():
    """It is said what makes an identifier, without any of its values."""
    assert identifier(pd.Series(range(1000, 1400))) == (
        "400 different whole numbers in 400 rows, 399 of them followed by the next one"
    )
    assert identifier(pd.Series(IDENTIFIERS["prefix"])) == "400 different codes in 400 rows"


@pytest.mark.parametrize("width", [300, 3_000, 30_000, 300_000])
def test_drawn_at_random(width):
    """Whole numbers drawn at random are never taken for identifiers, however dense."""
    for seed in range(100):
        drawn = np.random.default_rng(seed).integers(0, width, 300)
        assert identifier(pd.Series(drawn)) == ""
