"""Tests of pytest_mlreqs.forgetting.rehearsal.stores."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pytest_mlreqs.forgetting.rehearsal.stores import (
    absolute,
    content,
    database,
    located,
    search,
    there,
    throwaway,
)
from pytest_mlreqs.forgetting.traces.known import Known
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.state import compare, same

pytestmark = pytest.mark.filterwarnings("default:NOT TESTED")

PEOPLE = People.mint(3, seed=1)
ANN, BEN, CAT = PEOPLE
VALUE = ANN.value("x")


@pytest.fixture
def app(tmp_path):
    """A database with somebody in it, and somebody who was deleted but stays in its pages."""
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE users (name TEXT)")
        connection.executemany("INSERT INTO users VALUES (?)", [(ANN.name,), (BEN.name,)])
        connection.commit()
        connection.execute("DELETE FROM users WHERE name = ?", (BEN.name,))
    assert BEN.name.encode() in path.read_bytes()
    return path


def places(found):
    """Where who was found."""
    return {trace.where: set(trace.people) for trace in found.traces}


def test_a_database_by_path_and_by_url(app):
    """The file of a database is one by whatever name, and its pages are no finding."""
    assert database(app) == "sqlite"
    assert located(app) == located(str(app)) == f"sqlite:///{app}"
    for place in (app, str(app), f"sqlite:///{app}", f"file://{app}"):
        assert places(search(place, PEOPLE)) == {"table users, column name": {0}}
        assert set(content(place)) == {"users"}


def test_a_database_of_duckdb(tmp_path):
    """A file of DuckDB is told by how it begins."""
    import duckdb

    path = tmp_path / "any.name"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE users AS SELECT '{CAT.name}' AS name")
    assert database(path) == "duckdb"
    assert places(search(path, PEOPLE)) == {"table users, column name": {2}}


def test_a_folder(app):
    """In a folder files are searched by content, databases by table, and their pages are not."""
    folder = app.parent
    (folder / "logs").mkdir()
    (folder / "logs" / "a.log").write_text(f"hello {CAT.email}\n")
    found = search(folder, PEOPLE)
    assert places(found) == {
        "app.db, table users, column name": {0},
        "logs/a.log, line 1": {2},
    }
    assert found.unsearched == ()
    assert set(content(folder)) == {"app.db/users", "logs/a.log"}
    before = content(folder)
    with closing(sqlite3.connect(app)) as connection, connection:
        connection.execute("VACUUM")
    assert same(before, content(folder))


def test_frames_and_objects():
    """A frame is searched by column; its content are its columns."""
    frame = pd.DataFrame({"name": ["x", ANN.name], "age": [1.0, 2.0]})
    assert places(search(frame, PEOPLE)) == {"column name": {0}}
    assert set(content(frame)["frame"]) == {"name", "age"}
    assert search({"deep": [{"er": CAT.key}]}, PEOPLE).people == {2}


def test_a_function_that_tells():
    """A function's answers are searched in every depth, each place is told once."""

    def answers():
        yield {"id": 1, "meta": {"owner": BEN.name, "tags": ["a", CAT.key]}}
        yield {"id": 2, "meta": {"owner": "nobody", "tags": []}, CAT.email: None}
        yield (1, [VALUE])
        yield f"hello {ANN.name}"
        yield np.array([0.5, VALUE])

    found = search(answers, PEOPLE)
    by_place = places(found)
    assert by_place.pop("meta.owner") == {1}
    assert by_place.pop("meta.tags") == {2}
    assert by_place.pop("a key") == {2}
    assert by_place.pop("position 1") == {0}
    assert by_place.pop("an answer") == {0}
    assert list(by_place.values()) == [{0}]  # the array
    assert found.searched == "5 answers"


def test_the_content_of_a_function():
    """Answers are compared in any order, and how many there are too many is told."""
    before = content(lambda: iter([{"a": 1}, [2.0, "x"]]))
    assert same(before, content(lambda: [[2.0, "x"], {"a": 1}]))
    after = content(lambda: [[2.0, "x"], {"a": 1}, {"a": 3}])
    (change,) = compare(before, after, before).changes
    assert (change.table, change.more, change.gone) == ("answers", 1, 0)
    (change,) = compare(before, content(list), before).changes
    assert change.gone == 2


def test_what_is_gone(app, tmp_path):
    """A store that is not there any more holds nothing, and nobody."""
    for place in (tmp_path / "no.csv", f"sqlite:///{tmp_path}/no.db", f"duckdb:///{tmp_path}/no"):
        assert not there(str(place))
        assert content(place) == {}
        assert search(place, PEOPLE).traces == ()
    assert there(f"sqlite:///{app}?mode=ro")
    assert there("postgresql://localhost/shop")


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("a/b.csv", "{here}/a/b.csv"),
        ("/a/b.csv", "/a/b.csv"),
        ("sqlite:///a.db?mode=ro", "sqlite:///{here}/a.db?mode=ro"),
        ("duckdb:////a.db", "duckdb:////a.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite://", "sqlite://"),
        ("redis://localhost/3", "redis://localhost/3"),
    ],
)
def test_absolute(tmp_path, monkeypatch, place, expected):
    """Paths are the same wherever one works; what is none stays as it is."""
    monkeypatch.chdir(tmp_path)
    assert absolute(place) == expected.format(here=tmp_path)
    assert absolute(Path("a")) == tmp_path / "a"
    things = [1]
    assert absolute(things) is things


def test_throwaway(postgresql, write, app):
    """A database on a server must be empty, or say that it may be thrown away."""
    assert throwaway(app) is None
    assert throwaway({"a": 1}) is None
    assert throwaway(postgresql) is None
    write(postgresql, "CREATE TABLE users (name TEXT)")
    assert throwaway(postgresql).startswith("it is not empty, and has no table mlreqs_sandbox")
    write(postgresql, "CREATE TABLE mlreqs_sandbox (a TEXT)")
    assert throwaway(postgresql) is None


@pytest.fixture(params=["a database", "in a folder"])
def shop(tmp_path, request):
    """A database with a table, by its file or by its folder, and what changes it."""
    path = tmp_path / "shop.db"

    def run(statement, *rows):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executemany(statement, rows or [()])

    run("CREATE TABLE users (name, day)")
    run("INSERT INTO users VALUES (?, 'today')", *[(f"user {n}",) for n in range(99)], (CAT.name,))
    return tmp_path if request.param == "in a folder" else path, run


ADD = "INSERT INTO users VALUES (?, 'today')"
CHANGES = {  # statements, and who is told by what they changed, or by what may have changed
    "rows at the end": ([(ADD, (ANN.name,), (BEN.name,))], {0, 1}),
    "a row in the middle": ([(f"UPDATE users SET day = {ANN.id} WHERE name = 'user 50'",)], {0}),
    "all rows": ([(f"UPDATE users SET day = '{ANN.name}'",)], {0, 2}),
    "a table": ([(f"CREATE TABLE more AS SELECT '{ANN.name}' AS a, '{BEN.id}' AS b",)], {0, 1}),
    "a column": ([(f"ALTER TABLE users ADD COLUMN more DEFAULT '{ANN.name}'",)], {0, 2}),
    "the schema": ([(f"CREATE VIEW v AS SELECT '{ANN.name}'",)], {0}),
    "a row less": ([("DELETE FROM users WHERE name = 'user 50'",)], set()),
    "a row for another": (
        [("DELETE FROM users WHERE name = 'user 0'",), (ADD, (ANN.name,))],
        {0, 2},
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_there_before(shop, change):
    """Whoever came since is found as in a search of all; where nothing changed is not searched."""
    place, run = shop
    known = Known()
    before = content(place, known)
    statements, who = CHANGES[change]
    for statement in statements:
        run(*statement)
    content(place, known)
    found, everything = search(place, PEOPLE, before, known), search(place, PEOPLE)
    assert found.people == who
    assert everything.people == who | {CAT.number}
    told, all_told = (
        {(trace.where, trace.how, one) for trace in some.traces for one in trace.people}
        for some in (found, everything)
    )
    assert told <= all_told
    assert {one for _, _, one in all_told - told} <= {CAT.number}
    assert (found.searched, found.unsearched) == (everything.searched, everything.unsearched)


def test_what_changed_since_it_was_read(shop):
    """Somebody who comes after the last reading is found all the same."""
    place, run = shop
    known = Known()
    before = content(place, known)
    run(f"UPDATE users SET day = '{ANN.id}' WHERE name = 'user 50'")
    assert search(place, PEOPLE, before, known).people == {ANN.number, CAT.number}
