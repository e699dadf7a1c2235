"""The kind deletion as a user has it: a test for each store and layer, from functions by name."""

import json

import pytest

from pytest_mlreqs.core.isolation import CAN_FORK

TOML = """
[tool.mlreqs.subjects]
plant = "shop:plant"
delete = "shop:forget"
rebuild = "shop:rebuild"

[tool.mlreqs.deletion]
stores = ["var/app.db", "var/names.txt"]
people = 3
"""
SHOP = """
import sqlite3
from contextlib import closing

print("imported")

def run(statement):
    with closing(sqlite3.connect("var/app.db")) as database, database:
        database.execute("PRAGMA secure_delete = ON")
        return database.execute(statement).fetchall()

def plant(person):
    run(f"INSERT INTO users VALUES ({person.id}, '{person.name}')")

def forget(who=None):
    assert who is not None, "called to build a fixture"
    run(f"DELETE FROM users WHERE id = {who}")

def rebuild():
    with open("var/names.txt", "w") as file:
        file.writelines(f"{name}\\n" for name, in run("SELECT name FROM users ORDER BY id"))
    with open("var/rebuilt.txt", "a") as file:
        file.write("once ")
"""
SLOPPY = SHOP.replace(
    "def rebuild():\n", "def rebuild():\n    if len(open('var/names.txt').read()) > 60: return\n"
)
PARTS = ("ids:app.db", "ids:names.txt", "state:app.db", "state:names.txt")


@pytest.fixture
def shop(project):
    """Lay out a project with a shop, whose stores a conftest.py opens."""
    opens = """
import os, sqlite3

def pytest_configure(config):
    if not os.path.exists("var"):
        os.mkdir("var")
        with sqlite3.connect("var/app.db") as database:
            database.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
            database.execute("INSERT INTO users VALUES (1, 'Ann')")
        database.close()
        with open("var/names.txt", "w") as file:
            file.write("Ann\\n")
"""

    def make(text=SHOP, toml=TOML):
        return project(toml, {"shop.py": text}, conftest=opens)

    return make


def names(made):
    """What is in the stores themselves."""
    assert not (made.path / "var" / "rebuilt.txt").exists()
    return (made.path / "var" / "names.txt").read_text()


def test_each_store_and_layer_is_a_test(shop):
    """Four parts are collected and pass; the stores themselves are as they were."""
    made = shop()
    result = made.runpytest("-v")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        [
            "mlreqs: pyproject.toml (4 requirements)",
            *(f"pyproject.toml::deletion[[]{part}[]] PASSED*" for part in PARTS),
            "requirements: 4 declared, 4 satisfied",
        ]
    )
    assert names(made) == "Ann\n"


def test_a_failure_names_one_place(shop):
    """A file that is forgotten fails, and the database does not; the JSON report says so, too."""
    made = shop(SLOPPY)
    result = made.runpytest("-rA", "--mlreqs-json=report.json")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "3 of 3 deleted people are still in names.txt",
            "  try:      remove them from names.txt*",
            "PASSED pyproject.toml::deletion[[]ids:app.db[]]",
            "PASSED pyproject.toml::deletion[[]state:app.db[]]",
            "FAILED pyproject.toml::deletion[[]ids:names.txt[]]*",
            "FAILED pyproject.toml::deletion[[]state:names.txt[]]*",
        ]
    )
    assert names(made) == "Ann\n"
    report = json.loads((made.path / "report.json").read_text())
    told = {one["name"]: one for one in report["verdicts"]}
    assert set(told) == {f"deletion[{part}]" for part in PARTS}
    left = told["deletion[ids:names.txt]"]
    assert left["state"] == "violated"
    measured, others = left["measurements"]
    assert (others["name"], others["value"]) == ("people like the deleted in names.txt", 0)
    assert (measured["value"], measured["limit"]["value"], measured["unit"]) == (3, 0, "people")
    assert measured["evidence"][0]["rows"][0][0].startswith("names.txt, line ")


@pytest.mark.parametrize("part", ["ids:app.db", "state:names.txt"])
def test_one_part(shop, part):
    """One part is chosen by its node id."""
    result = shop(SLOPPY).runpytest(f"pyproject.toml::deletion[{part}]")
    result.assert_outcomes(**{"failed" if "names" in part else "passed": 1})


def test_workers(shop):
    """With two workers the verdicts are the same."""
    made = shop(SLOPPY)
    made.runpytest("-n2").assert_outcomes(passed=2, failed=2)
    assert names(made) == "Ann\n"


def test_prove(shop):
    """Every part is proven to be able to fail in this project."""
    result = shop().runpytest("--mlreqs-prove", "-rA")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        ["*planted: a deletion that deletes nobody: noticed", "4 of 4 requirements can fail here"]
    )


def test_prove_where_nobody_shows(shop):
    """A store that shows nobody is proven by something that is left in it."""
    quiet = SHOP.replace("for name, in run", "for name, in [] and run")
    made = shop(quiet, TOML + 'expect_empty = ["names.txt"]\n')
    result = made.runpytest("--mlreqs-prove", "-rA")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        [
            "*planted: a deletion that leaves somebody behind in names.txt: noticed",
            "4 of 4 requirements can fail here",
        ]
    )


def test_functions_are_no_factories(shop):
    """`rebuild()` and a `delete` without arguments are handed over, and not called to get at."""
    test = """
def test_own(plant, delete, rebuild):
    import shop
    assert (plant, delete, rebuild) == (shop.plant, shop.forget, shop.rebuild)
"""
    made = shop()
    (made.path / "test_own.py").write_text(test)
    made.runpytest("test_own.py").assert_outcomes(passed=1)
    assert names(made) == "Ann\n"


def test_refused(shop):
    """A store elsewhere is an error of the configuration, and no function is imported."""
    toml = TOML.replace("var/app.db", "postgresql://db.corp/shop")
    result = shop(toml=toml).runpytest("-s")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*refuses the store 'shop': db.corp is not this machine*"])
    result.stdout.no_fnmatch_line("*imported*")


def test_a_function_that_raises(shop):
    """Each part is told which function broke, and where."""
    broken = SHOP.replace("def rebuild():\n", "def rebuild():\n    raise OSError('no disk')\n")
    made = shop(broken)
    result = made.runpytest()
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(["*rebuild raised OSError: no disk (shop.py:*, in rebuild)"])


@pytest.mark.skipif(not CAN_FORK, reason="nothing can be killed apart")
def test_a_function_that_ends_the_process(shop):
    """A crash takes only its own check along; what it made is gone when the next one begins."""
    made = shop(
        SHOP.replace(
            "def forget(who=None):\n", "def forget(who=None):\n    import os; os._exit(3)\n"
        )
    )
    made.runpytest().assert_outcomes(failed=4)
    assert names(made) == "Ann\n"
