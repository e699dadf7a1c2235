"""office: passengers sign up, are scored, and may ask to be forgotten.

Everything lies in one folder, `$REGISTER_HOME`: passengers.db, features.parquet, model.joblib and
office.log.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

PASSENGERS = Path(__file__).parents[2] / "titanic" / "data" / "titanic.csv"
FEATURES = ["Pclass", "Fare", "SibSp", "Parch"]


def home() -> Path:
    """The folder of this office."""
    return Path(os.environ.get("REGISTER_HOME", "var"))


def connect() -> sqlite3.Connection:
    """The database; what is deleted in it is overwritten."""
    connection = sqlite3.connect(home() / "passengers.db")
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def log(line: str) -> None:
    """Write down what happened, and nobody's name."""
    with (home() / "office.log").open("a", encoding="utf-8") as file:
        file.write(f"INFO {line}\n")


def open_office() -> None:
    """Take over the passengers of the Titanic."""
    home().mkdir(parents=True, exist_ok=True)
    columns = ["PassengerId", "Name", "Ticket", *FEATURES, "Survived"]
    people = pd.read_csv(PASSENGERS)[columns].dropna()
    with closing(connect()) as database, database:
        people.to_sql("passengers", database, index=False, if_exists="replace")
        tickets = people[["PassengerId", "Ticket"]]
        tickets.to_sql("bookings", database, index=False, if_exists="replace")
    log(f"opened with {len(people)} passengers")
    rebuild()


def sign_up(passenger: dict) -> int:
    """Add a passenger; returns the number under which he may ask to be forgotten."""
    with closing(connect()) as database, database:
        (last,) = database.execute("SELECT MAX(PassengerId) FROM passengers").fetchone()
        row = {"PassengerId": last + 1, **passenger}
        pd.DataFrame([row]).to_sql("passengers", database, index=False, if_exists="append")
        ticket = (row["PassengerId"], row["Ticket"])
        database.execute("INSERT INTO bookings VALUES (?, ?)", ticket)
    log("a passenger signed up")
    return last + 1


def forget(passenger_id: int) -> None:
    """Remove a passenger. The next `rebuild` removes what was made of him."""
    with closing(connect()) as database, database:
        for table in ("passengers", "bookings"):
            database.execute(f"DELETE FROM {table} WHERE PassengerId = ?", (passenger_id,))
    log("a passenger was forgotten")


def rebuild() -> None:
    """Make features and model from who is in the register now."""
    with closing(connect()) as database:
        people = pd.read_sql("SELECT * FROM passengers ORDER BY PassengerId", database)
    people[["Name", *FEATURES, "Survived"]].to_parquet(home() / "features.parquet")
    X, y = training()
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    joblib.dump(model, home() / "model.joblib")


def training() -> tuple[pd.DataFrame, pd.Series]:
    """What the model is trained on."""
    features = pd.read_parquet(home() / "features.parquet")
    return features[FEATURES], features["Survived"]


def load() -> Pipeline:
    """The model in service, which this office has stored itself."""
    return joblib.load(home() / "model.joblib")
