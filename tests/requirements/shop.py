"""A tiny shop with a database and what is made of it, to rehearse deletions in."""

import inspect
import sqlite3
from contextlib import closing
from pathlib import Path

from pytest_mlreqs.requirements.deletion import Deletion

FOLDER = "var"
STORES = ("var/app.db", "var/features.csv")


class Shop:
    """What a project does, in its working directory; tests replace what goes wrong."""

    folder = Path(FOLDER)
    secure = True

    def __init__(self):
        self.kept = None

    def open(self, users=12):
        """Lay the stores out before anything is checked."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.run(
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, age REAL)",
            "CREATE TABLE orders (user_id INTEGER, item TEXT)",
            *((f"INSERT INTO users VALUES ({n}, 'user {n}', {20 + n})") for n in range(users)),
            *((f"INSERT INTO orders VALUES ({n}, 'tea')") for n in range(users)),
        )
        self.rebuild()
        return self

    def run(self, *statements):
        """Run statements, and return what the last one finds."""
        with closing(sqlite3.connect(self.folder / "app.db")) as database, database:
            database.execute(f"PRAGMA secure_delete = {'ON' if self.secure else 'OFF'}")
            for statement in statements:
                found = database.execute(statement).fetchall()
        return found

    def plant(self, person):
        """A user who orders; known by his own number."""
        age = person.value("age", 20, 60)
        self.run(
            f"INSERT INTO users VALUES ({person.id}, '{person.name}', {age!r})",
            f"INSERT INTO orders VALUES ({person.id}, 'tea')",
        )

    def delete(self, who):
        """Remove a user and his orders."""
        self.run(f"DELETE FROM users WHERE id = {who}", f"DELETE FROM orders WHERE user_id = {who}")

    def rebuild(self):
        """The features of today's users."""
        users = self.run("SELECT name, age FROM users ORDER BY id")
        lines = ["name,age", *(f"{name},{age!r}" for name, age in users)]
        (self.folder / "features.csv").write_text("\n".join(lines) + "\n")

    def functions(self, *names):
        """The subjects by name."""
        return {name: getattr(self, name) for name in ("plant", "delete", "rebuild", *names)}


def required(stores=STORES, **options):
    """A requirement for few people, so that it is soon checked."""
    return Deletion(stores=tuple(stores), **{"people": 4, **options})


def checked(requirement, subjects):
    """The measurement of each part, the worst where there are several; and what is told beside."""
    measured = list(requirement.check(**subjects))
    told = [one for one in measured if one.name.startswith("residue in") or "until" in one.name]
    found = {}
    for one in measured:
        worse = one.part not in found or _badness(one) > _badness(found[one.part])
        if one not in told and worse:
            found[one.part] = one
    return found, told


def _badness(measurement):
    return (True, None, False).index(measurement.ok)


def unnoticed(requirement, subjects):
    """The planted violations that a part they were planted for does not notice."""
    names = requirement.needs()
    own = {name: subject for name, subject in subjects.items() if name in names}
    wanted = {
        n: s
        for n, s in own.items()
        if n in ("plant", "delete", "rebuild", "load", "data", "sandbox")
    }
    missed, proven = [], set()
    for planted in requirement.plant(**_accepted(requirement.plant, wanted)):
        found, _ = checked(requirement, {**own, **planted.subjects})
        concerned = planted.parts or requirement.parts()
        proven |= set(concerned)
        missed += [(planted.what, part) for part in concerned if found[part].ok is not False]
    return missed + [("nothing", part) for part in requirement.parts() if part not in proven]


def _accepted(function, subjects):
    names = inspect.signature(function).parameters
    return {name: subject for name, subject in subjects.items() if name in names}
