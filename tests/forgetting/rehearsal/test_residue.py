"""Tests of pytest_mlreqs.forgetting.rehearsal.residue."""

import sqlite3
from contextlib import closing

import pytest

from pytest_mlreqs.forgetting.rehearsal import residue
from pytest_mlreqs.forgetting.rehearsal.rehearsal import Rehearsal
from pytest_mlreqs.forgetting.rehearsal.run import Seen
from pytest_mlreqs.forgetting.traces.people import People
from pytest_mlreqs.forgetting.traces.search import Search, Trace
from pytest_mlreqs.report.evidence import lines

PEOPLE = People.mint(3, seed=1)


def rehearsed(left=(), **places):
    """What was seen, with copies at these places."""
    found = {name: Search(tuple(left)) for name in places}
    return Rehearsal(
        people=PEOPLE, clean=(), planted=Seen({}), deleted=Seen({}), found=found, left=found,
        places=places,
    )  # fmt: skip


def database(path, *, secure):
    """A database that two of three people were deleted from."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"PRAGMA secure_delete = {'ON' if secure else 'OFF'}")
        connection.execute("CREATE TABLE users (name TEXT)")
        connection.executemany("INSERT INTO users VALUES (?)", [(p.name,) for p in PEOPLE[:2]])
        connection.commit()
        connection.execute("DELETE FROM users")
    return str(path)


def test_told(tmp_path):
    """What stays in the pages is told with what clears it, without a verdict."""
    seen = rehearsed(app=database(tmp_path / "app.db", secure=False))
    (told,) = residue.told("app", seen)
    assert (told.ok, told.value) == (True, 2)
    assert told.text == "residue in app.db: 2 of 3 people, cleared by VACUUM"


def test_nothing_to_tell(tmp_path):
    """Nothing is told of an overwritten file, of objects, and of what is gone."""
    seen = rehearsed(
        app=database(tmp_path / "app.db", secure=True), things=[PEOPLE[0].key],
        gone=f"{tmp_path}/gone.db",
    )  # fmt: skip
    assert [one for store in seen.places for one in residue.told(store, seen)] == []


def test_who_is_found_is_no_residue(tmp_path):
    """Where people are still found by a search nothing is told."""
    trace = Trace("table users", "text", frozenset({0}))
    seen = rehearsed([trace], app=database(tmp_path / "app.db", secure=False))
    assert list(residue.told("app", seen)) == []


@pytest.mark.parametrize("secure", [True, False])
def test_held(tmp_path, secure):
    """Of all stores together: nothing left, or who, where and what clears it."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.csv").write_text(PEOPLE[0].key)
    database(folder / "b.db", secure=secure)
    measured = residue.held(rehearsed(folder=str(folder), csv=str(folder / "a.csv")))
    assert measured.ok is secure
    if not secure:
        assert measured.text == "2 of 3 deleted people are left in files"
        assert lines(measured) == ("b.db: VACUUM",)
        assert measured.hint == "clear it after a deletion: VACUUM"


def test_what_keeps_nothing(tmp_path):
    """Without a database there is nothing to prove."""
    (tmp_path / "a.csv").write_text("a")
    measured = residue.held(rehearsed(csv=f"{tmp_path}/a.csv", things=[], no=f"{tmp_path}/no.db"))
    assert measured.ok is None
    assert "no store keeps deleted rows in its files" in measured.text


def test_a_server():
    """Into the files of a server nobody can look, which leaves it open."""
    seen = rehearsed(cache="redis://me:secret@localhost/0")
    measured = residue.held(seen)
    assert measured.ok is None
    assert "not checkable from here" in measured.text
    (told,) = residue.told("cache", seen)
    assert told.text.startswith("residue in 0: not checkable from here")
