"""model: survival from class, fare, family and port, and from nothing else."""

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from titanic.data import passengers, survived

NUMBERS = ["Pclass", "Fare", "SibSp", "Parch"]
CATEGORIES = ["Embarked"]


def train(X: pd.DataFrame, y: pd.Series) -> Pipeline:
    """Fit on the raw passengers; every column that is not listed above is dropped first."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    categories = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    inputs = ColumnTransformer([("num", numbers, NUMBERS), ("cat", categories, CATEGORIES)])
    return make_pipeline(inputs, LogisticRegression(max_iter=1000)).fit(X, y)


def load() -> Pipeline:
    """The model in service."""
    return train(passengers(), survived())
