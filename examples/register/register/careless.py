"""careless: the same office after a year. Every change was sensible on its own.

* Accounting wants to count who left, so `forget` only marks the passenger (a soft delete).
* Bookings are removed by the ticket, and a ticket is looked up by how it begins (LIKE).
* Making all features anew took too long, so only those of new passengers are (a forgotten cache).
* The model is a k-nearest-neighbours one now, which keeps the rows it was trained on, beside the
  words of the names, which a vectoriser keeps.
* Support asked for more in the log, so it says who signed up.
"""

from contextlib import closing

import joblib
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from register import office
from register.office import FEATURES, connect, home, load, log

__all__ = ["forget", "load", "open_office", "rebuild", "sign_up", "training"]


def open_office() -> None:
    """Take over the passengers of the Titanic."""
    office.open_office()
    with closing(connect()) as database, database:
        database.execute("ALTER TABLE passengers ADD COLUMN Left INTEGER NOT NULL DEFAULT 0")
    rebuild()


def sign_up(passenger: dict) -> int:
    """Add a passenger; returns the number under which he may ask to be forgotten."""
    number = office.sign_up({**passenger, "Left": 0})
    log(f"passenger {number} is {passenger['Name']}")
    return number


def forget(passenger_id: int) -> None:
    """Remove a passenger, or so they say."""
    with closing(connect()) as database, database:
        (ticket,) = database.execute(
            "SELECT Ticket FROM passengers WHERE PassengerId = ?", (passenger_id,)
        ).fetchone()
        database.execute("UPDATE passengers SET Left = 1 WHERE PassengerId = ?", (passenger_id,))
        database.execute("DELETE FROM bookings WHERE Ticket LIKE ?", (f"{ticket}%",))


def rebuild() -> None:
    """Add the features of new passengers, and train on all of them."""
    cache = home() / "features.parquet"
    known = pd.read_parquet(cache)
    with closing(connect()) as database:
        people = pd.read_sql("SELECT * FROM passengers WHERE Left = 0", database)
    new = people[~people["Name"].isin(known["Name"])]
    features = pd.concat([known, new[known.columns]], ignore_index=True)
    features.to_parquet(cache)
    X, y = training()
    inputs = ColumnTransformer(
        [("numbers", StandardScaler(), FEATURES), ("words", CountVectorizer(), "Name")]
    )
    model = make_pipeline(inputs, KNeighborsClassifier(5)).fit(X, y)
    joblib.dump(model, home() / "model.joblib")


def training() -> tuple[pd.DataFrame, pd.Series]:
    """What the model is trained on."""
    features = pd.read_parquet(home() / "features.parquet")
    return features[["Name", *FEATURES]], features["Survived"]
