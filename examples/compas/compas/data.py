"""data: the inputs, what they are never to be judged by, the vendor's score and the target."""

from pathlib import Path

import pandas as pd

FILE = Path(__file__).parents[1] / "data" / "compas.csv"
RECORD = [
    "juv_fel_count",
    "juv_misd_count",
    "juv_other_count",
    "priors_count",
    "c_charge_degree",
]
PROTECTED = ["race", "sex"]


def defendants() -> pd.DataFrame:
    """Age, criminal record and charge of 7,214 defendants, and the vendor's score of them."""
    return pd.read_csv(FILE)[["id", "age", *RECORD, "decile_score"]]


def protected() -> pd.DataFrame:
    """Race and sex, and the `id` of the defendant that they are of."""
    return pd.read_csv(FILE)[["id", *PROTECTED]]


def charged_again() -> pd.Series:
    """1 for those who were charged again within two years; in the order of `defendants`."""
    return pd.read_csv(FILE)["two_year_recid"]
