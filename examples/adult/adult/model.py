"""model: income from work, education and age."""

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from adult.data import earns_more, people

NUMBERS = ["age", "education-num", "hours-per-week", "capital-gain", "capital-loss"]
CATEGORIES = ["occupation", "workclass"]


def train(X: pd.DataFrame, y: pd.Series, categories: list[str] = CATEGORIES) -> Pipeline:
    """Fit on the raw people; every column that is not listed above is dropped first."""
    inputs = make_column_transformer(
        (StandardScaler(), NUMBERS), (OneHotEncoder(handle_unknown="ignore"), categories)
    )
    return make_pipeline(inputs, LogisticRegression(max_iter=500)).fit(X, y)


def load() -> Pipeline:
    """The model in service."""
    return train(people(), earns_more())
