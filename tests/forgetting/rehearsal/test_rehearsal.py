"""Tests of pytest_mlreqs.forgetting.rehearsal.rehearsal."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from pytest_mlreqs.core.measurement import Fault
from pytest_mlreqs.forgetting.rehearsal.functions import Functions
from pytest_mlreqs.forgetting.rehearsal.rehearsal import rehearse
from pytest_mlreqs.forgetting.rehearsal.sandbox import Sandbox
from pytest_mlreqs.forgetting.traces.databases import sql

NAMES = Path("names.txt")


class Register:
    """Names in a file; what is called is written down."""

    def __init__(self):
        self.calls = []
        self.model = {"fits": 0}

    def plant(self, person):
        self.calls.append("plant")
        NAMES.write_text(f"{NAMES.read_text()}{person.name}\n")
        return person.name

    def delete(self, name):
        self.calls.append("delete")
        lines = NAMES.read_text().splitlines(keepends=True)
        NAMES.write_text("".join(line for line in lines if line != f"{name}\n"))

    def rebuild(self):
        self.calls.append("rebuild")
        self.model["fits"] += 1

    def load(self):
        return self.model

    def data(self):
        return [[0.0]], [0]

    def functions(self, **others):
        names = ("plant", "delete", "rebuild", "load", "data")
        return Functions(**{name: getattr(self, name) for name in names} | others)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Rehearses a deletion in a folder of one file."""
    monkeypatch.chdir(tmp_path)
    NAMES.write_text("Ann\n")

    def rehearsed(functions, given=None, **options):
        with Sandbox({"names.txt": "names.txt"}, tmp_path) as sandbox:
            return rehearse(functions, sandbox, given or {}, **{"count": 2, **options})

    yield rehearsed
    assert (tmp_path / "names.txt").read_text() == "Ann\n"


def test_the_order(run):
    """Two clean states, one with everybody, one with those who look like others, one without."""
    register = Register()
    seen = run(register.functions())
    assert register.calls == [
        "rebuild", "rebuild", "plant", "plant", "rebuild", "delete", "rebuild", "delete", "rebuild",
    ]  # fmt: skip
    assert len(seen.clean) == 2
    assert seen.found["names.txt"].people == {0, 1}
    assert seen.spared["names.txt"].people == {1}
    assert seen.lingering["names.txt"].people == seen.left["names.txt"].people == set()
    assert (seen.last, seen.settled_s) == ({1}, 0)
    rows = [
        len(one.content["names.txt"]["names.txt"]["line"]) for one in (*seen.clean, seen.planted)
    ]
    assert rows == [1, 1, 3]


def test_a_model_that_is_fitted_again_in_place(run):
    """Each state keeps the model as it was then."""
    seen = run(Register().functions())
    states = (*seen.clean, seen.planted, seen.kept, seen.deleted)
    assert [state.model["fits"] for state in states] == [1, 2, 3, 4, 5]
    assert seen.planted.data == ([[0.0]], [0])


def test_a_model_that_cannot_be_copied(run):
    """What cannot be copied is taken as it is loaded."""
    lock = __import__("threading").Lock()
    assert run(Register().functions(load=lambda: lock)).planted.model is lock


def test_more_clean_states(run):
    """As many more are built as the first two models ask for."""
    asked = []

    def more(one, other, X):
        asked.append((one["fits"], other["fits"], X))
        return 3

    assert len(run(Register().functions(), more_clean=more).clean) == 5
    assert asked == [(1, 2, [[0.0]])]


def test_ids(run):
    """Whoever is planted is deleted by what `plant` returns, or by the number of the person."""
    known = []
    run(Register().functions(plant=lambda _: 0, delete=known.append))
    assert known == [0, 0]
    run(Register().functions(plant=lambda _: None, delete=known.append))
    assert known[2] > 2**48
    assert known[2] != known[3]


def test_only_what_came_since_is_searched(tmp_path, monkeypatch):
    """Of a database no rows are searched but those that were not there before the people were."""
    monkeypatch.chdir(tmp_path)

    def users(statement, *values):
        with closing(sqlite3.connect("app.db")) as database, database:
            database.execute(statement, values)

    users("CREATE TABLE users AS SELECT value AS name FROM json_each('[1, 2, 3]')")
    searched, search = [], sql.search

    def recorded(url, people, only=None):
        searched.append(only)
        return search(url, people, only)

    monkeypatch.setattr(sql, "search", recorded)
    functions = Functions(
        plant=lambda person: users("INSERT INTO users VALUES (?)", person.name) or person.name,
        delete=lambda name: users("DELETE FROM users WHERE name = ?", name),
        rebuild=lambda: None,
        load=None,
        data=None,
    )
    with Sandbox({"app.db": "app.db"}, tmp_path) as sandbox:
        seen = rehearse(functions, sandbox, {}, count=2)
    one, none = {"users": range(3, 4)}, {"users": range(0)}
    assert searched == [{"users": range(3, 5)}, one, none, none]
    assert seen.found["app.db"].people == {0, 1}
    assert seen.left["app.db"].people == set()


def test_waiting(run, monkeypatch):
    """Whoever is found is waited for, no longer than said, and all is looked at once more."""
    register, slept = Register(), []
    places = {}

    def later(seconds):
        slept.append(seconds)
        if len(slept) == 2:
            Path(places["names.txt"]).write_text("Ann\n")

    monkeypatch.setattr("time.sleep", later)
    functions = register.functions(delete=lambda _, stores: places.update(stores))
    seen = run(functions, settle_s=60, count=1)
    assert slept == [0.5, 0.5]
    assert seen.left["names.txt"].people == seen.lingering["names.txt"].people == set()
    assert 0 < seen.settled_s < 60
    assert register.calls == ["rebuild", "rebuild", "plant", "rebuild", "rebuild"]
    rows = (seen.clean[0].content["names.txt"], seen.deleted.content["names.txt"])
    assert len(rows[0]["names.txt"]["line"]) == len(rows[1]["names.txt"]["line"])


def test_nobody_is_like_one_alone(run):
    """One person is deleted at once, and so are several of whom none may be like another."""
    for options in ({"count": 1}, {"count": 3, "alike": False}):
        register = Register()
        seen = run(register.functions(), **options)
        assert seen.spared == {}
        assert len(seen.last) == options["count"]
        assert register.calls.count("rebuild") == 4


def test_somebody_alike_who_cannot_be_planted(run):
    """A function that takes nobody whose key begins as another's is told of it."""
    register, known = Register(), []

    def plant(person):
        if any(person.key.startswith(one) for one in known):
            raise ValueError("taken")
        known.append(person.key)
        return register.plant(person)

    with pytest.raises(Fault, match=r"plant raised ValueError: taken .* planted before \(people"):
        run(register.functions(plant=plant))


def test_before_a_rebuild(run):
    """What was there before the last rebuild is seen as it was, without a model that is gone."""
    register = Register()

    def load():
        if register.calls[-1] == "delete":
            raise OSError("no model until tonight")
        return register.model

    def delete(name):
        register.calls.append("delete")
        register.gone = (*getattr(register, "gone", ()), name)

    def rebuild():
        register.rebuild()
        lines = NAMES.read_text().splitlines()
        left = [line for line in lines if line not in getattr(register, "gone", ())]
        NAMES.write_text("\n".join(left) + "\n")

    seen = run(register.functions(load=load, delete=delete, rebuild=rebuild))
    assert seen.lingering["names.txt"].people == seen.last == {1}
    assert seen.left["names.txt"].people == set()
    early = seen.unbuilt()
    assert (early.left, early.deleted.model) == (seen.lingering, None)
    assert len(early.deleted.content["names.txt"]["names.txt"]["line"]) == 2


def test_waiting_ends(run):
    """After the time to settle it is at an end."""
    start = time.monotonic()
    seen = run(Register().functions(delete=lambda _: None), settle_s=0.01)
    assert seen.left["names.txt"].people == {0, 1}
    assert 0.01 <= seen.settled_s < time.monotonic() - start


def test_given_stores(run):
    """A store that a fixture gives is looked at beside the copies, and functions are told of it."""
    things = {"Ann": 1}

    def plant(person, stores):
        stores["things"][person.name] = 1
        return person.name

    functions = Register().functions(plant=plant, delete=things.pop)
    seen = run(functions, {"things": things})
    assert seen.found["things"].people == {0, 1}
    assert seen.left["things"].people == set()
    assert set(seen.places) == {"names.txt", "things"}


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({"data": lambda: [1, 2]}, "data returned list before anybody was planted, not a pair"),
        ({"delete": lambda _: pytest.skip("no database")}, "delete raised Skipped: no database"),
        ({"load": lambda: 1 / 0}, r"load raised ZeroDivisionError: division by zero \(test_rehear"),
    ],
)
def test_what_is_wrong(run, others, words):
    """A function that cannot be used is told by its name."""
    with pytest.raises(Fault, match=words):
        run(Register().functions(**others))
