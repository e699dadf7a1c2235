"""Tests of pytest_mlreqs.measures.traces.guard."""

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from pytest_mlreqs.measurement import Fault
from pytest_mlreqs.measures.traces.guard import guarded_stores


@pytest.fixture
def store(tmp_path):
    """A file and a folder of a file, and one beside them that nobody guards."""
    (tmp_path / "cache").mkdir()
    for name in ("app.db", "cache/rows.csv", "app.db-other"):
        (tmp_path / name).write_text("kept")
    return tmp_path


def originals(store):
    """What is guarded."""
    return [store / "app.db", store / "cache"]


ATTEMPTS = {
    "write": lambda s: (s / "app.db").write_text("planted"),
    "append": lambda s: (s / "cache" / "rows.csv").open("a"),
    "update": lambda s: (s / "cache" / "rows.csv").open("r+b"),
    "new": lambda s: (s / "cache" / "new.csv").write_text("planted"),
    "os.open": lambda s: os.open(s / "app.db", os.O_RDWR),
    "remove": lambda s: os.remove(s / "app.db"),
    "rename": lambda s: os.rename(s / "app.db-other", s / "app.db"),
    "replace": lambda s: os.replace(s / "cache" / "rows.csv", s / "rows.csv"),
    "truncate": lambda s: os.truncate(s / "app.db", 0),
    "rmtree": lambda s: shutil.rmtree(s / "cache"),
    "sqlite": lambda s: sqlite3.connect(s / "app.db"),
    "sqlite uri": lambda s: sqlite3.connect(f"file:{s}/app.db?mode=rw", uri=True),
    "link": lambda s: ((s / "way").symlink_to(s / "app.db"), (s / "way").write_text("planted")),
    "relative": lambda s: Path("cache/../app.db").write_text("planted"),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_originals_cannot_be_changed(store, attempt, monkeypatch):
    """Whatever would change an original is refused, and it is as it was."""
    monkeypatch.chdir(store)
    with (
        pytest.raises(Fault, match=r"went for (app.db|cache) itself"),
        guarded_stores(originals(store)),
    ):
        attempt(store)
    assert (store / "app.db").read_text() == "kept"
    assert (store / "cache" / "rows.csv").read_text() == "kept"
    assert not (store / "cache" / "new.csv").exists()


def test_who_takes_no_notice(store):
    """A function that goes on after being refused is told of all the same."""
    refusal = pytest.raises(Fault, match=r"app\.db itself")
    with refusal, guarded_stores(originals(store)), contextlib.suppress(OSError):
        (store / "app.db").write_text("planted")


def test_reading_and_others(store):
    """Originals may be read, and everything else may be written."""
    with guarded_stores(originals(store)):
        assert (store / "app.db").read_text() == "kept"
        (store / "app.db-other").write_text("changed")
        (store / "cache2").mkdir()
    assert (store / "app.db-other").read_text() == "changed"


def test_afterwards(store):
    """Once it is over, the originals may be changed."""
    with guarded_stores(originals(store)):
        pass
    (store / "app.db").write_text("changed")


def test_behind_pythons_back(store):
    """A change that no hook saw is found out."""
    with pytest.raises(Fault, match="cache itself was changed"), guarded_stores(originals(store)):
        os.system(f"echo more >> {store}/cache/rows.csv")


def test_own_errors_stay(store):
    """An error that has nothing to do with the originals is raised as it is."""
    with pytest.raises(KeyError), guarded_stores(originals(store)):
        {}["a"]
