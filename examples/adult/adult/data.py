"""data: the inputs, what they are never to be judged by, and the target."""

from pathlib import Path

import pandas as pd

FILE = Path(__file__).parents[1] / "data" / "adult.csv.gz"
PROTECTED = ["race", "gender"]


def census() -> pd.DataFrame:
    """All columns of all 32,561 people."""
    return pd.read_csv(FILE, index_col=0, skipinitialspace=True)


def people() -> pd.DataFrame:
    """What a model may be given: 11 columns, and none of them is race or gender."""
    return census().drop(columns=[*PROTECTED, "income"])


def protected() -> pd.DataFrame:
    """Race and gender, in the order of `people`."""
    return census()[PROTECTED]


def earns_more() -> pd.Series:
    """1 for an income above 50,000 dollars, else 0; in the order of `people`."""
    return (census()["income"] == ">50K").astype(int)
