"""vendor: a model that nobody here may look into. Its scores were stored, and are all there is."""

import pandas as pd


def score(X: pd.DataFrame) -> pd.Series:
    """The vendor's risk score of each defendant, 1 to 10."""
    return X["decile_score"]
