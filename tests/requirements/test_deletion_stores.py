"""Tests of pytest_mlreqs.requirements.deletion: how the functions come by the copies."""

import contextlib
import os
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.report.evidence import lines
from tests.requirements.shop import Shop, checked, required, unnoticed

DATABASE = ("var/app.db",)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """An open shop, which nobody has changed afterwards."""
    monkeypatch.chdir(tmp_path)
    shop = Shop().open()
    yield shop
    shop.folder = tmp_path / "var"
    assert shop.run("SELECT COUNT(*), MAX(id) FROM users") == [(12, 11)]
    assert (shop.folder / "features.csv").read_text().count("user ") == 12


def test_environment(shop, tmp_path, monkeypatch):
    """Variables lead to the copies: a folder of the project, a store, and the URL of one."""
    seen = set()

    class Deployed(Shop):
        @property
        def folder(self):
            seen.add((os.environ["SHOP_HOME"], os.environ["SHOP_URL"]))
            return Path(os.environ["SHOP_HOME"])

    monkeypatch.setenv("SHOP_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("SHOP_URL", "sqlite:///var/app.db")
    requirement = required(
        ["sqlite:///var/app.db", "var/features.csv"],
        env={"SHOP_HOME": "var", "SHOP_URL": "sqlite:///var/app.db"},
    )
    found, _ = checked(requirement, Deployed().functions())
    assert {one.ok for one in found.values()} == {True}
    ((home, url),) = seen
    assert url == f"sqlite:///{home}/app.db"
    assert not home.startswith(str(tmp_path / "var"))
    assert os.environ["SHOP_HOME"] == str(tmp_path / "var")


def test_parameter(shop):
    """A function that asks for `stores` is told the place of each copy; others are not."""

    class Asking(Shop):
        def plant(self, person, stores):
            self.folder = Path(stores["app.db"]).parent
            super().plant(person)

        def rebuild(self, *, stores):
            self.folder = Path(stores["features.csv"]).parent
            super().rebuild()

    found, _ = checked(required(), Asking().functions())
    assert {one.ok for one in found.values()} == {True}


def test_who_goes_for_the_original(shop, tmp_path):
    """A function with an absolute path of the real thing is stopped before it has changed it."""
    shop.folder = tmp_path / "var"
    with pytest.raises(DeclarationError, match=r"went for app\.db itself, not for its copy"):
        checked(required(), shop.functions())


def test_who_takes_no_notice_of_being_stopped(shop, tmp_path):
    """Swallowing the refusal does not help."""
    rebuild = shop.rebuild

    def stubborn():
        rebuild()
        with contextlib.suppress(OSError):
            (tmp_path / "var" / "features.csv").write_text("gone")

    shop.rebuild = stubborn
    with pytest.raises(DeclarationError, match=r"went for features\.csv itself"):
        checked(required(), shop.functions())


def test_a_store_that_is_not_there(shop):
    """A store that nobody has made is told before anything runs."""
    with pytest.raises(
        DeclarationError, match=r"there is no var/other\.db: what makes it has to run"
    ):
        checked(required(["var/other.db"]), shop.functions())


def test_a_store_that_goes(shop):
    """A file that the deletion takes along as a whole is not as it was."""
    delete = shop.delete

    def everything(who):
        delete(who)
        (shop.folder / "features.csv").unlink(missing_ok=True)
        gone.append(who)

    gone, rebuild = [], shop.rebuild
    functions = shop.functions() | {
        "delete": everything,
        "rebuild": lambda: None if gone else rebuild(),
    }
    found, _ = checked(required(), functions)
    assert found["state:features.csv"].ok is False
    assert "it is gone, with 12 rows" in found["state:features.csv"].text


class Memory:
    """A service that holds its users in objects, which a fixture hands out."""

    def __init__(self, tmp_path):
        self.vectors = {"Ann": [1.0]}
        self.file = tmp_path / "log.txt"
        self.file.write_text("opened\n")
        self.frames = {"users": pd.DataFrame({"name": ["Ann"], "age": [30.0]})}
        self.forgets = True

    @property
    def sandbox(self):
        return {"vectors": self.rows, "log": str(self.file), "frames": self.frames}

    def rows(self):
        for name, vector in self.vectors.items():
            yield {"name": name, "vector": vector}

    def plant(self, person):
        self.vectors[person.name] = [person.value("age", 20, 60)]
        row = pd.DataFrame({"name": [person.name], "age": [person.value("age", 20, 60)]})
        self.frames["users"] = pd.concat([self.frames["users"], row])
        with self.file.open("a") as file:
            file.write(f"hello {person.name}\n")
        return person.name

    def delete(self, name):
        if self.forgets:
            del self.vectors[name]
            self.frames["users"] = self.frames["users"][lambda users: users.name != name]
            lines = self.file.read_text().splitlines(keepends=True)
            self.file.write_text("".join(line for line in lines if name not in line.split()))

    def subjects(self):
        functions = {name: getattr(self, name) for name in ("plant", "delete")}
        return {**functions, "rebuild": lambda: None, "sandbox": self.sandbox}


GIVEN = ("sandbox:vectors", "sandbox:log", "sandbox:frames")


@pytest.mark.parametrize("forgets", [True, False])
def test_given_by_a_fixture(tmp_path, forgets):
    """A function that yields rows, a file and a frame of the fixture `sandbox` are stores too."""
    service = Memory(tmp_path)
    service.forgets = forgets
    found, _ = checked(required(GIVEN), service.subjects())
    assert len(found) == 6
    assert {one.ok for one in found.values()} == {forgets}
    if not forgets:
        assert lines(found["ids:vectors"])[0].startswith("name ")


def test_given_by_a_relative_path(tmp_path, monkeypatch):
    """A relative path of the fixture means the file from the folder that pytest was started in."""
    monkeypatch.chdir(tmp_path)
    service = Memory(tmp_path)
    subjects = {**service.subjects(), "sandbox": {"log": "log.txt"}}
    places = []

    def plant(person, stores):
        places.append(stores["log"])
        service.plant(person)
        return person.name

    found, _ = checked(required(["sandbox:log"]), {**subjects, "plant": plant})
    assert {one.ok for one in found.values()} == {True}
    assert set(places) == {str(tmp_path / "log.txt")}


@pytest.mark.parametrize(
    ("sandbox", "words"),
    [
        ({}, "the fixture sandbox gives no 'log', but nothing"),
        ({"lag": []}, "gives no 'log', but lag"),
        ({"log": "postgresql://db.corp/shop"}, r"refuses the store 'log': db\.corp is not this"),
        ({"log": "var/prod.log"}, "refuses the store 'log': its name says production"),
        ({"log": Path("var/prod.log")}, "refuses the store 'log': its name says production"),
    ],
)
def test_what_a_fixture_may_not_give(tmp_path, sandbox, words):
    """What the fixture gives is held to the same rules, before anything is planted."""
    subjects = {**Memory(tmp_path).subjects(), "sandbox": sandbox}
    with pytest.raises(DeclarationError, match=words):
        checked(required(["sandbox:log"]), subjects)


def test_planted_violations_are_noticed(tmp_path):
    """Also in what a fixture gives, whatever it is."""
    assert unnoticed(required(GIVEN), Memory(tmp_path).subjects()) == []


@pytest.mark.parametrize("name", ["vectors", "log", "frames"])
def test_planted_violations_are_noticed_where_nobody_shows(tmp_path, name):
    """Also where nobody is expected even before."""
    service = Memory(tmp_path)
    subjects = {**service.subjects(), "plant": lambda _: "Ann", "delete": lambda _: None}
    requirement = required([f"sandbox:{name}"], expect_empty=(name,))
    assert requirement.parts() == (f"ids:{name}", f"state:{name}")
    assert unnoticed(requirement, subjects) == []


def test_a_folder_with_a_database(shop):
    """In a folder of everything the tables of a database count, and not the bytes of its file."""
    shop.secure = False
    shop.run("CREATE TABLE audit (at TEXT)")
    found, told = checked(required(["var"]), shop.functions())
    assert {part: one.ok for part, one in found.items()} == {"ids:var": True, "state:var": True}
    assert [one.text for one in told] == [
        "until the next rebuild, 3 of 4 deleted people are still in var",
        "residue in app.db: 4 of 4 people, cleared by VACUUM",
    ]
    shop.delete = lambda who: shop.run(f"DELETE FROM users WHERE id = {who}")
    found, _ = checked(required(["var"]), shop.functions())
    assert lines(found["ids:var"])[0].startswith("app.db, table orders, column user_id")
    assert found["state:var"].text.endswith("app.db/orders has 4 rows too many")


def test_duckdb(tmp_path, monkeypatch):
    """A file of DuckDB is a store like one of SQLite."""
    import duckdb

    monkeypatch.chdir(tmp_path)
    with duckdb.connect("app.duckdb") as database:
        database.execute("CREATE TABLE users AS SELECT 'user ' || range AS name FROM range(9)")

    def run(statement):
        with duckdb.connect("app.duckdb") as database:
            return database.execute(statement).fetchall()

    subjects = {
        "plant": lambda person: run(f"INSERT INTO users VALUES ('{person.name}')") and person.name,
        "delete": lambda name: run(f"DELETE FROM users WHERE name = '{name}'"),
        "rebuild": lambda: None,
    }
    requirement = required(["app.duckdb"])
    found, _ = checked(requirement, subjects)
    assert found["ids:app.duckdb"].ok is True
    assert found["state:app.duckdb"].ok is True
    assert run("SELECT COUNT(*) FROM users") == [(9,)]
    assert unnoticed(requirement, subjects) == []
    alone = required(["app.duckdb"], expect_empty=("app.duckdb",))
    assert unnoticed(alone, {**subjects, "plant": lambda _: 0}) == []


@pytest.mark.parametrize("ending", ["parquet", "joblib", "csv.gz", "json"])
def test_litter_is_noticed_in_any_file(tmp_path, monkeypatch, ending):
    """Something left behind in a file that shows nobody is noticed, whatever format it has."""
    monkeypatch.chdir(tmp_path)
    frame, file = pd.DataFrame({"mean": [1.0, 2.0]}), f"a.{ending}"
    write = {
        "parquet": frame.to_parquet, "joblib": frame.to_pickle,
        "csv.gz": frame.to_csv, "json": frame.to_json,
    }[ending]  # fmt: skip
    write(file)
    subjects = {"plant": lambda _: 0, "delete": lambda _: None, "rebuild": lambda: write(file)}
    requirement = required([file], expect_empty=(file,))
    assert unnoticed(requirement, subjects) == []


def test_litter_is_noticed_in_a_database(shop):
    """Something left behind in a database that shows nobody is noticed."""
    with sqlite3.connect("var/app.db") as database:
        database.execute("CREATE TABLE counts (n INTEGER)")
    database.close()
    subjects = {"plant": lambda _: 0, "delete": lambda _: None, "rebuild": lambda: None}
    requirement = required(DATABASE, expect_empty=("app.db",))
    assert unnoticed(requirement, subjects) == []
