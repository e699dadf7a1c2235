"""Tests of pytest_mlreqs.forgetting.rehearsal.leftovers."""

import json
import os
import tempfile

import pytest

from pytest_mlreqs.core import processes
from pytest_mlreqs.forgetting.rehearsal.leftovers import ORIGINALS, UNDO
from pytest_mlreqs.forgetting.rehearsal.originals import LIST, Originals
from pytest_mlreqs.forgetting.traces.databases.database import Unreadable


@pytest.fixture
def store(tmp_path):
    """A file."""
    path = tmp_path / "store.txt"
    path.write_text("Ann")
    return path


@pytest.fixture
def aside(tmp_path, monkeypatch, store):
    """What was put aside of it, by a process that is dead."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / f"{ORIGINALS}1"
    folder.mkdir()
    Originals.of([store], folder)
    return folder


def test_nothing_has_changed(aside, store):
    """Where all is as it was, the copies go."""
    UNDO["originals"](str(aside))
    assert not aside.exists()
    assert store.read_text() == "Ann"


def test_later(aside, store):
    """Who comes later cannot know who changed it: the copy stays, and is told."""
    store.write_text("Ben")
    told = r"store\.txt is not as it was before a check that was killed; what it was is in .*als-1"
    with pytest.raises(Unreadable, match=told):
        UNDO["originals"](str(aside))
    assert aside.exists()
    assert store.read_text() == "Ben"
    store.write_text("Ann")
    UNDO["originals"](str(aside))
    assert not aside.exists()


def changed(aside, **values):
    """Let the list say something else."""
    listed = json.loads((aside / LIST).read_text())
    (aside / LIST).write_text(json.dumps({**listed, **values}))


def test_at_once(aside, store, capsys):
    """The process that started the check puts back what it changed before it died."""
    store.unlink()
    changed(aside, parent=processes.identity(os.getpid()))
    UNDO["originals"](str(aside))
    assert capsys.readouterr().err.endswith("store.txt: it is back\n")
    assert store.read_text() == "Ann"
    assert not aside.exists()


def test_another_process_of_the_same_number(aside, store):
    """A process that has only the number of the one that started the check puts nothing back."""
    store.write_text("Ben")
    changed(aside, parent=f"{os.getpid()} 1")
    with pytest.raises(Unreadable):
        UNDO["originals"](str(aside))
    assert store.read_text() == "Ben"


def test_out_of_reach(aside, store):
    """What a check could not reach has been changed by somebody else, and is not touched."""
    store.write_text("Ben")
    changed(aside, parent=processes.identity(os.getpid()), within_reach=False)
    UNDO["originals"](str(aside))
    assert store.read_text() == "Ben"
    assert not aside.exists()


def test_before_anything_ran(aside, store):
    """A process that died before it had put everything aside had planted nobody."""
    (aside / LIST).unlink()
    UNDO["originals"](str(aside))
    assert not aside.exists()


@pytest.mark.parametrize("sort", ["originals", "folder"])
def test_nothing_else_is_removed(tmp_path, monkeypatch, sort):
    """A folder that is not ours by its name and place stays."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("mine", f"deep/{ORIGINALS}1", "deep/mlreqs-sandbox-1"):
        (tmp_path / name).mkdir(parents=True)
        UNDO[sort](str(tmp_path / name))
        assert (tmp_path / name).exists()
