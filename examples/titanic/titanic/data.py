"""data: the passengers and whether they survived."""

from pathlib import Path

import pandas as pd

FILE = Path(__file__).parents[1] / "data" / "titanic.csv"


def passengers() -> pd.DataFrame:
    """What is known of a passenger before the sinking: 1,309 rows, 11 columns."""
    return pd.read_csv(FILE).drop(columns="Survived")


def survived() -> pd.Series:
    """1 for those who survived, else 0; in the order of `passengers`."""
    return pd.read_csv(FILE)["Survived"]
