"""Tests of pytest_mlreqs.forgetting.traces.guard."""

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from pytest_mlreqs.core.measurement import DeclarationError
from pytest_mlreqs.forgetting.traces.guard import Guard, guarded


@pytest.fixture
def store(tmp_path):
    """A file and a folder of a file, and one beside them that nobody guards."""
    (tmp_path / "cache").mkdir()
    for name in ("app.db", "cache/rows.csv", "app.db-other"):
        (tmp_path / name).write_text("kept")
    return tmp_path


def on_guard(store):
    """Guard a file and a folder."""
    return guarded(Guard([store / "app.db", store / "cache"]))


def by_folder(store):
    """Open a file by way of a folder that is open."""
    folder = os.open(store, os.O_RDONLY)
    try:
        os.open("app.db", os.O_RDWR, dir_fd=folder)
    finally:
        os.close(folder)


def removed_by_folder(store):
    """Remove a file by way of a folder that is open."""
    folder = os.open(store / "cache", os.O_RDONLY)
    try:
        os.remove("rows.csv", dir_fd=folder)
    finally:
        os.close(folder)


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
    "uri with a host": lambda s: sqlite3.connect(f"file://localhost{s}/app.db", uri=True),
    "uri without one": lambda s: sqlite3.connect(f"file://{s}/app.db", uri=True),
    "uri with escapes": lambda s: sqlite3.connect(f"file:{s}/%61pp%2Edb", uri=True),
    "uri with a fragment": lambda s: sqlite3.connect(f"file:{s}/app.db#x?y", uri=True),
    "journal": lambda s: (s / "app.db-journal").write_text("planted"),
    "folder above": shutil.rmtree,
    "rename above": lambda s: os.rename(s, s.parent / "elsewhere"),
    "move above": lambda s: shutil.move(s, s.parent / "elsewhere"),
    "mkdir": lambda s: (s / "cache" / "new").mkdir(),
    "hard link": lambda s: os.link(s / "app.db", s / "other.db"),
    "chmod": lambda s: (s / "app.db").chmod(0),
    "open folder": by_folder,
    "remove by an open folder": removed_by_folder,
    "link": lambda s: ((s / "way").symlink_to(s / "app.db"), (s / "way").write_text("planted")),
    "relative": lambda s: Path("cache/../app.db").write_text("planted"),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_originals_cannot_be_changed(store, attempt, monkeypatch):
    """Whatever would change an original is refused, and it is as it was."""
    monkeypatch.chdir(store)
    with (
        pytest.raises(DeclarationError, match=r"went for (app.db|cache) itself"),
        on_guard(store),
    ):
        attempt(store)
    assert (store / "app.db").read_text() == "kept"
    assert (store / "cache" / "rows.csv").read_text() == "kept"
    assert not (store / "cache" / "new.csv").exists()


def test_who_takes_no_notice(store):
    """A function that goes on after being refused is told of all the same."""
    refusal = pytest.raises(DeclarationError, match=r"app\.db itself")
    with refusal, on_guard(store), contextlib.suppress(OSError):
        (store / "app.db").write_text("planted")


def test_reading_and_others(store):
    """Originals may be read, and everything else may be written."""
    with on_guard(store):
        assert (store / "app.db").read_text() == "kept"
        (store / "app.db-other").write_text("changed")
        (store / "cache2").mkdir()
        (store / "cache").mkdir(exist_ok=True)
    assert (store / "app.db-other").read_text() == "changed"


def test_afterwards(store):
    """Once it is over, the originals may be changed."""
    with on_guard(store):
        pass
    (store / "app.db").write_text("changed")


def test_what_is_missing(tmp_path, monkeypatch):
    """A file that is opened where the copies are, and is only where the originals are, is noted."""
    root, folder = tmp_path / "project", tmp_path / "copies"
    for one in (root, folder):
        one.mkdir()
    (root / "plans.csv").write_text("a")
    (root / "here.csv").write_text("a")
    (folder / "here.csv").write_text("a")
    monkeypatch.chdir(folder)
    guard = Guard([], folder, root)
    with guarded(guard):
        for name in ("plans.csv", "here.csv", "nowhere.csv", str(root / "plans.csv")):
            with contextlib.suppress(FileNotFoundError):
                Path(name).read_text()
    assert guard.missing == {"plans.csv"}


def test_own_errors_stay(store):
    """An error that has nothing to do with the originals is raised as it is."""
    with pytest.raises(KeyError), on_guard(store):
        {}["a"]
