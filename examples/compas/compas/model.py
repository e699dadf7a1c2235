"""model: five columns of criminal record in a logistic regression."""

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from compas.data import RECORD, charged_again, defendants


def train(X: pd.DataFrame, y: pd.Series) -> Pipeline:
    """Fit on the record alone; age and the vendor's score are dropped first."""
    inputs = make_column_transformer(
        (StandardScaler(), RECORD[:-1]), (OneHotEncoder(handle_unknown="ignore"), RECORD[-1:])
    )
    return make_pipeline(inputs, LogisticRegression()).fit(X, y)


def load() -> Pipeline:
    """The model that could replace the vendor's."""
    return train(defendants(), charged_again())
