"""service: the model behind HTTP. `flask --app titanic.service:create run` serves it."""

import pandas as pd
from flask import Flask, request
from sklearn.pipeline import Pipeline

from titanic.data import passengers
from titanic.model import load


def create(model: Pipeline | None = None) -> Flask:
    """The app: POST /predict takes one passenger as JSON and answers how likely he survives."""
    app = Flask("titanic")
    model = model or load()
    types = passengers().dtypes

    @app.post("/predict")
    def predict() -> dict[str, float]:
        told = {k: float("nan") if v is None else v for k, v in request.get_json().items()}
        passenger = pd.DataFrame([told]).astype(types)
        return {"probability": float(model.predict_proba(passenger)[0, 1])}

    return app
