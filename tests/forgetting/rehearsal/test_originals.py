"""Tests of pytest_mlreqs.forgetting.rehearsal.originals."""

import json
import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from pytest_mlreqs.forgetting.rehearsal.originals import Change, Originals


@pytest.fixture
def store(tmp_path):
    """A folder with files, a folder in it and a link, and what a link leads to."""
    folder = tmp_path / "store"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "deep" / "b.txt").write_text("b")
    (tmp_path / "elsewhere.txt").write_text("c")
    (folder / "link.txt").symlink_to(tmp_path / "elsewhere.txt")
    return folder


@pytest.fixture
def aside(tmp_path):
    """The folder in which copies are kept."""
    folder = tmp_path / "aside"
    folder.mkdir()
    return folder


@pytest.fixture
def originals(store, aside):
    """The folder, watched."""
    return Originals.of([store], aside)


def text(folder):
    """All there is in a folder, and what its links lead to."""
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else None
        for path in folder.rglob("*")
    }


def unchanged(store):
    """Nothing happens."""


CHANGES = {
    "content": (lambda s: (s / "a.txt").write_text("x"), [("a.txt", "changed")]),
    "size": (lambda s: (s / "a.txt").write_text(""), [("a.txt", "changed")]),
    "gone": (lambda s: (s / "deep" / "b.txt").unlink(), [("deep/b.txt", "gone")]),
    "folder gone": (
        lambda s: shutil.rmtree(s / "deep"),
        [("deep", "gone"), ("deep/b.txt", "gone")],
    ),
    "a folder for a file": (
        lambda s: ((s / "a.txt").unlink(), (s / "a.txt").mkdir()),
        [("a.txt", "changed")],
    ),
    "a link for a file": (
        lambda s: ((s / "a.txt").unlink(), (s / "a.txt").symlink_to(s / "deep" / "b.txt")),
        [("a.txt", "changed")],
    ),
    "another link": (
        lambda s: ((s / "link.txt").unlink(), (s / "link.txt").symlink_to(s / "a.txt")),
        [("link.txt", "changed")],
    ),
    "a file for a link": (
        lambda s: ((s / "link.txt").unlink(), (s / "link.txt").write_text("c")),
        [("link.txt", "changed")],
    ),
    "behind a link": (
        lambda s: (s / "link.txt").write_text("x"),
        [("../elsewhere.txt", "changed")],
    ),
    "everything": (
        shutil.rmtree,
        [(name, "gone") for name in (".", "a.txt", "deep", "deep/b.txt", "link.txt")],
    ),
    "nothing": (unchanged, []),
    "times": (lambda s: os.utime(s / "a.txt", (1, 1)), []),
    "the same again": (lambda s: (s / "a.txt").write_text("a"), []),
}


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES)
def test_changes(store, originals, change, expected, whole):
    """What changed is found and put back, and nothing else is."""
    before = text(store)
    change(store)
    found = originals.changes(whole=whole)
    assert sorted((os.path.relpath(one.path, store), one.sort) for one in found) == expected
    assert originals.put_back(found) == []
    assert text(store) == before
    assert originals.changes(whole=True) == []


def test_a_change_without_a_sign(store, originals, tmp_path):
    """Content is compared where size and times say nothing, if all of it is."""
    entry = originals._entries[str(store / "a.txt")]
    (store / "a.txt").write_text("x")
    status = os.lstat(store / "a.txt")
    entry.status = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    assert originals.changes(whole=False) == []
    assert originals.changes(whole=True) == [Change(str(store / "a.txt"), "changed")]


def test_new_files(store, originals):
    """A file that is new may be somebody's: it is named, and left."""
    (store / "deep" / "new.txt").touch()
    (change,) = originals.changes(whole=True)
    assert change == Change(str(store / "deep" / "new.txt"), "new")
    assert originals.put_back([change]) == [change.path]
    assert (store / "deep" / "new.txt").exists()


def test_what_is_accepted(store, originals):
    """What somebody else changed is what it is from then on."""
    (store / "a.txt").write_text("x")
    (store / "deep" / "b.txt").unlink()
    (store / "new.txt").write_text("new")
    originals.accept(originals.changes(whole=True))
    assert originals.changes(whole=True) == []
    (store / "a.txt").write_text("y")
    originals.put_back(originals.changes(whole=True))
    assert (store / "a.txt").read_text() == "x"


def test_one_name_for_two(store, tmp_path, aside):
    """A file with another name is put back under both."""
    os.link(store / "a.txt", tmp_path / "other.txt")
    originals = Originals.of([store], aside)
    assert originals.linked
    (tmp_path / "other.txt").write_text("x")
    originals.put_back(originals.changes(whole=False))
    assert (store / "a.txt").read_text() == (tmp_path / "other.txt").read_text() == "a"


def test_what_is_never_read(store, aside):
    """A pipe in a folder neither hangs the comparison nor is a change."""
    os.mkfifo(store / "pipe")
    assert Originals.of([store], aside).changes(whole=True) == []


@pytest.fixture
def app(tmp_path):
    """A database whose last rows are in its write-ahead log, and what opens it."""
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(tmp_path / "open.db")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE users (name)")
        database.execute("INSERT INTO users VALUES ('Ann')")
        database.commit()
        for ending in ("", "-wal"):
            shutil.copyfile(tmp_path / f"open.db{ending}", f"{path}{ending}")
    return path


def names(path):
    """The rows of a database; whoever reads them writes the log into the file."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT name FROM users").fetchall()


def test_a_checkpoint(app, tmp_path, aside):
    """A database with the same rows in other files is no change; with others it is."""
    originals = Originals.of([app], aside)
    names(app)
    assert not (tmp_path / "app.db-wal").exists()
    assert originals.changes(whole=True) == []
    with closing(sqlite3.connect(app)) as database, database:
        database.execute("DELETE FROM users")
    assert originals.changes(whole=True) == [Change(str(app), "changed")]


def test_a_write_ahead_log(app, tmp_path, aside):
    """A row that is in the log only is a change, and goes with the log."""
    names(app)
    originals = Originals.of([app], aside)
    with closing(sqlite3.connect(app)) as database:
        database.execute("DELETE FROM users")
        database.commit()
        for ending in ("", "-wal", "-shm"):
            shutil.copyfile(f"{app}{ending}", tmp_path / f"crashed.db{ending}")
    for ending in ("", "-wal", "-shm"):
        os.replace(tmp_path / f"crashed.db{ending}", f"{app}{ending}")
    found = originals.changes(whole=True)
    assert Change(f"{app}-wal", "new") in found
    assert originals.put_back(found) == []
    assert names(app) == [("Ann",)]


def test_the_list_is_readable(originals, store, aside):
    """Whoever has to put something back by hand finds which copy belongs to which file."""
    listed = json.loads((aside / "originals.json").read_text())["files"]
    copies = {path: copy for path, _, _, copy in listed}
    assert (aside / copies[str(store / "a.txt")]).read_text() == "a"


def test_of_a_dead_process(originals, store, aside):
    """What a dead process has put aside tells what changed, and is put back."""
    before = text(store)
    again = Originals.read(aside)
    assert again.changes(whole=True) == []
    shutil.rmtree(store)
    again.put_back(again.changes(whole=True))
    assert text(store) == before


def test_what_never_rests(store, aside, monkeypatch):
    """A file that somebody writes to while it is copied is compared, and not put back."""
    copied, copy2 = [], shutil.copy2

    def slowly(source, target):
        copy2(source, target)
        if str(source).endswith("a.txt"):
            copied.append(1)
            (store / "a.txt").write_text(f"a{len(copied)}")

    monkeypatch.setattr(shutil, "copy2", slowly)
    originals = Originals.of([store], aside)
    changed = Change(str(store / "a.txt"), "changed")
    assert len(copied) == 4
    assert originals.changes(whole=True) == [changed]
    assert originals.put_back([changed]) == [changed.path]
    assert (store / "a.txt").read_text() == "a4"


def test_what_comes_to_rest(store, aside, monkeypatch):
    """A file that was written to only once meanwhile is copied again."""
    copy2 = shutil.copy2

    def once(source, target):
        copy2(source, target)
        monkeypatch.setattr(shutil, "copy2", copy2)
        (store / "a.txt").write_text("later")

    monkeypatch.setattr(shutil, "copy2", once)
    originals = Originals.of([store], aside)
    (store / "a.txt").unlink()
    originals.put_back(originals.changes(whole=True))
    assert (store / "a.txt").read_text() == "later"


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root may")
def test_whose_it_is(store, originals):
    """A file that is put back belongs to whom it belonged."""
    os.chown(store / "a.txt", 65534, 65534)
    originals.accept([Change(str(store / "a.txt"), "changed")])
    (store / "a.txt").unlink()
    originals.put_back(originals.changes(whole=True))
    status = os.stat(store / "a.txt")
    assert (status.st_uid, status.st_gid) == (65534, 65534)
