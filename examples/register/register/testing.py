"""testing: how a synthetic passenger comes into the register: by its own front door."""

from register import careless, office


def passenger(person) -> dict:
    """A passenger nobody else resembles, on a ticket with a short number, as some had."""
    return {
        "Name": f"{person.name}, Mr. John",
        "Ticket": "3470",
        "Pclass": 3,
        "Fare": person.value("Fare", 300, 500),
        "SibSp": 6,
        "Parch": 5,
        "Survived": 1,
    }


def plant(person) -> int:
    """Sign up, and say under which number."""
    return office.sign_up(passenger(person))


def plant_carelessly(person) -> int:
    """Sign up with the twin."""
    return careless.sign_up(passenger(person))
