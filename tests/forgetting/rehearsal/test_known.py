"""What is known of a store is known by its bytes: tests of stores.content and of recovery."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing

import pytest

from pytest_mlreqs.forgetting.rehearsal import stores
from pytest_mlreqs.forgetting.rehearsal.sandbox import Sandbox
from pytest_mlreqs.forgetting.traces.journal import journals
from pytest_mlreqs.forgetting.traces.known import Known


@pytest.fixture
def app(tmp_path):
    """A database that is written through a log beside it, and a connection to it."""
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE users (name)")
        yield path, database


@pytest.mark.parametrize("inside", [False, True], ids=["a database", "in a folder"])
def test_a_row_that_is_only_in_the_log(app, inside):
    """A row that is not in the file of the database yet makes its content another."""
    path, database = app
    place, table = (path.parent, "app.db/users") if inside else (path, "users")
    known = Known()
    assert len(stores.content(place, known)[table]["name"]) == 0
    size = path.stat().st_size
    database.execute("INSERT INTO users VALUES ('Ann')")
    assert path.stat().st_size == size
    held = stores.content(place, known)[table]
    assert len(held["name"]) == 1
    assert stores.content(place, known)[table] is held


HOLDING = """
from pathlib import Path
from pytest_mlreqs.forgetting.rehearsal.sandbox import Sandbox
with Sandbox({"a": "a.txt"}, Path.cwd()):
    print("made", flush=True)
    input()
"""


def test_who_dies_meanwhile_is_cleaned_up_after(tmp_path, monkeypatch):
    """A check that was still dying when the next one began leaves nothing when that has ended."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (tmp_path / "a.txt").write_text("a")
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    command, pipe = [sys.executable, "-c", HOLDING], subprocess.PIPE
    environment = {**os.environ, "TMP": str(scratch), "TEMP": str(scratch)}
    with subprocess.Popen(command, cwd=tmp_path, stdin=pipe, stdout=pipe, env=environment) as other:
        assert other.stdout.readline().strip() == b"made"
        with Sandbox({"a": "a.txt"}, tmp_path):
            other.kill()
            other.wait()
            assert len(list(scratch.glob("mlreqs-sandbox-*"))) == 2
    assert not list(scratch.glob("mlreqs-sandbox-*"))
    assert not list(journals().iterdir())
