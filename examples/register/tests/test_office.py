"""What the team tests itself; it passes for both offices."""

import pandas as pd
import pytest
from register import careless, office

ANN = {
    "Name": "Doe, Mrs. Ann", "Ticket": "1", "Pclass": 1, "Fare": 80.0, "SibSp": 0, "Parch": 0,
    "Survived": 1,
}  # fmt: skip


@pytest.mark.parametrize("service", [office, careless])
def test_a_passenger_comes_and_goes(service, tmp_path, monkeypatch):
    """Whoever signs up is in the register, and whoever is forgotten can be forgotten only once."""
    monkeypatch.setenv("REGISTER_HOME", str(tmp_path))
    service.open_office()
    number = service.sign_up(ANN)
    service.rebuild()
    X, _ = service.training()
    assert number in set(pd.read_sql("SELECT * FROM passengers", office.connect())["PassengerId"])
    service.forget(number)
    assert len(service.load().predict(X)) == len(X)
